"""An album comes as up to ten messages, and nothing says which of them is the last: only that no more come."""

from typing import Self

from aiogram.fsm.context import FSMContext
from aiogram.types import Message, Update
from arq.connections import ArqRedis
from pydantic import BaseModel

from worker.bot.transparency import possible_mask
from worker.postponed import PostponedUpdates

#: Seconds without a further picture after which an album is complete.
SILENCE = 1.0
REMEMBERED_SECONDS = 3600


class Album(BaseModel):
    """What has come of it so far; `words` are its caption, `may_mark` the last file if it can be transparent."""

    group: str
    messages: tuple[int, ...] = ()
    words: str = ""
    may_mark: str | None = None

    @classmethod
    async def of(cls, state: FSMContext) -> Self | None:
        """The album that is being gathered."""
        stored = (await state.get_data()).get("album")
        return cls.model_validate(stored) if stored else None

    def joined_by(self, message: Message) -> Self:
        messages = (*self.messages, message.message_id)
        words = self.words or message.caption or ""
        changes = {"messages": messages, "words": words, "may_mark": possible_mask(message)}
        return self.model_copy(update=changes)


class Albums:
    """Which albums were taken up, and the second look at each of their messages."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._postponed = PostponedUpdates(redis)

    async def was_taken_up(self, message: Message) -> bool:
        """Whether what now comes of an album comes too late, or a second time."""
        return bool(await self._redis.exists(_key(message)))

    async def take_up(self, message: Message) -> None:
        await self._redis.set(_key(message), 1, ex=REMEMBERED_SECONDS)

    async def look_again(self, update: Update, message: Message) -> None:
        """The same message comes once more after a silence."""
        body = update.model_dump_json(by_alias=True, exclude_unset=True).encode()
        await self._postponed.put_off(update.update_id, str(message.chat.id), body, SILENCE)


def _key(message: Message) -> str:
    return f"darkroom:gathering:{message.chat.id}:{message.media_group_id}"
