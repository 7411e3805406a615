"""Sessions of the dashboard: a signed cookie, so that the API's token is shown once and not at every request.

The key comes from the token (HKDF, https://www.rfc-editor.org/rfc/rfc5869): a new token ends every session. A number in
Redis is signed as well: logging out counts it up, which ends every session, too.
"""

import hmac

from arq.connections import ArqRedis
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from worker.queues.names import Clock

COOKIE = "darkroom"
SECONDS = 12 * 3600
_GENERATION = "darkroom:sessions"


class Sessions:
    """Every method raises `infra.redis.client.UNAVAILABLE`."""

    def __init__(self, api_token: str, redis: ArqRedis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._secret = HKDF(SHA256(), 32, salt=None, info=b"darkroom page sessions").derive(
            api_token.encode()
        )

    async def begin(self) -> str:
        """The cookie's value, good for SECONDS."""
        expires = str(int(self._clock() + SECONDS))
        return f"{expires}.{self._sign(expires, await self._generation())}"

    async def is_valid(self, value: str) -> bool:
        expires, _, signature = value.partition(".")
        expected = self._sign(expires, await self._generation())
        return (
            hmac.compare_digest(expected.encode(), signature.encode())
            and int(expires) > self._clock()
        )

    async def end_all(self) -> None:
        await self._redis.incr(_GENERATION)

    async def _generation(self) -> str:
        return (await self._redis.get(_GENERATION) or b"0").decode()

    def _sign(self, expires: str, generation: str) -> str:
        return hmac.digest(self._secret, f"{expires}.{generation}".encode(), "sha256").hex()
