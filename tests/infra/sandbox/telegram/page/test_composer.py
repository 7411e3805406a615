"""Writing, attaching and pressing buttons."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.infra.sandbox.telegram.page.bot_side import BotSide, picture
from tests.infra.sandbox.telegram.page.chat import bubble, write
from tests.recordings import recording, video_note
from tests.user import User

pytestmark = pytest.mark.browser

TOUCH = """(target, [name, where]) => {
    const touch = new Touch({ ...where, target });
    const touches = name === "touchend" ? [] : [touch];
    target.dispatchEvent(new TouchEvent(name, { bubbles: true, touches, changedTouches: [touch] }));
}"""


async def test_reply_keyboard_sends_its_text(page: Page, bot_side: BotSide, user: User) -> None:
    """Its buttons send their text, and a toggle hides it."""
    keyboard = {"keyboard": [[{"text": "🎬 Видео"}]], "resize_keyboard": True}
    await bot_side.call("sendMessage", text="Что делаем?", reply_markup=keyboard)
    button = page.get_by_role("main").get_by_role("button", name="🎬 Видео")
    await button.click()
    await expect(bubble(page, "🎬 Видео")).to_be_visible()
    assert (await user.messages())[-1]["text"] == "🎬 Видео"
    await page.get_by_role("button", name="Кнопки бота").click()
    await expect(button).to_be_hidden()


async def test_commands_menu_filters_while_typing(page: Page, bot_side: BotSide) -> None:
    """A slash lists the commands in the user's language, typing filters them, Enter sends one."""
    commands = [
        {"command": "image", "description": "Изображение"},
        {"command": "video", "description": "Видео"},
    ]
    await bot_side.call("setMyCommands", commands=commands)
    await expect(page.get_by_role("button", name="Команды")).to_be_visible()
    await page.get_by_label("Сообщение", exact=True).press_sequentially("/v")
    await expect(page.get_by_role("option")).to_have_text("/videoВидео")
    await page.keyboard.press("Enter")
    await expect(bubble(page, "/video")).to_be_visible()


async def test_commands_menu_works_by_keyboard(page: Page, bot_side: BotSide) -> None:
    """Opened by its button or by a slash, Escape closes it; arrows and Enter choose in both cases."""
    commands = [
        {"command": "image", "description": "Изображение"},
        {"command": "video", "description": "Видео"},
    ]
    await bot_side.call("setMyCommands", commands=commands)
    button = page.get_by_role("button", name="Команды")
    await button.click()
    await expect(page.get_by_role("option")).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("option")).to_have_count(0)
    await page.get_by_label("Сообщение", exact=True).press_sequentially("/v")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("option")).to_have_count(0)
    await page.get_by_label("Сообщение", exact=True).fill("")
    await button.click()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(bubble(page, "/video")).to_be_visible()


async def test_photo_with_a_caption_reaches_the_bot(
    page: Page, bot_side: BotSide, tmp_path: Path
) -> None:
    """The dialog previews a chosen photo, the typed text becomes its caption, and the bot gets both."""
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
    page: Page, user: User, tmp_path: Path
) -> None:
    """Two images sent "as a file" arrive as two documents of one album, each with a download."""
    for name in ("fox.jpg", "owl.jpg"):
        (tmp_path / name).write_bytes(picture())
    await page.locator("input[type=file]").set_input_files(
        [tmp_path / "fox.jpg", tmp_path / "owl.jpg"]
    )
    await page.get_by_role("dialog").get_by_text("Как файл").click()
    await page.get_by_role("dialog").get_by_role("button", name="Отправить").click()
    await expect(page.get_by_role("article").last.get_by_role("link")).to_have_count(2)
    album = [message for message in await user.messages() if "document" in message]
    assert [message["document"]["file_name"] for message in album] == ["fox.jpg", "owl.jpg"]
    assert len({message["media_group_id"] for message in album}) == 1


