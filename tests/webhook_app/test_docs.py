import re

import httpx
import pytest


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
