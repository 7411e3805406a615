from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from infra.sandbox.telegram.sandbox import SandboxSettings
from tests.browser import browser
from tests.infra.sandbox.telegram.page.bot_side import BotSide
from tests.infra.sandbox.telegram.page.chat import bubble
from tests.infra.sandbox.telegram.server import serve
from tests.user import User, create_user

__all__ = ["browser"]

TOKEN = "424242:page"
DESK = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=800)


@pytest.fixture(scope="package")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """One fake for all tests here: each has its own user."""
    settings = SandboxSettings(data=tmp_path_factory.mktemp("telegram"), token=TOKEN)
    async with serve(settings) as address:
        yield address


@pytest.fixture(scope="package")
async def desk(browser: Browser, address: str) -> AsyncIterator[Page]:
    """The page at desktop width, loaded once: tests switch between users, as users of the page do."""
    async with await browser.new_context(viewport=DESK) as context:
        context.set_default_timeout(10_000)
        page = await context.new_page()
        await page.goto(address)
        yield page


@pytest.fixture
async def user(address: str) -> AsyncIterator[User]:
    """A Russian user who has written to the bot, so that it may answer."""
    async with await create_user(address, "Аня") as user:
        await user.say("/start")
        yield user


@pytest.fixture
async def page(desk: Page, address: str, user: User) -> AsyncIterator[Page]:
    """The page with the user's chat open; its scripts may not fail."""
    await desk.clear_page_errors()
    await desk.goto(f"{address}/#{user.id}")
    await desk.locator(f"[data-user='{user.id}'][aria-current=true]").wait_for()
    await expect(bubble(desk, "/start")).to_be_visible()
    yield desk
    assert await desk.page_errors() == []


@pytest.fixture
async def phone(page: Page) -> AsyncIterator[Page]:
    """The same page at phone width."""
    await page.set_viewport_size(PHONE)
    yield page
    await page.set_viewport_size(DESK)


@pytest.fixture
async def bot_side(address: str, user: User) -> AsyncIterator[BotSide]:
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
        yield BotSide(http, TOKEN, user.id)
