"""The chat page as a person sees it, in a real browser, with a bot that a test scripts."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from infra.sandbox.telegram.sandbox import SandboxSettings
from tests.browser import browser
from tests.infra.sandbox.telegram.bot_side import BotSide, clip, picture
from tests.infra.sandbox.telegram.server import serve
from tests.person import Person, create_person

__all__ = ["browser"]

pytestmark = pytest.mark.browser

TOKEN = "424242:page"
DESK = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=800)


@pytest.fixture(scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """One stand-in for all tests here: each has a person of its own."""
    settings = SandboxSettings(data=tmp_path_factory.mktemp("telegram"), token=TOKEN)
    async with serve(settings) as address:
        yield address


@pytest.fixture(scope="module")
async def desk(browser: Browser, address: str) -> AsyncIterator[Page]:
    """The page at a desk's width, loaded once: tests switch between people, as people do."""
    async with await browser.new_context(viewport=DESK) as context:
        context.set_default_timeout(10_000)
        page = await context.new_page()
        await page.goto(address)
        yield page


@pytest.fixture
async def person(address: str) -> AsyncIterator[Person]:
    """Somebody who reads Russian and has written to the bot, so that it may answer."""
    async with await create_person(address, "Аня") as person:
        await person.say("/start")
        yield person


@pytest.fixture
async def page(desk: Page, address: str, person: Person) -> AsyncIterator[Page]:
    """The page with the person's chat open; its scripts may not fail."""
    await desk.clear_page_errors()
    await desk.goto(f"{address}/#{person.id}")
    await expect(bubble(desk, "/start")).to_be_visible()
    yield desk
    assert await desk.page_errors() == []


@pytest.fixture
async def phone(page: Page) -> AsyncIterator[Page]:
    """The same page as narrow as a phone."""
    await page.set_viewport_size(PHONE)
    yield page
    await page.set_viewport_size(DESK)


@pytest.fixture
async def bot_side(address: str, person: Person) -> AsyncIterator[BotSide]:
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
        yield BotSide(http, TOKEN, person.id)


def bubble(page: Page, text: str) -> Locator:
    return page.get_by_role("log").get_by_role("article").filter(has_text=text)


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Сообщение", exact=True).fill(text)
    await page.keyboard.press("Enter")


async def test_a_message_is_edited_in_place_and_deleted(page: Page, bot_side: BotSide) -> None:
    """What the bot writes appears, changes in its own bubble, is marked as edited, and vanishes."""
    sent = await bot_side.call("sendMessage", text="В очереди")
    shown = await bubble(page, "В очереди").element_handle()
    await bot_side.call("editMessageText", message_id=sent["message_id"], text="Готово")
    await expect(bubble(page, "Готово")).to_contain_text("изменено")
    assert shown
    assert "Готово" in await shown.inner_text()
    await bot_side.call("deleteMessage", message_id=sent["message_id"])
    await expect(bubble(page, "Готово")).to_have_count(0)


async def test_text_is_formatted_and_never_taken_for_html(
    page: Page, bot_side: BotSide, person: Person
) -> None:
    """Entities become bold, code, quotes and links, counted behind an emoji; markup in the text stays text."""
    text = (
        "🎞 <b>Жирный</b>, <code>abc-1</code>, &lt;i&gt;не тег&lt;/i&gt;, "
        '<a href="https://fal.ai/">ссылка</a><blockquote expandable>цитата</blockquote>конец'
    )
    await bot_side.call("sendMessage", text=text, parse_mode="HTML")
    shown = bubble(page, "<i>не тег</i>")
    await expect(shown.locator("strong")).to_have_text("Жирный")
    await expect(shown.locator("code")).to_have_text("abc-1")
    await expect(shown.locator("blockquote")).to_have_text("цитата")
    await expect(shown.get_by_role("link", name="ссылка")).to_have_attribute(
        "href", "https://fal.ai/"
    )


@pytest.mark.parametrize("important", [False, True])
async def test_an_inline_button_waits_for_the_bots_answer(
    page: Page, bot_side: BotSide, person: Person, *, important: bool
) -> None:
    """A press reaches the bot; the button shows that it waits until a toast or an alert answers it."""
    keyboard = {"inline_keyboard": [[{"text": "Портрет", "callback_data": "size:portrait"}]]}
    await bot_side.call("sendMessage", text="Размер?", reply_markup=keyboard)
    button = page.get_by_role("button", name="Портрет")
    await button.click()
    await expect(button).to_have_attribute("aria-busy", "true")
    query = await bot_side.next_update("callback_query")
    assert query["data"] == "size:portrait"
    await bot_side.call(
        "answerCallbackQuery", callback_query_id=query["id"], text="Запомнил", show_alert=important
    )
    answer = page.get_by_role("dialog") if important else page.get_by_role("status")
    await expect(answer.filter(has_text="Запомнил")).to_be_visible()
    await expect(button).to_have_attribute("aria-busy", "false")


