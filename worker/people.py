"""What we remember of a person: their language and their last settings."""

import json
from dataclasses import dataclass, field, replace

from arq.connections import ArqRedis

from infra.redis import dumps
from worker.jobs import Kind, Options


@dataclass(frozen=True)
class Person:
    """`language` is None until the person chose one; options are as last chosen, not yet checked."""

    id: int
    language: str | None = None
    image: Options = field(default_factory=dict)
    video: Options = field(default_factory=dict)

    def options(self, kind: Kind) -> Options:
        return self.image if kind is Kind.IMAGE else self.video

    def preferring(self, kind: Kind, options: Options) -> "Person":
        return replace(self, image=options) if kind is Kind.IMAGE else replace(self, video=options)


class PersonStore:
    """People in Redis, one hash each; whom we do not know yet is a person without a past."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def get(self, person_id: int) -> Person:
        # A pipeline, for redis-py types a plain `hgetall` for its two clients at once.
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(_key(person_id))
            stored: dict[bytes, bytes] = (await pipe.execute())[0]
        language = stored.get(b"language")
        return Person(
            id=person_id,
            language=language.decode() if language else None,
            image=json.loads(stored.get(b"image", b"{}")),
            video=json.loads(stored.get(b"video", b"{}")),
        )

    async def set_language(self, person_id: int, language: str) -> None:
        await self._set(person_id, "language", language)

    async def remember(self, person_id: int, kind: Kind, options: Options) -> None:
        await self._set(person_id, kind.value, dumps(options).decode())

    async def _set(self, person_id: int, name: str, value: str) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(_key(person_id), name, value)
            await pipe.execute()


def _key(person_id: int) -> str:
    return f"darkroom:person:{person_id}"
