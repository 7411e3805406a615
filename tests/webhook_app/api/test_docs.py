import re

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser import browser

__all__ = ["browser"]


async def test_the_page_loads_everything_from_here(door: httpx.AsyncClient) -> None:
    """No foreign origin is named, and each file that is named is there."""
    page = (await door.get("/docs")).text
    assert "//" not in page.replace("<!doctype html>", "")
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(named) == 4
    for address in named:
        assert (await door.get(address)).status_code == 200


async def test_the_browser_is_told_to_load_nothing_else(door: httpx.AsyncClient) -> None:
    """Even a bug in the page could not call anywhere."""
    policy = (await door.get("/docs")).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "script-src 'self';" in policy


@pytest.mark.parametrize("name", ["swagger-initializer.js", "..%2fpyproject.toml", "index.html"])
async def test_no_other_file_is_served(door: httpx.AsyncClient, name: str) -> None:
    """The package brings more than the page needs."""
    assert (await door.get(f"/docs/{name}")).status_code == 404


@pytest.mark.browser
async def test_a_browser_shows_the_operations_and_finds_nothing_to_complain_about(
    door: httpx.AsyncClient, browser: Browser
) -> None:
    """Swagger UI reads the description and works under its strict policy."""
    async with await browser.new_page() as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{door.base_url}/docs")
        await page.get_by_text("List jobs, newest first").click()
        await expect(page.get_by_text("Jobs of this Telegram user alone.")).to_be_visible()
        assert complaints == []
