import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
)

from tests.infra.sandbox.telegram.samples import clip, picture
from tests.user import User, create_user

MARKUP = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data="yes")]]
)


async def press(bot: Bot, user: User) -> CallbackQuery:
    """Send a message with a button, and return the query of a press."""
    await bot.send_message(user.id, "Sure?", reply_markup=MARKUP)
    await user.press(await user.last_from_bot(), "Yes")
    query = (await bot.get_updates(offset=-1))[0].callback_query
    assert query
    return query


async def test_users_exist_from_the_start(http: httpx.AsyncClient) -> None:
    """A new installation has users of several languages."""
    users = (await http.get("/users")).json()
    assert [user["language_code"] for user in users[:3]] == ["ru", "en", "fr"]


async def test_press_reaches_the_bot_and_its_answer_the_user(fresh_bot: Bot, user: User) -> None:
    """callback_query has data, user and message; the answer is shown to the user who pressed."""
    query = await press(fresh_bot, user)
    assert (query.data, query.from_user.id) == ("yes", user.id)
    assert query.message
    assert query.message.chat.id == user.id
    await query.answer("Good", show_alert=True)
    answer = await user.wait_for_answer(query.id)
    assert (answer["text"], answer["show_alert"]) == ("Good", True)


async def test_unknown_press_cannot_be_answered(fresh_bot: Bot) -> None:
    """An unknown id is handled like one that is too old."""
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await fresh_bot.answer_callback_query("12345")


async def test_answer_to_a_press_is_short(fresh_bot: Bot, user: User) -> None:
    """At most 200 characters."""
    query = await press(fresh_bot, user)
    with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
        await query.answer("я" * 201)


async def test_photo_of_a_user_can_be_downloaded(fresh_bot: Bot, user: User) -> None:
    """The bot gets the photo, finds its path with getFile and downloads the bytes."""
    await user.send_photo(picture(400, 300), "Make it blue")
    message = (await fresh_bot.get_updates(offset=-1))[0].message
    assert message
    assert message.photo
    assert message.caption == "Make it blue"
    downloaded = await fresh_bot.download(message.photo[-1])
    assert downloaded
    assert downloaded.read() == await user.file(message.photo[-1].file_id)


async def test_file_that_is_too_large_cannot_be_downloaded(fresh_bot: Bot, user: User) -> None:
    """Bots download at most 20 MB."""
    sent = await user.send_files(bytes(20 * 2**20 + 1))
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await fresh_bot.get_file(sent["document"]["file_id"])


@pytest.mark.parametrize(("send_as", "field"), [("photo", "photo"), ("video", "document")])
async def test_user_chooses_how_a_file_is_sent(user: User, send_as: str, field: str) -> None:
    """A file that cannot be shown as requested is sent as a document."""
    assert field in await user.send_files(picture(20, 20), send_as=send_as)


async def test_several_files_are_an_album(fresh_bot: Bot, user: User) -> None:
    """Each is a separate message; the caption is under the first."""
    await user.send_files(picture(9, 9), clip(32, 32, 1), caption="Both", send_as="")
    *_, photo, video = [update.message for update in await fresh_bot.get_updates()]
    assert photo
    assert video
    assert photo.photo
    assert video.video
    assert (photo.caption, video.caption) == ("Both", None)
    assert photo.media_group_id == video.media_group_id is not None


async def test_long_text_is_split(fresh_bot: Bot, user: User) -> None:
    """Telegram's apps send 5,000 characters as two messages."""
    await user.say("я" * 5000)
    *_, first, second = [update.message for update in await fresh_bot.get_updates()]
    assert first
    assert second
    assert [len(message.text or "") for message in (first, second)] == [4096, 904]


async def test_stickers_and_locations(fresh_bot: Bot, user: User) -> None:
    """A sticker and a location reach the bot as such."""
    await user.send_sticker("🎉")
    await user.send_location(55.75, 37.62)
    *_, sticker, place = [update.message for update in await fresh_bot.get_updates()]
    assert sticker
    assert sticker.sticker
    assert sticker.sticker.emoji == "🎉"
    assert place
    assert place.location


