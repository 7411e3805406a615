import re
from collections.abc import AsyncIterator
from html import unescape

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from infra.sandbox.fal.catalog import Catalog
from infra.sandbox.fal.fault_words import WORDS
from tests.browser import browser
from tests.infra.sandbox.fal.account import Account

__all__ = ["browser"]

DESK = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=800)
RUSSIAN = {"accept-language": "ru-RU,ru;q=0.9,en;q=0.8"}
ENGLISH = {"accept-language": "de-DE,de;q=0.9,en;q=0.8,ru;q=0.1"}


@pytest.fixture
async def page(browser: Browser, fal: str) -> AsyncIterator[Page]:
    async with await browser.new_context(viewport=DESK, locale="ru-RU") as context:
        page = await context.new_page()
        await page.goto(fal)
        yield page


@pytest.mark.parametrize(
    ("headers", "language"),
    [(RUSSIAN, "ru"), (ENGLISH, "en"), ({"accept-language": "fr"}, "ru"), ({}, "ru")],
)
async def test_page_uses_the_browsers_language(
    me: Account, headers: dict[str, str], language: str
) -> None:
    """The page is Russian unless the browser prefers English; each fault word is explained, each model listed."""
    text = unescape((await me.http.get("/", headers=headers)).text)
    assert f'<html lang="{language}">' in text
    assert re.findall("<dt><code>(.*?)</code>", text) == list(WORDS)
    assert all(getattr(fault_words, language) in text for fault_words in WORDS.values())
    endpoints = {model.endpoint for model in Catalog()}
    assert set(re.findall("<li><code>(.*?)</code>", text)) == endpoints
    assert str(me.http.base_url) in text


async def test_page_shows_no_prompts_and_no_keys(me: Account) -> None:
    """The list of requests shows only a hash of each prompt."""
    await (await me.draw("a secretive cat")).output()
    for path in ("/", "/requests"):
        text = (await me.http.get(path)).text
        assert "fal-ai/flux/schnell" in text
        assert "secretive" not in text
        assert ":secret" not in text


@pytest.mark.browser
@pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])
async def test_page_fits_the_screen(page: Page, me: Account, width: ViewportSize) -> None:
    """Nothing overflows horizontally, in either language, with the shortest and longest requests."""
    await (await me.draw("a cat")).output()
    await (await me.draw("a cat #nsfw")).error()
    await page.set_viewport_size(width)
    await page.reload()
    await expect(page.get_by_text("COMPLETED 200").first).to_be_visible()
    await expect(page.get_by_text("COMPLETED 422").first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == width["width"]
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", name="Fake fal")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == width["width"]
