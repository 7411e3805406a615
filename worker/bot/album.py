"""An album comes as up to ten messages, and nothing says which of them is the last: only that no more come."""

from typing import Self

from aiogram.fsm.context import FSMContext
from aiogram.types import Message
from arq.connections import ArqRedis
from pydantic import BaseModel

#: Seconds without a further picture after which an album is complete.
SILENCE = 1.0
REMEMBERED_SECONDS = 3600


class Album(BaseModel):
    """What has come of it so far; `words` are its caption."""

    group: str
    messages: tuple[int, ...] = ()
    words: str = ""

    @classmethod
    async def of(cls, state: FSMContext, message: Message) -> Self | None:
        """The album that is being gathered, when this message belongs to it."""
        stored = (await state.get_data()).get("album")
        album = cls.model_validate(stored) if stored else None
        return album if album and album.group == message.media_group_id else None

    def joined_by(self, message: Message) -> Self:
        messages = (*self.messages, message.message_id)
        words = self.words or message.caption or ""
        return self.model_copy(update={"messages": messages, "words": words})


async def was_taken_up(redis: ArqRedis, message: Message) -> bool:
    """Whether what now comes of an album comes too late, or a second time."""
    return bool(await redis.exists(_key(message)))


async def take_up(redis: ArqRedis, message: Message) -> None:
    await redis.set(_key(message), 1, ex=REMEMBERED_SECONDS)


def _key(message: Message) -> str:
    return f"darkroom:gathering:{message.chat.id}:{message.media_group_id}"