async def test_the_reply_keyboard_speaks_for_the_person(
    page: Page, bot_side: BotSide, person: Person
) -> None:
    """Its buttons send their text, and a toggle puts it away."""
    keyboard = {"keyboard": [[{"text": "🎬 Видео"}]], "resize_keyboard": True}
    await bot_side.call("sendMessage", text="Что делаем?", reply_markup=keyboard)
    button = page.get_by_role("main").get_by_role("button", name="🎬 Видео")
    await button.click()
    await expect(bubble(page, "🎬 Видео")).to_be_visible()
    assert (await person.messages())[-1]["text"] == "🎬 Видео"
    await page.get_by_role("button", name="Кнопки бота").click()
    await expect(button).to_be_hidden()


async def test_the_commands_menu_filters_while_one_types(page: Page, bot_side: BotSide) -> None:
    """A slash lists the commands in the person's language, typing narrows them, Enter sends one."""
    commands = [
        {"command": "image", "description": "Картинка"},
        {"command": "video", "description": "Клип"},
    ]
    await bot_side.call("setMyCommands", commands=commands)
    await expect(page.get_by_role("button", name="Команды")).to_be_visible()
    await page.get_by_label("Сообщение", exact=True).press_sequentially("/v")
    await expect(page.get_by_role("option")).to_have_text("/videoКлип")
    await page.keyboard.press("Enter")
    await expect(bubble(page, "/video")).to_be_visible()


async def test_pictures_open_and_an_album_is_walked_through(
    page: Page, bot_side: BotSide, person: Person
) -> None:
    """A picture opens over the page, arrows lead through its album, and Esc closes it."""
    sent = await bot_side.send_file("photo", picture(), "fox.jpg", caption="Лис")
    media = {"type": "photo", "media": sent["photo"][-1]["file_id"]}
    await bot_side.call("sendMediaGroup", media=[media, media, media])
    await expect(page.get_by_role("article").last.get_by_role("button")).to_have_count(3)
    await page.get_by_role("article").last.get_by_role("button").first.click()
    viewer = page.get_by_role("dialog", name="Просмотр")
    await page.keyboard.press("ArrowRight")
    await expect(viewer).to_contain_text("2 / 3")
    assert await viewer.get_by_role("img").evaluate(
        "image => image.decode().then(() => image.naturalWidth)"
    )
    await page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()


async def test_a_clip_plays_on_while_its_caption_changes(
    page: Page, bot_side: BotSide, person: Person
) -> None:
    """A clip plays inside its bubble, and editing the caption does not interrupt it."""
    sent = await bot_side.send_file("video", clip(), "clip.mp4", caption="Клип")
    video = page.locator("article video")
    await video.evaluate("video => video.play()")
    await video.evaluate(
        "video => new Promise(done => video.ontimeupdate = () => video.currentTime > 0.2 && done())"
    )
    await bot_side.call(
        "editMessageCaption",
        chat_id=person.id,
        message_id=sent["message_id"],
        caption="Новая подпись",
    )
    await expect(bubble(page, "Новая подпись")).to_be_visible()
    assert await video.evaluate("video => video.currentTime") > 0.2


async def test_a_photo_with_a_caption_reaches_the_bot(
    page: Page, bot_side: BotSide, tmp_path: Path
) -> None:
    """A chosen photo is shown before it goes, what was typed becomes its caption, and the bot gets both."""
    (tmp_path / "fox.jpg").write_bytes(picture())
    await page.get_by_label("Сообщение", exact=True).fill("Сделай ярче")
    await page.locator("input[type=file]").set_input_files(tmp_path / "fox.jpg")
    await page.get_by_role("dialog").get_by_role("button", name="Отправить").click()
    await expect(bubble(page, "Сделай ярче").get_by_role("img")).to_be_visible()
    await bot_side.next_update("message")  # /start
    received = await bot_side.next_update("message")
    assert received["caption"] == "Сделай ярче"
    assert received["photo"][-1]["width"] == 320


