import re
from collections.abc import AsyncIterator
from html import unescape

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from infra.sandbox.fal.catalog import Catalog
from infra.sandbox.fal.fault_words import WORDS
from tests.browser import browser
from tests.infra.sandbox.fal.account import SMALL, Account

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


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_page_shows_what_requests_cost(me: Account, language: str) -> None:
    """Each request with its units and price, the sum of each model, and the price of every model."""
    await me.http.patch("/models/fal-ai/flux/dev", json={"unit_price": 0.125, "unit": "images"})
    body = {"prompt": "a cat", "image_size": SMALL, "num_images": 3}
    await (await me.submit("fal-ai/flux/dev", body)).output()
    await (await me.submit("fal-ai/flux/dev", body)).output()
    text = unescape((await me.http.get("/", params={"lang": language})).text)
    assert "3 × images = $0.375" in text
    assert re.search(r"fal-ai/flux/dev</span><b>\$[\d.]+", text)
    assert "$0.125 / images" in text


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
