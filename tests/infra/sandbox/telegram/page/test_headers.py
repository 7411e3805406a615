import httpx
import pytest
from playwright.async_api import Browser

from tests.user import User


async def test_page_runs_only_its_own_scripts(address: str) -> None:
    """No external content, no inline code, no embedding in a frame."""
    async with httpx.AsyncClient(base_url=address) as http:
        headers = (await http.get("/")).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"


async def test_html_document_runs_nothing(address: str, user: User) -> None:
    """A document that is opened directly has no scripts and no origin."""
    sent = await user.send_files(b"<script>alert(1)</script>")
    async with httpx.AsyncClient(base_url=address) as http:
        headers = (await http.get(f"/files/{sent['document']['file_id']}")).headers
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.browser
async def test_browser_reports_no_policy_violation(address: str, browser: Browser) -> None:
    """The page violates none of its own policies."""
    async with await browser.new_page() as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(address)
        await page.locator("#user-list li").first.wait_for()
        assert complaints == []
