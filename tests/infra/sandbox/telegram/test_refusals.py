"""Each error with Telegram's text, as aiogram raises it."""

from typing import Any

import httpx
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramUnauthorizedError,
)
from aiogram.methods import (
    EditMessageCaption,
    EditMessageText,
    GetFile,
    SendChatAction,
    SendDocument,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    SendVideo,
    SetMyCommands,
    SetWebhook,
    TelegramMethod,
)
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyParameters,
)

from tests.infra.sandbox.telegram.samples import picture
from tests.user import User

ANYA = 1001  # replaced by each test's own user


def button(data: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(text="Press", callback_data=data)]
    return InlineKeyboardMarkup(inline_keyboard=[row])


def copying(text: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(text="Copy", copy_text=CopyTextButton(text=text))]
    return InlineKeyboardMarkup(inline_keyboard=[row])


def styled(style: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(text="Press", callback_data="1", style=style)]
    return InlineKeyboardMarkup(inline_keyboard=[row])


def file(data: bytes) -> BufferedInputFile:
    return BufferedInputFile(data, "file.png")


REFUSED: list[tuple[TelegramMethod[Any], str]] = [
    (SendMessage(chat_id=77, text="Hi"), "chat not found"),
    (SendMessage(chat_id=ANYA, text=" \n "), "message text is empty"),
    (SendMessage(chat_id=ANYA, text="я" * 4097), "message is too long"),
    (SendMessage(chat_id=ANYA, text="я" * 20_000), "text is too long"),
    (SendMessage(chat_id=ANYA, text="<x>", parse_mode="HTML"), "can't parse entities"),
    (SendMessage(chat_id=ANYA, text="x", parse_mode="BBCode"), "unsupported parse_mode"),
    (
        SendMessage(chat_id=ANYA, text="x", reply_parameters=ReplyParameters(message_id=999)),
        "message to be replied not found",
    ),
    (SendMessage(chat_id=ANYA, text="x", reply_markup=button("д" * 33)), "BUTTON_DATA_INVALID"),
    (SendMessage(chat_id=ANYA, text="x", reply_markup=button("")), "Text buttons are unallowed"),
    (SendMessage(chat_id=ANYA, text="x", reply_markup=copying("")), "BUTTON_COPY_TEXT_INVALID"),
    (SendMessage(chat_id=ANYA, text="x", reply_markup=copying("я" * 257)), "COPY_TEXT_INVALID"),
    (SendMessage(chat_id=ANYA, text="x", reply_markup=styled("red")), "invalid button style"),
    (SendPhoto(chat_id=ANYA, photo="no-such-file"), "wrong remote file identifier specified"),
    (SendPhoto(chat_id=ANYA, photo=file(b"text")), "IMAGE_PROCESS_FAILED"),
    (SendPhoto(chat_id=ANYA, photo=file(b"")), "file must be non-empty"),
    (SendPhoto(chat_id=ANYA, photo=file(picture(2100, 100))), "PHOTO_INVALID_DIMENSIONS"),
    (SendPhoto(chat_id=ANYA, photo=file(picture(9000, 1001))), "PHOTO_INVALID_DIMENSIONS"),
    (SendPhoto(chat_id=ANYA, photo=file(bytes(10 * 2**20 + 1))), "is too big for a photo"),
    (
        SendPhoto(chat_id=ANYA, photo="https://127.0.0.1:1/x.png"),
        "failed to get HTTP URL content",
    ),
    (
        SendPhoto(chat_id=ANYA, photo=file(picture(10, 10)), caption="я" * 1025),
        "message caption is too long",
    ),
    (SendMediaGroup(chat_id=ANYA, media=[]), "there are no messages to send"),
    (SendMediaGroup(chat_id=ANYA, media=[InputMediaPhoto(media="x")]), "too few messages"),
    (SendMediaGroup(chat_id=ANYA, media=[InputMediaPhoto(media="x")] * 11), "too many messages"),
    (
        SendMediaGroup(
            chat_id=ANYA,
            media=[
                InputMediaPhoto(media=file(picture(10, 10))),
                InputMediaDocument(media=file(b"text")),
            ],
        ),
        "document can't be mixed with other media types",
    ),
    (
        SendMediaGroup(
            chat_id=ANYA,
            media=[
                InputMediaPhoto(media=file(picture(10, 10))),
                InputMediaPhoto(media=file(b"text")),
            ],
        ),
        'failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"',
    ),
    (
        SendMediaGroup(
            chat_id=ANYA,
            media=[
                InputMediaPhoto(media=file(picture(2100, 100))),
                InputMediaPhoto(media=file(picture(10, 10))),
            ],
        ),
        'failed to send message #1 with the error message "PHOTO_INVALID_DIMENSIONS"',
    ),
    (SendChatAction(chat_id=ANYA, action="dance"), "wrong parameter action in request"),
    (EditMessageText(chat_id=ANYA, message_id=999, text="x"), "message to edit not found"),
    (GetFile(file_id="no-such-file"), "invalid file_id"),
    (SetMyCommands(commands=[BotCommand(command="Ping!", description="x")]), "COMMAND_INVALID"),
    (SetWebhook(url="http://example.org/hook"), "An HTTPS URL must be provided for webhook"),
    (SetWebhook(url="https://example.org:81/hook"), "only on ports 80, 88, 443 or 8443"),
    (SetWebhook(url="http://127.0.0.1", secret_token="ключ"), "unallowed characters"),
    (SetWebhook(url="http://127.0.0.1", secret_token="x" * 257), "secret token is too long"),
]


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=[words for _, words in REFUSED])
async def test_invalid_call_is_refused(
    bot: Bot, user: User, call: TelegramMethod[Any], words: str
) -> None:
    """An invalid call fails with Telegram's reason, and sends no message."""
    before = await user.messages()
    with pytest.raises(TelegramBadRequest, match=words):
        await bot(_for(user, call))
    assert await user.messages() == before


