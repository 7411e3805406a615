"""Rate limit for wrong API tokens, by client address."""

from typing import Any

from arq.connections import ArqRedis

from infra.redis.script import Key, lua_script
from webhook_app.http.client_address import client_of

LIMIT = 10
SECONDS = 60


@lua_script
async def count_wrong_token(redis: ArqRedis, *, attempts: Key) -> Any:
    """Count a wrong token: the seconds to wait."""


@lua_script
async def read_wrong_tokens(redis: ArqRedis, *, attempts: Key) -> Any:
    """Return the seconds to wait."""


class FailedAttempts:
    """Both methods return the seconds that the address has to wait; 0: it is below the limit."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def fail(self, host: str) -> int:
        """Count a wrong token."""
        return int(await count_wrong_token(self._redis, attempts=_key(host)))

    async def wait(self, host: str) -> int:
        return int(await read_wrong_tokens(self._redis, attempts=_key(host)))


def _key(host: str) -> str:
    return f"darkroom:wrong-tokens:{client_of(host) or 'unknown'}"
