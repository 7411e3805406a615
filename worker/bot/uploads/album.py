"""Albums: up to ten messages, none of which is marked as the last, so a pause ends an album."""

from collections.abc import Iterable
from typing import Self

from aiogram.fsm.context import FSMContext
from aiogram.types import Message, Update
from arq.connections import ArqRedis
from pydantic import BaseModel

from infra.redis.client import acquire, dumps
from worker.bot.mention import fingerprint
from worker.bot.uploads.mask_detection import possible_mask
from worker.bot.uploads.pictures import caption_of
from worker.queues.delayed_updates import PostponedUpdates

#: Seconds without another picture after which an album is complete.
SILENCE = 1.0
REMEMBERED_SECONDS = 3600


# Telegram's updates have no such field.
_SECOND_POLL = "second_look"


class Album(BaseModel):
    """The part of an album that has arrived.

    `more` are the other albums that joined it, `answers` is the message that it replies to. `words` are its captions,
    `captions` the fingerprints of its messages by their ids, `may_mark` is the last file if it can be transparent.
    `mixes_captions`: an album that joined it has a caption of its own.
    """

    group: str
    more: tuple[str, ...] = ()
    answers: int | None = None
    messages: tuple[int, ...] = ()
    words: str = ""
    captions: dict[int, str] = {}
    may_mark: str | None = None
    is_forwarded: bool = False
    mixes_captions: bool = False

    @classmethod
    async def of(cls, state: FSMContext) -> Self | None:
        """Return the album that is being gathered."""
        stored = (await state.get_data()).get("album")
        return cls.model_validate(stored) if stored else None

    @property
    def groups(self) -> tuple[str, ...]:
        return (self.group, *self.more)

    def is_joined_by(self, message: Message) -> bool:
        """Tell whether a picture belongs to it: apps send more than ten images as several albums.

        Only the first of these has a caption.
        """
        is_more = not message.caption and answered_id(message) == self.answers
        return message.media_group_id in self.groups or is_more

    def joined_by(self, message: Message) -> Self:
        messages = (*self.messages, message.message_id)
        caption = caption_of(message)
        words = (
            self.words if caption in self.words.split("\n") else f"{self.words}\n{caption}".strip()
        )
        group = message.media_group_id
        is_other = group is not None and group not in self.groups
        changes = {
            "messages": messages,
            "more": (*self.more, group) if is_other else self.more,
            "mixes_captions": self.mixes_captions or bool(caption and group in self.more),
            "words": words,
            "may_mark": possible_mask(message),
            "is_forwarded": self.is_forwarded or message.forward_origin is not None,
        }
        return self.model_copy(
            update=changes
            | {"captions": self.captions | {message.message_id: fingerprint(message)}}
        )


class Albums:
    """Record of the handled albums, and second delivery of each of their messages."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._postponed = PostponedUpdates(redis)

    async def take_up(self, update: Update, message: Message) -> bool:
        """Begin an album with this message; return False if it is late or a repetition."""
        return await acquire(self._redis, _key(message), str(update.update_id), REMEMBERED_SECONDS)

    async def is_known(self, message: Message) -> bool:
        """Tell whether another message of this album was accepted or answered with an explanation."""
        group = message.media_group_id
        keys = (_key(message), explained_key(message.chat.id, group)) if group else ()
        return bool(keys and await self._redis.exists(*keys))

    async def is_late(self, update: Update, message: Message) -> bool:
        """Tell whether this is another message of a finished album."""
        began = await self._redis.get(_key(message))
        return began not in {None, str(update.update_id).encode()}

    async def is_first_late(self, update: Update, message: Message) -> bool:
        """Tell whether this late message gets the answer: one per album is enough."""
        key = f"{_key(message)}:late"
        return await acquire(self._redis, key, str(update.update_id), REMEMBERED_SECONDS)

    async def pass_over(self, message: Message) -> None:
        """Record that a message was not addressed to the bot, as far as the message itself shows."""
        key = _passed_over_key(message.chat.id, str(message.media_group_id))
        await self._redis.set(key, b"", ex=REMEMBERED_SECONDS)

    async def lacks_some(self, chat_id: int, groups: Iterable[str]) -> bool:
        """Tell whether a message of these albums was unusable, or came before the one that addressed the bot."""
        keys = (
            key(chat_id, group) for group in groups for key in (explained_key, _passed_over_key)
        )
        return bool(await self._redis.exists(*keys))

    async def look_again(self, update: Update, message: Message) -> None:
        """Deliver the same message again after a pause."""
        content = update.model_dump(mode="json", by_alias=True, exclude_unset=True)
        body = dumps(content | {_SECOND_POLL: True})
        await self._postponed.put_off(update.update_id, str(message.chat.id), body, SILENCE)


def _key(message: Message) -> str:
    return f"darkroom:gathering:{message.chat.id}:{message.media_group_id}"


def _passed_over_key(chat_id: int, group: str) -> str:
    return f"darkroom:gathering:{chat_id}:{group}:passed"


def explained_key(chat_id: int, group: str) -> str:
    return f"darkroom:album:{chat_id}:{group}"


def answered_id(message: Message) -> int | None:
    answered = message.reply_to_message
    return answered.message_id if answered else None


def is_second_look(update: Update) -> bool:
    return bool((update.model_extra or {}).get(_SECOND_POLL))
