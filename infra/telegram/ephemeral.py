"""Messages of a group that only one user sees, where Telegram lets the bot send them.

https://core.telegram.org/bots/api#ephemeral-messages-and-commands: an administrator may always send them, another bot
only within 15 seconds of a press of the user. In Telegram's updates their `message_id` is 0; here it is their negative
`ephemeral_message_id`, so that they are edited, deleted and remembered like other messages.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramNotFound
from aiogram.methods import (
    DeleteEphemeralMessage,
    DeleteMessage,
    EditEphemeralMessageReplyMarkup,
    EditEphemeralMessageText,
    EditMessageReplyMarkup,
    EditMessageText,
    SendMessage,
    TelegramMethod,
)
from aiogram.types import EphemeralMessageParameters, Message, Update

from infra.telegram.session import Call

#: A chat that refused an ephemeral message gets usual ones for these seconds: the bot may become an administrator.
REFUSED_SECONDS = 600
_MAX_CHATS = 1000
# The press is too old, or the message to reply to is gone: the next message may be accepted.
_OF_ONE_MESSAGE = ("query", "repl")
_REFUSALS = (TelegramBadRequest, TelegramForbiddenError, TelegramNotFound)
_METHODS: Mapping[type[TelegramMethod[Any]], type[TelegramMethod[bool]]] = {
    EditMessageText: EditEphemeralMessageText,
    EditMessageReplyMarkup: EditEphemeralMessageReplyMarkup,
    DeleteMessage: DeleteEphemeralMessage,
}


class _Asker(NamedTuple):
    """The user whose update is handled, and the press that it is."""

    user_id: int
    press_id: str | None


_asker: ContextVar[_Asker | None] = ContextVar("asker", default=None)


@contextmanager
def answering(update: Update) -> Iterator[None]:
    """Answer the sender of this update."""
    press = update.callback_query
    sender = getattr(update.event, "from_user", None)
    asker = _Asker(sender.id, press.id if press else None) if sender else None
    token = _asker.set(asker)
    try:
        yield
    finally:
        _asker.reset(token)


async def reply_to_asker(message: Message, text: str, **options: Any) -> Message:
    """Reply with a text for the sender of the update alone; in a group others see it only if there is no other way."""
    reply = message.reply(text, **options)
    asker = _asker.get()
    if asker and message.chat.type != ChatType.PRIVATE:
        receiver = EphemeralMessageParameters(
            receiver_user_id=asker.user_id, callback_query_id=asker.press_id
        )
        reply = reply.model_copy(update={"ephemeral_message_parameters": receiver})
    return await reply.as_(message.bot)


class Ephemeral:
    """Middleware of a bot: sends a message to everybody where Telegram refuses an ephemeral one.

    A server from before Bot API 10.2 ignores the parameters, and sends it to everybody by itself.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refused: dict[tuple[int | str, bool], float] = {}

    async def __call__(self, make_request: Call, bot: Bot, method: TelegramMethod[Any]) -> Any:
        if isinstance(method, SendMessage) and method.ephemeral_message_parameters:
            return await self._send(make_request, bot, method)
        return await make_request(bot, _of_ephemeral(method))

    async def _send(self, make_request: Call, bot: Bot, method: SendMessage) -> Any:
        receiver = method.ephemeral_message_parameters
        usual = method.model_copy(update={"ephemeral_message_parameters": None})
        chat = method.chat_id, bool(receiver and receiver.callback_query_id)
        if self._clock() < self._refused.get(chat, 0):
            return await make_request(bot, usual)
        try:
            sent: Any = await make_request(bot, method)
        except _REFUSALS as refusal:
            sent = await make_request(bot, usual)
            # Not remembered if the usual form is refused, too: then the reason is another one.
            if not any(words in refusal.message.lower() for words in _OF_ONE_MESSAGE):
                if len(self._refused) >= _MAX_CHATS:
                    self._refused.clear()
                self._refused[chat] = self._clock() + REFUSED_SECONDS
            return sent
        number = sent.ephemeral_message_id
        return sent.model_copy(update={"message_id": -number}) if number else sent


def _of_ephemeral(method: TelegramMethod[Any]) -> TelegramMethod[Any]:
    """Return the method for an ephemeral message, if the message is one."""
    number, asker = getattr(method, "message_id", None), _asker.get()
    ephemeral = _METHODS.get(type(method))
    if ephemeral is None or asker is None or not isinstance(number, int) or number >= 0:
        return method
    names = method.model_fields_set & ephemeral.model_fields.keys()
    return ephemeral(
        receiver_user_id=asker.user_id,
        ephemeral_message_id=-number,
        **{name: getattr(method, name) for name in names},
    )


def with_own_ids(update: Any) -> Any:
    """Give the ephemeral messages in an update, as Telegram sent it, ids of their own."""
    if not isinstance(update, dict):
        return update
    given = dict(update)
    for kind in ("message", "edited_message"):
        if isinstance(given.get(kind), dict):
            given[kind] = _with_own_id(given[kind])
    press = given.get("callback_query")
    if isinstance(press, dict) and isinstance(press.get("message"), dict):
        given["callback_query"] = press | {"message": _with_own_id(press["message"])}
    return given


def _with_own_id(message: dict[str, Any]) -> dict[str, Any]:
    answered = message.get("reply_to_message")
    if isinstance(answered, dict):
        message = message | {"reply_to_message": _with_own_id(answered)}
    number = message.get("ephemeral_message_id")
    if not isinstance(number, int) or number <= 0:
        return message
    # Without its mark aiogram would make each answer to it ephemeral, also the card of a job.
    return {name: value for name, value in message.items() if name != "ephemeral_message_id"} | {
        "message_id": -number
    }
