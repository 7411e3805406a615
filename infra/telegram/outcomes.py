"""Mapping of aiogram's exceptions to typed outcomes of a Bot API call.

Only Telegram's own answer about a message is a refusal. Everything else means that Telegram is not available: a foreign
body, a 5xx, a 401 while the token changes, a broken connection, a 429. https://core.telegram.org/bots/api#making-requests
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import aiohttp
from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from infra.errors import DarkroomError
from infra.telegram.session import ForeignAnswerError
from infra.telegram.throttle import ThrottledError


class TelegramOutcome(DarkroomError):  # noqa: N818 - an outcome, not always an error
    """A call was not carried out, or its outcome is unknown; subclasses say what to do."""


class Unavailable(TelegramOutcome):
    """Telegram or the network is not available: retry later, without a limit.

    `ambiguous`: the call may have been carried out, but its response was lost. `kind` is a metric's label.
    `retry_after` is Telegram's wait in seconds.
    """

    def __init__(
        self, kind: str, reason: str, *, ambiguous: bool, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.ambiguous = ambiguous
        self.retry_after = retry_after


class Postponed(Unavailable):
    """A 429, or a message that the bot's own throttle refuses: retry after these seconds and not before."""

    def __init__(self, seconds: float) -> None:
        reason = f"Telegram's rates require a wait of {seconds:g} s"
        super().__init__("flood", reason, ambiguous=False, retry_after=seconds)
        self.seconds = seconds


class Unreachable(TelegramOutcome):
    """The bot cannot write to this chat: the user blocked it, the group is closed, or the chat is gone."""


class Migrated(TelegramOutcome):
    """The group has become a supergroup with another id."""

    def __init__(self, chat_id: int) -> None:
        super().__init__("the group has moved")
        self.chat_id = chat_id


class SendRefusal(StrEnum):
    """What Telegram objects to in a refused message."""

    REPLY = "reply"  # the message to reply to
    TOPIC = "topic"
    RIGHTS = "rights"  # this kind of message is not allowed in this chat
    PIECE = "piece"  # an item of an album
    TEXT = "text"  # the caption or the buttons
    FILE = "file"
    UNKNOWN = "unknown"


class Refused(TelegramOutcome):
    """Telegram will never accept this message in this form; its description says why."""

    def __init__(self, reason: str, objection: SendRefusal = SendRefusal.UNKNOWN) -> None:
        super().__init__(reason)
        self.objection = objection


class MessageGone(Refused):
    """The message cannot be edited any more: send a new one."""


class MessageIsMedia(Refused):
    """The text message has become a photo, a video or a document."""


#: Errors of aiohttp before anything was sent.
_UNSENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)
_UNCHANGED = ("not modified", "not_modified")
# The Bot API server ends an upload for a message when another one for the same message begins.
_SUPERSEDED = "canceled by new"
_GONE = (
    *("message to edit not found", "message not found", "message_id_invalid"),
    "message to delete not found",
    *("can't be edited", "message_edit_time_expired", "message_author_required"),
    "message identifier is not specified",
    # A Bot API server of 2024 replaces no text by media: https://github.com/FedericoBruzzone/tdlib-rs/issues/16
    "no media in the message",
)
_UNEDITABLE: dict[type[Refused], tuple[str, ...]] = {
    MessageGone: _GONE,
    MessageIsMedia: ("no text in the message",),
}
_CLOSED = (
    *("chat not found", "chat_write_forbidden", "chat_restricted", "peer_id_invalid"),
    *("no rights to send a message", "not enough rights to send text messages"),
    *("user_banned_in_channel", "chat_guest_send_forbidden", "chat_send_plain_forbidden"),
    *("chat was deactivated", "chat was deleted", "user is deactivated", "user_is_blocked"),
    *("bot was kicked", "bot was blocked", "bot is not a member", "channel_private"),
)
# Telegram may reword its descriptions, so only characteristic words are matched, the most specific first.
_OBJECTIONS = {
    SendRefusal.REPLY: (
        "reply message",
        "reply_message_id",
        "reply_to",
        "to be replied",
        "replied",
    ),
    SendRefusal.TOPIC: ("thread", "topic"),
    SendRefusal.RIGHTS: ("rights", "_forbidden"),
    SendRefusal.PIECE: (
        "failed to send message #",
        "group send failed",
        "2-10",
        "2 to 10",
        "mixed",
    ),
    SendRefusal.TEXT: ("caption", "entit", "too long", "too_long", "button", "markup", "keyboard"),
    SendRefusal.FILE: (
        *("file", "photo", "image", "video", "document", "media", "thumb", "dimension"),
        *("too large", "too big", "content type", "content_type", "webpage", "web page"),
    ),
}


@contextmanager
def outcomes() -> Iterator[None]:
    """Turn aiogram's exceptions into outcomes. An unchanged message is a success."""
    try:
        yield
    except AiogramError as error:
        if outcome := outcome_of(error):
            raise outcome from error


def outcome_of(error: AiogramError) -> TelegramOutcome | None:  # noqa: C901, PLR0911 - a table
    """Map an exception of aiogram; None is a success."""
    match error:
        case ThrottledError():
            return Postponed(error.seconds)
        case TelegramRetryAfter():
            return Postponed(error.retry_after)
        case TelegramMigrateToChat():
            return Migrated(error.migrate_to_chat_id)
        case TelegramEntityTooLarge():
            return Refused(error.message, SendRefusal.FILE)
        case TelegramNetworkError():
            # If the request may have arrived, the outcome is ambiguous.
            ambiguous = not isinstance(error.__cause__, _UNSENT)
            reason = f"no response from Telegram: {error.message}"
            return Unavailable("network", reason, ambiguous=ambiguous)
        case TelegramServerError():
            return Unavailable("server", f"Telegram: {error.message}", ambiguous=True)
        case TelegramUnauthorizedError() | TelegramConflictError():
            return Unavailable("unauthorized", f"Telegram: {error.message}", ambiguous=False)
        case TelegramAPIError() if _SUPERSEDED in error.message.lower():
            return Unavailable("superseded", f"Telegram: {error.message}", ambiguous=True)
        case TelegramAPIError():
            return classify_refusal(error)
        case ForeignAnswerError():
            return Unavailable("foreign", str(error), ambiguous=error.ambiguous)
        case _:
            return Unavailable("foreign", type(error).__name__, ambiguous=True)


def classify_refusal(error: TelegramAPIError) -> TelegramOutcome | None:
    text = error.message.lower()
    if contains_any(text, _UNCHANGED):
        return None
    for objection in (SendRefusal.REPLY, SendRefusal.TOPIC):
        if contains_any(text, _OBJECTIONS[objection]):
            return Refused(error.message, objection)
    if contains_any(text, _CLOSED):
        return Unreachable(error.message)
    for outcome, words in _UNEDITABLE.items():
        if contains_any(text, words):
            return outcome(error.message)
    found = (each for each, words in _OBJECTIONS.items() if contains_any(text, words))
    objection = next(found, SendRefusal.UNKNOWN)
    if objection is SendRefusal.UNKNOWN and isinstance(error, TelegramForbiddenError):
        return Unreachable(error.message)
    return Refused(error.message, objection)


def contains_any(text: str, words: tuple[str, ...]) -> bool:
    return any(each in text for each in words)
