"""Rate limit for wrong API tokens, by client address."""

from arq.connections import ArqRedis

from infra.redis.client import Script
from webhook_app.http.client_address import client_of

LIMIT = 10
SECONDS = 60

_FAIL = f"""
local key = 'darkroom:wrong-tokens:' .. ARGV[1]
local count = redis.call('INCR', key)
if count == 1 then redis.call('EXPIRE', key, {SECONDS}) end
return count > {LIMIT} and redis.call('TTL', key) or 0
"""

_WAIT = f"""
local key = 'darkroom:wrong-tokens:' .. ARGV[1]
local count = tonumber(redis.call('GET', key) or 0)
return count >= {LIMIT} and redis.call('TTL', key) or 0
"""


class FailedAttempts:
    """Both methods return the seconds that the address has to wait; 0: it is below the limit."""

    def __init__(self, redis: ArqRedis) -> None:
        self._fail = Script(redis, _FAIL)
        self._wait = Script(redis, _WAIT)

    async def fail(self, host: str) -> int:
        """Count a wrong token."""
        return int(await self._fail(client_of(host) or "unknown"))

    async def wait(self, host: str) -> int:
        return int(await self._wait(client_of(host) or "unknown"))