async def test_dropped_file_is_offered_to_be_sent(page: Page, user: User) -> None:
    """A file dropped on the chat waits in the dialog, and is sent as a document with its name and size."""
    dropped = await page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["notes"], "notes.txt", { type: "text/plain" }));
            return transfer;
        }"""
    )
    await page.get_by_role("main").dispatch_event("drop", {"dataTransfer": dropped})
    await page.get_by_role("dialog").get_by_role("button", name="Отправить").click()
    await expect(bubble(page, "notes.txt")).to_contain_text("5")
    assert (await user.messages())[-1]["document"]["file_name"] == "notes.txt"


async def test_own_message_can_be_edited(page: Page, bot_side: BotSide) -> None:
    """Arrow up in an empty field edits the last message; the bot gets the edit."""
    await write(page, "Лиса")
    await expect(bubble(page, "Лиса")).to_be_visible()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_label("Сообщение", exact=True)).to_have_value("Лиса")
    await write(page, "Лис")
    assert (await bot_side.next_update("edited_message"))["text"] == "Лис"
    await expect(bubble(page, "Лис")).to_contain_text("изменено")


async def test_reply_quotes_its_message(page: Page, bot_side: BotSide, user: User) -> None:
    """A double click on a bubble quotes it above the composer and, once sent, in the reply's bubble."""
    await bot_side.call("sendMessage", text="Какой размер?")
    await bubble(page, "Какой размер?").dblclick()
    await expect(page.get_by_text("Ответ: Darkroom")).to_be_visible()
    await write(page, "Квадрат")
    await expect(bubble(page, "Квадрат").get_by_role("button")).to_contain_text("Какой размер?")
    assert (await user.messages())[-1]["reply_to_message"]["text"] == "Какой размер?"


async def test_message_has_a_context_menu(page: Page, bot_side: BotSide) -> None:
    """A right click or a long touch opens the menu; here it replies."""
    await bot_side.call("sendMessage", text="Какой размер?")
    await bubble(page, "Какой размер?").click(button="right")
    await expect(page.get_by_role("button", name="Закрасить")).to_be_hidden()
    await page.locator("#message-menu").get_by_role("button", name="Ответить").click()
    await expect(page.get_by_text("Ответ: Darkroom")).to_be_visible()
    await page.keyboard.press("Escape")


async def test_swipe_replies(page: Page, bot_side: BotSide) -> None:
    """A swipe far enough to the left replies; a short or a vertical one does nothing."""
    await bot_side.call("sendMessage", text="Какой формат?")
    shown = bubble(page, "Какой формат?")
    for to, swiped in (((180, 100), False), ((190, 160), False), ((120, 104), True)):
        for name, (x, y) in (("touchstart", (200, 100)), ("touchmove", to), ("touchend", to)):
            touch = {"identifier": 0, "clientX": x, "clientY": y}
            await shown.evaluate(TOUCH, [name, touch])
        await expect(page.get_by_text("Ответ: Darkroom")).to_be_visible(visible=swiped)
    await page.get_by_role("button", name="Отмена").click()


async def test_voice_message_is_recorded(page: Page, user: User) -> None:
    """The microphone of an empty field records, the bar shows how long, and the chat gets a player."""
    await page.get_by_role("button", name="Записать голосовое сообщение").click()
    await expect(page.get_by_text("0:01")).to_be_visible()
    await page.get_by_role("button", name="Отправить запись").click()
    await expect(page.get_by_label("Голосовое сообщение", exact=True)).to_be_visible()
    sent = (await user.messages())[-1]
    assert sent["voice"]["mime_type"] == "audio/ogg"
    assert sent["voice"]["duration"] >= 1
    await page.get_by_role("button", name="Записать голосовое сообщение").click()
    await page.get_by_role("button", name="Удалить запись").click()
    await expect(page.get_by_label("Сообщение", exact=True)).to_be_visible()
    assert (await user.messages())[-1] == sent


async def test_audio_file_is_sent_as_a_voice_message(page: Page, user: User) -> None:
    """A chosen file can be a voice message, a video a video message."""
    await page.locator("#file").set_input_files(
        {"name": "cat.ogg", "mimeType": "audio/ogg", "buffer": recording("кот")}
    )
    await page.get_by_text("Как голосовое").click()
    await page.get_by_role("dialog").get_by_role("button", name="Отправить").click()
    await expect(page.get_by_label("Голосовое сообщение", exact=True)).to_be_visible()
    await page.locator("#file").set_input_files(
        {"name": "cat.mp4", "mimeType": "video/mp4", "buffer": video_note("кот")}
    )
    await page.get_by_text("Кружком").click()
    await page.get_by_role("dialog").get_by_role("button", name="Отправить").click()
    await expect(page.get_by_label("Видеосообщение")).to_be_visible()
    kinds = [message for message in await user.messages() if "text" not in message]
    assert ["voice" in kinds[0], "video_note" in kinds[1]] == [True, True]
