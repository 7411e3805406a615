"""Meaning of each failed call: a refusal of the message, or an unavailable Telegram."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramForbiddenError
from aiogram.methods import SendMessage

from infra.errors import NotStored
from infra.telegram.bot import create_bot
from infra.telegram.outcomes import (
    MessageGone,
    Refused,
    SendRefusal,
    TelegramOutcome,
    Unavailable,
    Unreachable,
    outcome_of,
    outcomes,
)
from infra.telegram.outgoing_media import Streamed
from tests.infra.loopback import unused_url
from tests.infra.telegram.conftest import TOKEN, Disturb
from tests.user import User

METHOD = SendMessage(chat_id=1, text="a")
PAGE = "<html><h1>502 Bad Gateway</h1></html>"

REFUSALS = {
    "message to be replied not found": SendRefusal.REPLY,
    "reply message not found": SendRefusal.REPLY,
    "REPLY_MESSAGE_ID_INVALID": SendRefusal.REPLY,
    "message thread not found": SendRefusal.TOPIC,
    "TOPIC_CLOSED": SendRefusal.TOPIC,
    "TOPIC_DELETED": SendRefusal.TOPIC,
    'failed to send message #1 with the error message "TOPIC_CLOSED"': SendRefusal.TOPIC,
    "not enough rights to send photos to the chat": SendRefusal.RIGHTS,
    "CHAT_SEND_PHOTOS_FORBIDDEN": SendRefusal.RIGHTS,
    'failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"': SendRefusal.PIECE,
    "Group send failed": SendRefusal.PIECE,
    "message caption is too long": SendRefusal.TEXT,
    "can't parse entities: unsupported start tag": SendRefusal.TEXT,
    "BUTTON_DATA_INVALID": SendRefusal.TEXT,
    "IMAGE_PROCESS_FAILED": SendRefusal.FILE,
    "PHOTO_INVALID_DIMENSIONS": SendRefusal.FILE,
    "VIDEO_CONTENT_TYPE_INVALID": SendRefusal.FILE,
    "wrong file identifier/HTTP URL specified": SendRefusal.FILE,
    "wrong remote file identifier specified: can't unserialize it": SendRefusal.FILE,
    "file must be non-empty": SendRefusal.FILE,
    "SOMETHING_NEW": SendRefusal.UNKNOWN,
}
GONE = (
    "message to edit not found",
    "message not found",
    "MESSAGE_ID_INVALID",
    "message can't be edited",
    "MESSAGE_EDIT_TIME_EXPIRED",
    "there is no media in the message to edit",
)
CLOSED = (
    "chat not found",
    "CHAT_WRITE_FORBIDDEN",
    "have no rights to send a message",
    "not enough rights to send text messages to the chat",
    "CHAT_RESTRICTED",
)


@pytest.fixture
async def hasty(telegram: str) -> AsyncIterator[Bot]:
    """The client does not wait after a 429."""
    bot = create_bot(TOKEN, telegram)
    yield bot
    await bot.session.close()


async def outcome(bot: Bot, chat_id: int) -> TelegramOutcome:
    with pytest.raises(TelegramOutcome) as caught, outcomes():
        await bot.send_message(chat_id, "an apple")
    return caught.value


def said(text: str) -> TelegramOutcome | None:
    return outcome_of(TelegramBadRequest(METHOD, f"Bad Request: {text}"))


@pytest.mark.parametrize(("text", "objection"), REFUSALS.items())
def test_refusal_has_its_reason(text: str, objection: SendRefusal) -> None:
    """The reason decides in which other form the message is sent."""
    refusal = said(text)
    assert isinstance(refusal, Refused)
    assert refusal.objection is objection


@pytest.mark.parametrize("text", GONE)
def test_message_that_cannot_be_edited_is_gone(text: str) -> None:
    """Its content needs a new message."""
    assert isinstance(said(text), MessageGone)


@pytest.mark.parametrize("text", CLOSED)
def test_closed_chat_is_unreachable(text: str) -> None:
    """No other form of the message would help."""
    assert isinstance(said(text), Unreachable)


def test_forbidden_call_without_a_known_reason_is_a_closed_chat() -> None:
    """Telegram answers 403 where the bot has no access."""
    error = TelegramForbiddenError(METHOD, "Forbidden: bot was blocked by the user")
    assert isinstance(outcome_of(error), Unreachable)


@pytest.mark.parametrize("text", ["message is not modified: …", "MESSAGE_NOT_MODIFIED"])
def test_harmless_refusal_is_a_success(text: str) -> None:
    """Nothing is raised."""
    assert said(text) is None


def test_edit_that_gives_way_to_another_is_retried() -> None:
    """Its own upload was ended, and the other one may do the same."""
    found = said("canceled by new editMessageMedia request")
    assert isinstance(found, Unavailable)
    assert found.ambiguous


FAULTS = {
    "a proxy's page": ({"status": 502, "body": PAGE}, True),
    "a page with a success": ({"status": 200, "body": PAGE}, True),
    "an empty body": ({"status": 200, "body": ""}, True),
    "a success without a result": ({"status": 200, "body": '{"ok":true}'}, True),
    "JSON that is not Telegram's": ({"status": 400, "body": '{"ok":false}'}, False),
    "a cut body": ({"status": 200, "cut": True}, True),
    "a connection that breaks": ({"drop": True}, True),
    "an error of the server's": ({"status": 500}, True),
    "a token that is being changed": ({"status": 401}, False),
    "a body too large for a proxy": ({"status": 413, "body": PAGE}, False),
    "a proxy that sends elsewhere": ({"status": 302, "body": PAGE}, False),
    "a flood": ({"status": 429, "retry_after": 245}, False),
}


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "ambiguous"), FAULTS.values(), ids=FAULTS.keys())
async def test_other_failures_mean_telegram_is_unavailable(
    hasty: Bot, user: User, disturb: Disturb, fault: dict[str, object], *, ambiguous: bool
) -> None:
    """For each it is known whether the message may have arrived."""
    await disturb("sendMessage", **fault)
    away = await outcome(hasty, user.id)
    assert isinstance(away, Unavailable)
    assert away.ambiguous is ambiguous


async def test_refused_connection_sent_nothing(user: User) -> None:
    """The message can safely be sent again."""
    bot = create_bot(TOKEN, unused_url())
    away = await outcome(bot, user.id)
    await bot.session.close()
    assert isinstance(away, Unavailable)
    assert away.ambiguous is False


async def test_response_timeout_is_ambiguous(hasty: Bot, user: User, disturb: Disturb) -> None:
    """The message may have been accepted."""
    await disturb("sendMessage", status=200, delay=2)
    with pytest.raises(Unavailable) as caught, outcomes():
        await hasty.send_message(user.id, "an apple", request_timeout=1)
    assert caught.value.ambiguous
    assert await user.wait_for_text("an apple")


async def test_no_error_has_the_token(hasty: Bot, user: User, disturb: Disturb) -> None:
    """aiohttp's own texts contain the URL."""
    await disturb("sendMessage", drop=True)
    with pytest.raises(AiogramError) as caught:
        await hasty.send_message(user.id, "an apple")
    assert TOKEN not in str(caught.value)


async def test_unreadable_file_is_a_storage_failure(bot: Bot, user: User) -> None:
    """The storage's own error is raised by the call that sends the file."""

    async def gone() -> AsyncIterator[bytes]:
        yield b"\xff\xd8"
        raise NotStored("images/a.jpeg")

    with pytest.raises(NotStored), outcomes():
        await bot.send_photo(user.id, Streamed(gone, "a.jpeg"))
