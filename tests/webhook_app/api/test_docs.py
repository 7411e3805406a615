import re

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser import browser

__all__ = ["browser"]


async def test_page_loads_only_our_files(client: httpx.AsyncClient) -> None:
    """The page names no foreign origin, and every file that it names exists."""
    page = (await client.get("/docs")).text
    assert "//" not in page.replace("<!doctype html>", "")
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(named) == 4
    for address in named:
        assert (await client.get(address)).status_code == 200


async def test_page_has_a_strict_content_security_policy(client: httpx.AsyncClient) -> None:
    """Even a bug in the page cannot call another origin."""
    policy = (await client.get("/docs")).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "script-src 'self';" in policy


@pytest.mark.parametrize("name", ["swagger-initializer.js", "..%2fpyproject.toml", "index.html"])
async def test_only_needed_files_are_served(client: httpx.AsyncClient, name: str) -> None:
    """The package has more files than the page needs."""
    assert (await client.get(f"/docs/{name}")).status_code == 404


@pytest.mark.browser
async def test_swagger_ui_works_under_its_policy(
    client: httpx.AsyncClient, browser: Browser
) -> None:
    """Swagger UI reads the description and works without a console error."""
    async with await browser.new_page() as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{client.base_url}/docs")
        await page.get_by_text("List jobs, newest first").click()
        await expect(page.get_by_text("Only jobs of this Telegram user.")).to_be_visible()
        assert complaints == []
