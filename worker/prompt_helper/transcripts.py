"""Transcripts of a user's recordings, so that none is paid for twice."""

from dataclasses import asdict, dataclass

from arq.connections import ArqRedis
from pydantic import TypeAdapter

from infra.redis.client import dumps

#: A user's newest transcripts are kept, and for this time after the last one.
MAX_TRANSCRIPTS = 50
TRANSCRIPT_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class SpokenText:
    """`text` is empty if no word was understood; `language` is the model's code, None if unknown; `cost` in dollars."""

    file: str
    text: str
    language: str | None
    cost: float


_SPOKEN = TypeAdapter(SpokenText)


class Transcripts:
    """Keyed by Telegram's `file_unique_id`, which a forwarded recording keeps."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def find(self, user_id: int, file: str) -> SpokenText | None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.lrange(_key(user_id), 0, -1)
            stored: list[bytes] = (await pipe.execute())[0]
        return next(
            (known for known in map(_SPOKEN.validate_json, stored) if known.file == file), None
        )

    async def remember(self, user_id: int, spoken: SpokenText) -> None:
        key = _key(user_id)
        async with self._redis.pipeline() as pipe:
            pipe.lpush(key, dumps(asdict(spoken)))
            pipe.ltrim(key, 0, MAX_TRANSCRIPTS - 1)
            pipe.expire(key, TRANSCRIPT_SECONDS)
            await pipe.execute()


def _key(user_id: int) -> str:
    return f"darkroom:transcripts:{user_id}"
