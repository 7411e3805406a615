"""The page around the chat: users, connection, theme."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.infra.sandbox.telegram.page.bot_side import BotSide, picture
from tests.infra.sandbox.telegram.page.chat import bubble, write
from tests.user import User, create_user

pytestmark = pytest.mark.browser


async def test_switching_users_changes_the_language(page: Page, address: str, user: User) -> None:
    """Another user's chat opens with labels in their language; drafts are kept per user."""
    async with await create_user(address, "Kate", "en") as kate:
        await kate.say("Hello")
        await page.get_by_label("Сообщение", exact=True).fill("Черновик")
        await page.goto(f"{address}/#{kate.id}")
        await expect(bubble(page, "Hello")).to_be_visible()
    await expect(page.get_by_label("Message", exact=True)).to_be_empty()
    await page.locator(f"[data-user='{user.id}']").click()
    await expect(page.get_by_label("Сообщение", exact=True)).to_have_value("Черновик")
    await write(page, "Отправлено")


@pytest.mark.parametrize(
    ("language", "name"),
    [("en-GB", "Ben"), ("ru-RU", "Аня"), ("fr-FR", "Léa"), ("ja-JP", "Ben")],
)
async def test_first_user_matches_the_browsers_language(
    browser: Browser, address: str, language: str, name: str
) -> None:
    """The first visit selects a user with the browser's language; for other languages an English one."""
    async with await browser.new_context(locale=language) as context:
        page = await context.new_page()
        await page.goto(address)
        await expect(page.locator("[data-user][aria-current=true]")).to_contain_text(name)


async def test_unread_messages_of_another_user_are_counted(
    page: Page, address: str, user: User, bot_side: BotSide
) -> None:
    """Messages to another user are counted next to their name until they are read."""
    await page.goto(f"{address}/#1001")
    await bot_side.call("sendMessage", text="Готово, смотрите")
    entry = page.locator(f"[data-user='{user.id}']")
    await expect(entry).to_contain_text("Готово, смотрите")
    await expect(entry.get_by_label("Непрочитанных: 1")).to_be_visible()
    await entry.click()
    await expect(entry.get_by_label("Непрочитанных: 1")).to_be_hidden()


async def test_new_user_starts_the_bot(page: Page, address: str) -> None:
    """A new user gets an empty chat whose button sends /start to the bot."""
    await page.get_by_role("button", name="Новый пользователь").click()
    await page.get_by_label("Имя").fill("Zoé")
    await page.get_by_label("Язык").select_option("fr")
    await page.get_by_role("button", name="Создать").click()
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(bubble(page, "/start")).to_be_visible()
    async with User(address, int(page.url.rpartition("#")[2])) as zoe:
        sender = (await zoe.messages())[0]["from"]
    assert (sender["first_name"], sender["language_code"]) == ("Zoé", "fr")


async def test_blocked_bot_can_be_unblocked(page: Page, bot_side: BotSide) -> None:
    """Blocking from the menu informs the bot and hides the composer until it is undone."""
    await page.get_by_role("button", name="Меню чата").click()
    await page.get_by_role("button", name="Заблокировать бота").click()
    await expect(page.get_by_label("Сообщение", exact=True)).to_be_hidden()
    change = await bot_side.next_update("my_chat_member")
    assert change["new_chat_member"]["status"] == "kicked"
    await page.get_by_role("button", name="Разблокировать бота").click()
    await expect(page.get_by_label("Сообщение", exact=True)).to_be_visible()


async def test_lost_connection_is_shown_and_recovered(page: Page, address: str, user: User) -> None:
    """Without events the page says so; after reconnecting it shows what it missed."""
    await page.route("**/events*", lambda route: route.abort())
    await page.goto(f"{address}/#1002")
    await expect(page.get_by_text("Connection lost")).to_be_visible()
    await page.goto(f"{address}/#{user.id}")
    await user.say("Пропущенное")
    await page.unroute("**/events*")
    await expect(bubble(page, "Пропущенное")).to_be_visible()
    await expect(page.get_by_text("Связь потеряна")).to_be_hidden()


async def test_theme_follows_the_system_until_switched(page: Page) -> None:
    """The page follows the system's theme; the switch inverts it and is remembered."""
    ground = "getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(ground)
    await page.emulate_media(color_scheme="dark")
    dark = await page.evaluate(ground)
    await page.emulate_media(color_scheme="light")
    await page.get_by_role("button", name="Светлая или тёмная тема").click()
    assert light != dark == await page.evaluate(ground)
    assert await page.evaluate("localStorage.theme") == "dark"


async def test_page_fits_a_phone(phone: Page, bot_side: BotSide) -> None:
    """At 390 px nothing scrolls sideways, and the users are in a drawer."""
    await bot_side.send_file("photo", picture(1600, 400), "wide.jpg", caption="слово" * 60)
    await expect(phone.get_by_role("article").last.get_by_role("img")).to_be_visible()
    for scrolled in ("html", "#scroller"):
        assert await phone.locator(scrolled).evaluate(
            "node => node.scrollWidth <= node.clientWidth"
        )
    await expect(phone.get_by_role("button", name="Ben")).to_be_hidden()
    await phone.get_by_role("button", name="Пользователи").click()
    await phone.get_by_role("button", name="Ben").click()
    await expect(phone.get_by_label("Message", exact=True)).to_be_visible()
    await expect(phone.get_by_role("button", name="New user")).to_be_hidden()


async def test_unread_count_on_a_phone_is_next_to_the_avatar(
    phone: Page, bot_side: BotSide, address: str
) -> None:
    """The count covers neither the current user's avatar nor the bot's."""
    await phone.goto(f"{address}/#1001")
    await bot_side.call("sendMessage", text="Готово, смотрите")
    await expect(phone.locator("#elsewhere")).to_be_visible()
    badge = await phone.locator("#elsewhere").bounding_box()
    assert badge
    for other in ("#open-users .avatar", "#chat-sign"):
        box = await phone.locator(other).bounding_box()
        assert box
        assert badge["x"] >= box["x"] + box["width"] or badge["x"] + badge["width"] <= box["x"]


async def test_empty_chat_shows_the_bots_profile(
    page: Page, address: str, bot_side: BotSide
) -> None:
    """The description in the user's language and the photo, as Telegram shows them before /start."""
    await bot_side.call("setMyDescription", description="Makes images")
    await bot_side.call("setMyDescription", description="Делает изображения", language_code="ru")
    async with await create_user(address, "Новый") as user:
        await page.goto(f"{address}/#{user.id}")
        await expect(page.locator("#about-bot")).to_have_text("Делает изображения")
    await bot_side.call("setMyDescription", description="")
    await bot_side.call("setMyDescription", description="", language_code="ru")
