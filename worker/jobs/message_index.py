"""Index from Telegram messages to the job or result that they show, for replies to them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from arq.connections import ArqRedis

if TYPE_CHECKING:
    # webhook_app, which uses the job store, does not import aiogram.
    from aiogram.types import Message

KEPT_SECONDS = 30 * 24 * 3600
# More than the files of any job, so that earlier versions, which know only single results, find none.
_WHOLE = 99


@dataclass(frozen=True)
class ResultRef:
    """Reference to a job's result; `number` counts its files from 0, None is the whole job."""

    job_id: str
    number: int | None = None

    def __str__(self) -> str:
        return f"{self.job_id}:{_WHOLE if self.number is None else self.number}"

    @classmethod
    def parse(cls, stored: str) -> Self:
        job_id, _, number = stored.partition(":")
        return cls(job_id, None if int(number) == _WHOLE else int(number))


#: A page of `/my`, which shows several jobs.
PAGE = ResultRef("page")


@dataclass(frozen=True)
class SentMessages:
    """Messages of a chat and what they show, and the method of the Bot API that has sent them."""

    chat_id: int
    results: Mapping[int, ResultRef]
    #: Empty if its answer is recorded in another way (worker/queues/inbox.py).
    method: str = ""

    def dumps(self) -> str:
        return " ".join(f"{message_id} {result}" for message_id, result in self.results.items())


class MessageIndex:
    """Messages of the last 30 days that show a job."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def remember(self, message: "Message", result: ResultRef) -> None:
        """Store what a message shows."""
        await self.remember_sent(message.chat.id, {message.message_id: result})

    async def remember_sent(self, chat_id: int, results: Mapping[int, ResultRef]) -> None:
        """Store what each of these messages of a chat shows, by message id."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for message_id, result in results.items():
                pipe.set(_key(chat_id, message_id), str(result), ex=KEPT_SECONDS)
            await pipe.execute()

    async def find(self, chat_id: int, message_id: int) -> ResultRef | None:
        """Return what a message shows; None if it shows no job or is too old."""
        stored: bytes | None = await self._redis.get(_key(chat_id, message_id))
        return ResultRef.parse(stored.decode()) if stored else None

    async def forget(self, chat_id: int, message_ids: Collection[int]) -> None:
        """Remove messages from the index; unknown ones are not an error."""
        if message_ids:
            await self._redis.delete(*(_key(chat_id, message_id) for message_id in message_ids))


def _key(chat_id: int, message_id: int) -> str:
    return f"darkroom:message:{chat_id}:{message_id}"
