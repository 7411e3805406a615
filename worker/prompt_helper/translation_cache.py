"""Cache of translations in Redis: a repeated order pays nothing, and a set pays once.

Fields are digests. Values are personal data: they expire, and `erase-user` deletes them.
"""

import asyncio
import hashlib
from typing import Any

from arq.connections import ArqRedis

from infra.redis.script import Key, lua_script

#: Translations of a user that are kept, and how long after the last one.
MOST = 200
SECONDS = 14 * 24 * 3600
# Longer than the language model may take.
_CLAIM_SECONDS = 20
# After a failure the same words go untranslated for this time: a set has the same words in all its jobs.
_FAILURE_SECONDS = 60
_POLL = 0.05
_BUSY, _FAILED = b"busy", b"failed"


@lua_script
async def store_translation(redis: ArqRedis, *, translations: Key, digest: str, text: str) -> Any:
    """Store a translation under the digest of the words."""


class Translations:
    """The translations of one text, for one user and one version of the instructions."""

    def __init__(self, redis: ArqRedis, user_id: int, *parts: str) -> None:
        self._redis = redis
        self._digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        self._key = f"darkroom:translations:{user_id}"
        self._claim = f"darkroom:translating:{user_id}:{self._digest}"

    async def get(self) -> str | None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hget(self._key, self._digest)
            found: bytes | None = (await pipe.execute())[0]
        return found.decode() if found else None

    async def claim(self) -> bool:
        """Claim these words; False if another job translates them now, or has just failed to."""
        return bool(await self._redis.set(self._claim, _BUSY, nx=True, ex=_CLAIM_SECONDS))

    async def wait(self) -> str | None:
        """Return the translation that another job of these words makes, None if it fails.

        A poll, not a deferred job: the order waits 2 s at most (translation.py), and then gives up. That overwrites the
        claim, which ends this poll, too. Earlier, a translation deletes the claim and a failure overwrites it; the
        claim of a process that died expires.
        """
        claimed: bytes | None = _BUSY
        while claimed == _BUSY:
            await asyncio.sleep(_POLL)
            claimed = await self._redis.get(self._claim)
        return await self.get()

    async def store(self, text: str) -> None:
        await store_translation(self._redis, translations=self._key, digest=self._digest, text=text)
        await self._redis.delete(self._claim)

    async def give_up(self) -> None:
        await self._redis.set(self._claim, _FAILED, ex=_FAILURE_SECONDS)
