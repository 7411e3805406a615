"""Texts that are too long for one message: apps split them and send the parts in quick succession.

The bot declines the first part and ignores those that follow at once.
"""

from aiogram.filters import Filter
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from infra.i18n import Phrases
from infra.telegram.ephemeral import reply_to_asker
from infra.telegram.text_length import length

# Apps split at the end of a paragraph or a word in the second half of the 4096 units of a message.
_SHORTEST_PIECE = 2048
_SECONDS_BETWEEN = 3


async def decline(message: Message, state: FSMContext, t: Phrases, count: int, limit: int) -> None:
    """Say that `count` characters are too many."""
    await reply_to_asker(message, t("prompt-too-long", length=count, limit=limit))
    await remember_declined(message, state)


async def remember_declined(message: Message, state: FSMContext) -> None:
    """Remember that the rest of this text may follow."""
    if length(message.text or "") >= _SHORTEST_PIECE:
        await state.update_data(declined_at=message.date.timestamp())


class RestOfDeclinedText(Filter):
    async def __call__(self, message: Message, state: FSMContext) -> bool:
        declined_at = (await state.get_data()).get("declined_at")
        if declined_at is None:
            return False
        since = message.date.timestamp() - float(declined_at)
        return 0 <= since <= _SECONDS_BETWEEN