def _for(user: User, call: TelegramMethod[Any]) -> TelegramMethod[Any]:
    anya = getattr(call, "chat_id", None) == ANYA
    return call.model_copy(update={"chat_id": user.id}) if anya else call


async def test_users_message_cannot_be_edited(bot: Bot, stranger: User) -> None:
    """A bot cannot edit a user's message."""
    said = await stranger.say("Mine")
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot(EditMessageText(chat_id=stranger.id, message_id=said["message_id"], text="Yours"))


async def test_user_who_never_wrote_is_not_found(bot: Bot, stranger: User) -> None:
    """A bot cannot start a conversation."""
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(stranger.id, "Hello, you")


async def test_blocked_bot_cannot_send(bot: Bot, user: User) -> None:
    """Sending to a user who blocked the bot is forbidden until they unblock it."""
    await user.block()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(user.id, "Please?")
    await user.unblock()
    await bot.send_message(user.id, "Thanks")


async def test_wrong_token_is_unauthorized(telegram: str) -> None:
    """Only the bot's own token is accepted."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram))
    async with Bot("424242:wrong", session=session) as bot:
        with pytest.raises(TelegramUnauthorizedError):
            await bot.get_me()


async def test_unknown_method_is_not_found(http: httpx.AsyncClient) -> None:
    """A missing method is a 404 in the Bot API's format."""
    response = await http.get("/bot424242:sandbox/sendLove")
    assert response.status_code == 404
    assert response.json() == {
        "ok": False,
        "error_code": 404,
        "description": "Not Found: method not found",
    }


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("application/json", b"{", "can't parse JSON object"),
        ("application/json", b"[1]", "can't parse JSON object"),
        ("application/json", b'{"text": NaN}', "can't parse JSON object"),
        ("application/json", b'{"text": "\\ud800"}', "strings must be encoded in UTF-8"),
        ("application/x-www-form-urlencoded", b"reply_markup=%7B", "can't parse reply keyboard"),
        ("multipart/form-data; boundary=x", b"no parts", "can't parse multipart form data"),
        ("multipart/form-data", b"", "can't parse multipart form data"),
    ],
)
async def test_malformed_body_is_refused(
    http: httpx.AsyncClient, user: User, content_type: str, body: bytes, reason: str
) -> None:
    """A malformed body is a Bad Request that names the malformed part."""
    response = await http.post(
        f"/bot424242:sandbox/sendMessage?chat_id={user.id}&text=x",
        content=body,
        headers={"Content-Type": content_type},
    )
    assert response.status_code == 400
    assert response.json()["description"].startswith(f"Bad Request: {reason}")


async def test_upload_that_is_too_large_is_refused(bot: Bot, user: User) -> None:
    """More than 50 MB is too large for any kind of file."""
    with pytest.raises(TelegramEntityTooLarge):
        await bot.send_document(user.id, file(bytes(50 * 2**20 + 1)))


async def test_document_by_url_is_pdf_or_zip(bot: Bot, user: User, telegram: str) -> None:
    """Telegram fetches no other documents from a URL."""
    with pytest.raises(TelegramBadRequest, match="wrong type of the web page content"):
        await bot(SendDocument(chat_id=user.id, document=f"{telegram}/users"))


async def test_file_id_keeps_its_kind(bot: Bot, user: User) -> None:
    """A photo's file_id cannot be sent as a video."""
    sent = await bot.send_photo(user.id, file(picture(10, 10)))
    assert sent.photo
    with pytest.raises(TelegramBadRequest, match="can't use file of type Photo as Video"):
        await bot(SendVideo(chat_id=user.id, video=sent.photo[0].file_id))


async def test_message_with_another_keyboard_cannot_be_edited(bot: Bot, user: User) -> None:
    """Only messages without markup, or with inline buttons, can be edited."""
    sent = await bot.send_message(user.id, "Name?", reply_markup=ForceReply())
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await sent.edit_text("Your name?")


async def test_text_and_caption_edits_are_separate(bot: Bot, user: User) -> None:
    """editMessageText needs a text message, editMessageCaption needs media."""
    text = await bot.send_message(user.id, "Words")
    photo = await bot.send_photo(user.id, file(picture(10, 10)))
    with pytest.raises(TelegramBadRequest, match="there is no caption in the message to edit"):
        await bot(EditMessageCaption(chat_id=user.id, message_id=text.message_id, caption="x"))
    with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
        await bot(EditMessageText(chat_id=user.id, message_id=photo.message_id, text="x"))
