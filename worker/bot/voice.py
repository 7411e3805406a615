"""Middleware that turns recordings into texts, for the same handlers as written ones."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message, TelegramObject, Update
from loguru import logger

from infra.money import money
from infra.telegram.chat_action import typing
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.current_user import CurrentUser
from worker.bot.filters import MEANS_BOT
from worker.bot.options.spoken import as_written
from worker.bot.services.limit_messages import Refusals, Refused
from worker.bot.spoken_message import SpokenMessage
from worker.bot.truncate import excerpt
from worker.bot.uploads.recordings import has_sound, recording_of
from worker.limits.limits import OrderRefused
from worker.prompt_helper.transcription import (
    MAX_BYTES,
    MAX_SECONDS,
    Listener,
    NotHeard,
)
from worker.prompt_helper.transcripts import SpokenText

_LONGEST_LINE = 600
# Dollars; a transcript that costs less says its price in /money only.
_SAYS_PRICE_FROM = 0.01

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class VoiceAsText(BaseMiddleware):
    """Pass on a recording for the bot as a message with its words; answer one that has none.

    An edit of a recording's caption, and a press under an answer to a recording, get the words that are known.
    """

    def __init__(self, listener: Listener, refusals: Refusals) -> None:
        self._listener = listener
        self._refusals = refusals

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        if not isinstance(event, Update):
            return await handler(event, data)
        if message := event.message:
            passed_on = await self._listen(message, data)
            if passed_on is None:
                return None
            changes: dict[str, Any] = {"message": passed_on}
        elif message := event.edited_message:
            changes = {"edited_message": await self._remembered(message, data)}
        elif press := event.callback_query:
            changes = {"callback_query": await self._with_words(press, data)}
        else:
            changes = {}
        return await handler(event.model_copy(update=changes), data)

    async def _listen(self, message: Message, data: dict[str, Any]) -> Message | None:
        """Return the message, with its words if it is a recording; None if it was answered."""
        current_user: CurrentUser = data["current_user"]
        t, user_id = current_user.t, current_user.user.id
        # An album is explained as a whole.
        if not has_sound(message) or message.media_group_id:
            return message
        if not await MEANS_BOT(message, bot=data["bot"]):
            return message
        try:
            recording = recording_of(message)
            async with typing(message):
                spoken = await self._listener.listen(user_id, recording)
        except OrderRefused as refusal:
            refused = Refused(refusal, self._listener.price(recording))
            card = await self._refusals.card(current_user, refused)
            await reply_to_asker(message, card.text)
            return None
        except NotHeard as failure:
            if failure.__cause__:
                # The text of an error may contain an address.
                logger.warning("a recording was not heard: {}", type(failure.__cause__).__name__)
            limits = {"minutes": MAX_SECONDS // 60, "megabytes": MAX_BYTES // 1024 // 1024}
            await reply_to_asker(message, t(failure.key, **limits))
            return None
        words = excerpt(spoken.text, _LONGEST_LINE)
        if spoken.cost < _SAYS_PRICE_FROM:
            heard = t("heard", words=words)
        else:
            heard = t("heard-priced", words=words, cost=money(t, spoken.cost))
        return SpokenMessage.of(message, _text(message, spoken), heard)

    async def _remembered(self, message: Message, data: dict[str, Any]) -> Message:
        """Return the message, with its words if it is a recording that was heard before."""
        if not has_sound(message):
            return message
        with contextlib.suppress(NotHeard):
            file = recording_of(message).unique_id
            if spoken := await self._listener.known(data["current_user"].user.id, file):
                return SpokenMessage.of(message, _text(message, spoken), "")
        return message

    async def _with_words(self, press: CallbackQuery, data: dict[str, Any]) -> CallbackQuery:
        card = press.message
        if not isinstance(card, Message) or card.reply_to_message is None:
            return press
        said = await self._remembered(card.reply_to_message, data)
        if said is card.reply_to_message:
            return press
        spoken_card = card.model_copy(update={"reply_to_message": said})
        return press.model_copy(update={"message": spoken_card})


def _text(message: Message, spoken: SpokenText) -> str:
    """Return the words after the caption, which may be a command or a mention of the bot."""
    return f"{message.caption or ''} {as_written(spoken.text)}".strip()