async def test_several_files_go_as_an_album_of_documents(
    page: Page, person: Person, tmp_path: Path
) -> None:
    """Two pictures sent "as a file" arrive as two documents of one album, with a download each."""
    for name in ("fox.jpg", "owl.jpg"):
        (tmp_path / name).write_bytes(picture())
    await page.locator("input[type=file]").set_input_files(
        [tmp_path / "fox.jpg", tmp_path / "owl.jpg"]
    )
    await page.get_by_role("dialog").get_by_text("Как файл").click()
    await page.get_by_role("dialog").get_by_role("button", name="Отправить").click()
    await expect(page.get_by_role("article").last.get_by_role("link")).to_have_count(2)
    album = [message for message in await person.messages() if "document" in message]
    assert [message["document"]["file_name"] for message in album] == ["fox.jpg", "owl.jpg"]
    assert len({message["media_group_id"] for message in album}) == 1


async def test_a_reply_shows_what_it_answers(page: Page, bot_side: BotSide, person: Person) -> None:
    """A double click on a bubble quotes it over the composer and, once sent, in the answer's bubble."""
    await bot_side.call("sendMessage", text="Какой размер?")
    await bubble(page, "Какой размер?").dblclick()
    await expect(page.get_by_text("Ответ: Darkroom")).to_be_visible()
    await write(page, "Квадрат")
    await expect(bubble(page, "Квадрат").get_by_role("button")).to_contain_text("Какой размер?")
    assert (await person.messages())[-1]["reply_to_message"]["text"] == "Какой размер?"


async def test_people_are_switched_and_the_page_speaks_their_language(
    page: Page, address: str, person: Person
) -> None:
    """Another person's chat opens with labels in their language; a draft waits for its writer."""
    async with await create_person(address, "Kate", "en") as kate:
        await kate.say("Hello")
        await page.get_by_label("Сообщение", exact=True).fill("Черновик")
        await page.goto(f"{address}/#{kate.id}")
        await expect(bubble(page, "Hello")).to_be_visible()
    await expect(page.get_by_label("Message", exact=True)).to_be_empty()
    await page.locator(f"[data-person='{person.id}']").click()
    await expect(page.get_by_label("Сообщение", exact=True)).to_have_value("Черновик")
    await write(page, "Отправлено")


async def test_another_persons_news_are_counted(
    page: Page, address: str, person: Person, bot_side: BotSide
) -> None:
    """What the bot writes to somebody else shows as a number beside their name, until it is read."""
    await page.goto(f"{address}/#1001")
    await bot_side.call("sendMessage", text="Готово, смотрите")
    entry = page.locator(f"[data-person='{person.id}']")
    await expect(entry).to_contain_text("Готово, смотрите")
    await expect(entry.get_by_label("Непрочитанных: 1")).to_be_visible()
    await entry.click()
    await expect(entry.get_by_label("Непрочитанных: 1")).to_be_hidden()


async def test_a_new_person_starts_the_bot(page: Page, address: str) -> None:
    """Somebody new gets an empty chat whose button says /start to the bot."""
    await page.get_by_role("button", name="Новый человек").click()
    await page.get_by_label("Имя").fill("Zoé")
    await page.get_by_label("Язык").select_option("fr")
    await page.get_by_role("button", name="Создать").click()
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(bubble(page, "/start")).to_be_visible()
    async with Person(address, int(page.url.rpartition("#")[2])) as zoe:
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
    page: Page, address: str, person: Person
) -> None:
    """Without events the page says so; once they flow again it shows what it has missed."""
    await page.route("**/events", lambda route: route.abort())
    await page.goto(f"{address}/#1002")
    await expect(page.get_by_text("Connection lost")).to_be_visible()
    await page.goto(f"{address}/#{person.id}")
    await person.say("Пропущенное")
    await page.unroute("**/events")
    await expect(bubble(page, "Пропущенное")).to_be_visible()
    await expect(page.get_by_text("Связь потеряна")).to_be_hidden()


async def test_one_who_reads_above_is_not_carried_away(page: Page, bot_side: BotSide) -> None:
    """At the end the log follows new messages; above it stays put and a button leads down to them."""
    await bot_side.call("sendMessage", text="Длинно\n" * 80)
    await bot_side.call("sendMessage", text="Внизу")
    await expect(bubble(page, "Внизу")).to_be_in_viewport()
    await page.locator("#scroller").evaluate("node => node.scrollTo(0, 200)")
    await expect(page.get_by_role("button", name="К последнему сообщению")).to_be_visible()
    await bot_side.call("sendMessage", text="Новость")
    await page.get_by_role("button", name="Непрочитанных: 1", exact=True).click()
    await expect(bubble(page, "Новость")).to_be_in_viewport()
    await expect(page.get_by_role("button", name="К последнему сообщению")).to_be_hidden()


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
