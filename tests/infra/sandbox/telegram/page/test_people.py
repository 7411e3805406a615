"""The page around the chat: its people, its connection, its look."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.infra.sandbox.telegram.page.bot_side import BotSide, picture
from tests.infra.sandbox.telegram.page.chat import bubble, write
from tests.user import User, create_user

pytestmark = pytest.mark.browser


async def test_users_are_switched_and_the_page_speaks_their_language(
    page: Page, address: str, user: User
) -> None:
    """Another person's chat opens with labels in their language; a draft waits for its writer."""
    async with await create_user(address, "Kate", "en") as kate:
        await kate.say("Hello")
        await page.get_by_label("Сообщение", exact=True).fill("Черновик")
        await page.goto(f"{address}/#{kate.id}")
        await expect(bubble(page, "Hello")).to_be_visible()
    await expect(page.get_by_label("Message", exact=True)).to_be_empty()
    await page.locator(f"[data-person='{user.id}']").click()
    await expect(page.get_by_label("Сообщение", exact=True)).to_have_value("Черновик")
    await write(page, "Отправлено")


@pytest.mark.parametrize(
    ("language", "name"),
    [("en-GB", "Ben"), ("ru-RU", "Аня"), ("fr-FR", "Léa"), ("ja-JP", "Ben")],
)
async def test_a_browser_begins_with_somebody_of_its_language(
    browser: Browser, address: str, language: str, name: str
) -> None:
    """Who opens the page first acts for a person that reads as they do; in other languages, English."""
    async with await browser.new_context(locale=language) as context:
        page = await context.new_page()
        await page.goto(address)
        await expect(page.locator("[data-person][aria-current=true]")).to_contain_text(name)


async def test_another_persons_news_are_counted(
    page: Page, address: str, user: User, bot_side: BotSide
) -> None:
    """What the bot writes to somebody else shows as a number beside their name, until it is read."""
    await page.goto(f"{address}/#1001")
    await bot_side.call("sendMessage", text="Готово, смотрите")
    entry = page.locator(f"[data-person='{user.id}']")
    await expect(entry).to_contain_text("Готово, смотрите")
    await expect(entry.get_by_label("Непрочитанных: 1")).to_be_visible()
    await entry.click()
    await expect(entry.get_by_label("Непрочитанных: 1")).to_be_hidden()


async def test_a_new_user_starts_the_bot(page: Page, address: str) -> None:
    """Somebody new gets an empty chat whose button says /start to the bot."""
    await page.get_by_role("button", name="Новый человек").click()
    await page.get_by_label("Имя").fill("Zoé")
    await page.get_by_label("Язык").select_option("fr")
    await page.get_by_role("button", name="Создать").click()
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(bubble(page, "/start")).to_be_visible()
    async with User(address, int(page.url.rpartition("#")[2])) as zoe:
        sender = (await zoe.messages())[0]["from"]
    assert (sender["first_name"], sender["language_code"]) == ("Zoé", "fr")


async def test_a_blocked_bot_can_be_let_in_again(page: Page, bot_side: BotSide) -> None:
    """Blocking from the menu tells the bot and puts the composer away until it is undone."""
    await page.get_by_role("button", name="Меню чата").click()
    await page.get_by_role("button", name="Заблокировать бота").click()
    await expect(page.get_by_label("Сообщение", exact=True)).to_be_hidden()
    change = await bot_side.next_update("my_chat_member")
    assert change["new_chat_member"]["status"] == "kicked"
    await page.get_by_role("button", name="Разблокировать бота").click()
    await expect(page.get_by_label("Сообщение", exact=True)).to_be_visible()


async def test_a_lost_connection_is_told_and_made_good(
    page: Page, address: str, user: User
) -> None:
    """Without events the page says so; once they flow again it shows what it has missed."""
    await page.route("**/events*", lambda route: route.abort())
    await page.goto(f"{address}/#1002")
    await expect(page.get_by_text("Connection lost")).to_be_visible()
    await page.goto(f"{address}/#{user.id}")
    await user.say("Пропущенное")
    await page.unroute("**/events*")
    await expect(bubble(page, "Пропущенное")).to_be_visible()
    await expect(page.get_by_text("Связь потеряна")).to_be_hidden()


async def test_the_theme_follows_the_system_until_one_switches(page: Page) -> None:
    """The page is light or dark as the system is; the switch turns it over and is remembered."""
    ground = "getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(ground)
    await page.emulate_media(color_scheme="dark")
    dark = await page.evaluate(ground)
    await page.emulate_media(color_scheme="light")
    await page.get_by_role("button", name="Светлая или тёмная тема").click()
    assert light != dark == await page.evaluate(ground)
    assert await page.evaluate("localStorage.theme") == "dark"


async def test_a_phone_shows_the_whole_width(phone: Page, bot_side: BotSide) -> None:
    """At 390 px nothing has to be scrolled sideways, and the people come in a drawer."""
    await bot_side.send_file("photo", picture(1600, 400), "wide.jpg", caption="слово" * 60)
    await expect(phone.get_by_role("article").last.get_by_role("img")).to_be_visible()
    for scrolled in ("html", "#scroller"):
        assert await phone.locator(scrolled).evaluate(
            "node => node.scrollWidth <= node.clientWidth"
        )
    await expect(phone.get_by_role("button", name="Ben")).to_be_hidden()
    await phone.get_by_role("button", name="Люди").click()
    await phone.get_by_role("button", name="Ben").click()
    await expect(phone.get_by_label("Message", exact=True)).to_be_visible()
    await expect(phone.get_by_role("button", name="New person")).to_be_hidden()


async def test_on_a_phone_the_count_of_news_stands_beside_the_avatar(
    phone: Page, bot_side: BotSide, address: str
) -> None:
    """The number covers neither the letter of whom one acts for nor the bot's sign."""
    await phone.goto(f"{address}/#1001")
    await bot_side.call("sendMessage", text="Готово, смотрите")
    await expect(phone.locator("#elsewhere")).to_be_visible()
    badge = await phone.locator("#elsewhere").bounding_box()
    assert badge
    for other in ("#open-people .avatar", "#chat-sign"):
        box = await phone.locator(other).bounding_box()
        assert box
        assert badge["x"] >= box["x"] + box["width"] or badge["x"] + badge["width"] <= box["x"]
