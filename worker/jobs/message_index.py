"""Which job, or which result of it, a message in Telegram is about: an answer to the message goes on from it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

from arq.connections import ArqRedis

KEPT_SECONDS = 30 * 24 * 3600
# No job has so many files: versions that know only single results find none.
_WHOLE = 99


@dataclass(frozen=True)
class ResultRef:
    """One of a job's results; `number` counts its files from 0. None: the job as a whole."""

    job_id: str
    number: int | None = None

    def __str__(self) -> str:
        return f"{self.job_id}:{_WHOLE if self.number is None else self.number}"

    @classmethod
    def parse(cls, stored: str) -> Self:
        job_id, _, number = stored.partition(":")
        return cls(job_id, None if int(number) == _WHOLE else int(number))


#: A page of `/my`: many jobs, and so none of them.
PAGE = ResultRef("page")


class MessageIndex:
    """The newest month of messages about a job."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def remember(self, chat_id: int, shown: Mapping[int, ResultRef]) -> None:
        """Remember what each of these messages of a chat is about."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for message_id, result in shown.items():
                pipe.set(_key(chat_id, message_id), str(result), ex=KEPT_SECONDS)
            await pipe.execute()

    async def find(self, chat_id: int, message_id: int) -> ResultRef | None:
        """What a message is about; None: no job of ours, or an old one."""
        stored: bytes | None = await self._redis.get(_key(chat_id, message_id))
        return ResultRef.parse(stored.decode()) if stored else None

    async def forget(self, chat_id: int, message_ids: Collection[int]) -> None:
        """Forgetting what is not known is not an error."""
        if message_ids:
            await self._redis.delete(*(_key(chat_id, message_id) for message_id in message_ids))


def _key(chat_id: int, message_id: int) -> str:
    return f"darkroom:message:{chat_id}:{message_id}"