async def test_reply_has_its_message(fresh_bot: Bot, user: User) -> None:
    """The reply contains the original message."""
    asked = await fresh_bot.send_message(user.id, "Prompt?")
    await user.say("A red apple", reply_to=asked.message_id)
    message = (await fresh_bot.get_updates(offset=-1))[0].message
    assert message
    assert message.reply_to_message
    assert message.reply_to_message.text == "Prompt?"


async def test_blocking_is_reported(fresh_bot: Bot, user: User) -> None:
    """my_chat_member reports that the user has blocked the bot, and that they have unblocked it."""
    await user.block()
    await user.unblock()
    changes = [update.my_chat_member for update in await fresh_bot.get_updates()]
    states = [change.new_chat_member.status for change in changes if change]
    assert states == ["kicked", "member"]


async def test_commands_are_shown_in_the_users_language(fresh_bot: Bot, telegram: str) -> None:
    """The narrowest scope wins, and in it the user's own language."""
    russian = await create_user(telegram, "Аня", "ru-RU")
    english = await create_user(telegram, "Ben", "en")
    await fresh_bot.set_my_commands([BotCommand(command="start", description="Begin")])
    await fresh_bot.set_my_commands(
        [BotCommand(command="image", description="Изображение")], language_code="ru"
    )
    await fresh_bot.set_my_commands(
        [BotCommand(command="admin", description="Rule")],
        scope=BotCommandScopeChat(chat_id=english.id),
    )
    assert await russian.commands() == ["image"]
    assert await english.commands() == ["admin"]
    await fresh_bot.delete_my_commands(scope=BotCommandScopeChat(chat_id=english.id))
    assert await english.commands() == ["start"]
    for user in (russian, english):
        await user.close()


async def test_bot_descriptions_are_stored(bot: Bot) -> None:
    """Name and descriptions are stored for each language."""
    assert await bot.set_my_description("Makes pictures")
    assert await bot.set_my_short_description("Делает изображения", language_code="ru")
    assert await bot.set_my_name("Darkroom")
    assert (await bot.get_my_description()).description == "Makes pictures"
    assert (await bot.get_me()).first_name == "Darkroom"


async def test_bot_calls_are_recorded(bot: Bot, http: httpx.AsyncClient, user: User) -> None:
    """Each call is recorded with its chat, its parameters and its status."""
    await bot.send_message(user.id, "On record")
    call = (await http.get("/sent")).json()[-1]
    assert (call["method"], call["chat_id"], call["status"]) == ("sendMessage", user.id, 200)
    assert call["parameters"]["text"] == "On record"


async def test_video_is_served_in_ranges(http: httpx.AsyncClient, user: User) -> None:
    """A player requests parts of a file, and gets them with the file's type."""
    sent = await user.send_files(clip(32, 32, 1), send_as="video")
    path = f"/files/{sent['video']['file_id']}"
    part = await http.get(path, headers={"Range": "bytes=4-7"})
    assert part.status_code == 206
    assert part.content == b"ftyp"
    assert part.headers["content-type"] == "video/mp4"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/users/5/messages", None, 404),
        ("POST", "/users/1001/messages", {"text": "  "}, 400),
        ("POST", "/users/1001/messages", {"text": "x", "reply_to_message_id": 9999}, 400),
        ("POST", "/users/1001/callbacks", {"message_id": 9999, "data": "x"}, 404),
        ("POST", "/users", {"language_code": "ru"}, 400),
        ("POST", "/faults", {"methods": "x"}, 400),
        ("POST", "/updates", [1, 2], 400),
        ("GET", "/files/unknown", None, 404),
    ],
)
async def test_invalid_user_action_is_refused_with_a_reason(
    http: httpx.AsyncClient, method: str, path: str, body: object, status: int
) -> None:
    """The user side answers with a reason to show, never with a crash."""
    response = await http.request(method, path, json=body)
    assert response.status_code == status
    assert response.json()["detail"]
