"""What we remember of a person: their language and their last settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from arq.connections import ArqRedis

from infra.fal.models import Work
from infra.redis import dumps
from worker.jobs import Options


@dataclass(frozen=True)
class Person:
    """`language` is None until the person chose one; options are as last chosen, not yet checked."""

    id: int
    language: str | None = None
    preferred: Mapping[Work, Options] = field(default_factory=dict)

    def options(self, work: Work) -> Options:
        return self.preferred.get(work, {})

    def preferring(self, work: Work, options: Options) -> "Person":
        return replace(self, preferred={**self.preferred, work: options})


class PersonStore:
    """People in Redis, one hash each; whom we do not know yet is a person without a past."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def get(self, person_id: int) -> Person:
        # A pipeline, for redis-py types a plain `hgetall` for its two clients at once.
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(_key(person_id))
            stored: dict[bytes, bytes] = (await pipe.execute())[0]
        known = {name.decode(): value.decode() for name, value in stored.items()}
        preferred = {work: json.loads(known[work]) for work in Work if work in known}
        return Person(person_id, known.get("language"), preferred)

    async def set_language(self, person_id: int, language: str) -> None:
        await self._set(person_id, "language", language)

    async def remember(self, person_id: int, work: Work, options: Options) -> None:
        await self._set(person_id, work.value, dumps(options).decode())

    async def _set(self, person_id: int, name: str, value: str) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(_key(person_id), name, value)
            await pipe.execute()


def _key(person_id: int) -> str:
    return f"darkroom:person:{person_id}"
