"""Sessions of the dashboard: a signed cookie, so that a browser sends api_token once and not with every request.

The key is derived from api_token (HKDF, https://www.rfc-editor.org/rfc/rfc5869), so a new token ends every session. The
signed value is a counter in Redis; logging out increments it, which ends every session, too.
"""

import hashlib
from functools import cached_property

from arq.connections import ArqRedis
from itsdangerous import BadSignature, TimestampSigner

from infra.derived_key import derive_key
from worker.queues.names import Clock

#: The previous version signs in another way under "darkroom". While both serve, a browser keeps a session of each.
COOKIE = "darkroom_session"
SECONDS = 12 * 3600
_GENERATION = "darkroom:sessions"


class Sessions:
    """Every method raises `infra.redis.client.UNAVAILABLE`."""

    def __init__(self, api_token: str, redis: ArqRedis, clock: Clock) -> None:
        self._api_token = api_token
        self._redis = redis
        self._clock = clock

    @cached_property
    def _signer(self) -> TimestampSigner:
        return _Signer(derive_key(self._api_token, "darkroom page sessions"), self._clock)

    async def begin(self) -> str:
        """Return the cookie's value, valid for SECONDS."""
        return self._signer.sign(await self._generation()).decode()

    async def is_valid(self, value: str) -> bool:
        try:
            # No max_age: it refuses a signature of a process whose clock is slightly ahead.
            generation, begun = self._signer.unsign(value, return_timestamp=True)
        except BadSignature:
            return False
        is_over = begun.timestamp() + SECONDS <= self._clock()
        return not is_over and generation == await self._generation()

    async def end_all(self) -> None:
        await self._redis.incr(_GENERATION)

    async def _generation(self) -> bytes:
        generation: bytes = await self._redis.get(_GENERATION) or b"0"
        return generation


class _Signer(TimestampSigner):
    """Uses Redis's clock, which all processes share."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        # HKDF has derived the key.
        super().__init__(key, key_derivation="none", digest_method=hashlib.sha256)
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock())
