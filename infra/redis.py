"""The one way to Redis: a pool that outlives a restart of the server.

Plain settings do not hold: a refused connect is raised outside a command's own retry, so `OSError` has to be named,
and a half-open connection hangs without time-outs. https://redis.readthedocs.io/en/stable/retry.html
"""

import json
from typing import Any

from arq.connections import ArqRedis
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, WatchError
from redis.exceptions import TimeoutError as RedisTimeoutError

#: What a command raises when Redis is away.
UNAVAILABLE = (RedisError, OSError)

_RETRIED: list[type[Exception]] = [RedisConnectionError, RedisTimeoutError, OSError]

# What a pool raises after it has waited for as long as it may.
_WAITED_FOR = (ConnectionRefusedError, FileNotFoundError, TimeoutError)
# A server that was killed and started again may be killed once more just then.
_GREETINGS = 3


class Script:
    """A Lua script, sent by its hash and so one round trip. https://redis.io/docs/latest/commands/evalsha/"""

    def __init__(self, redis: ArqRedis, source: str) -> None:
        self._run = redis.register_script(source)

    async def __call__(self, *arguments: str | bytes | float) -> Any:
        return await self._run(args=arguments)


# `json.dumps` would make one for each call.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr)


def dumps(value: Any) -> bytes:
    return _ENCODER.encode(value).encode()


def loads(value: bytes) -> Any:
    return json.loads(value)


async def acquire(redis: ArqRedis, key: str, owner: str, seconds: int) -> bool:
    """Whether the key is this owner's, for so many seconds; the first stays it, however often they ask."""
    if await redis.set(key, owner, nx=True, ex=seconds):
        return True
    # Its answer was lost, or its process died after it: it asks again.
    return bool(await redis.get(key) == owner.encode())


def connect(url: str, *, retries: int = 20, connections: int = 100) -> ArqRedis:
    """Make a lazy pool; nothing is connected yet.

    A worker waits out a restart (20 retries, some half a minute); whoever must answer soon passes fewer.
    arq's definitions are JSON: its default, pickle, would let a writer to Redis run code here.
    """
    pool = _Pool.from_url(
        url,
        max_connections=connections,
        timeout=5,
        socket_connect_timeout=1,
        socket_timeout=2,
        health_check_interval=5,
        retry=Retry(ExponentialBackoff(cap=2, base=0.1), retries),
        retry_on_error=_RETRIED,
        **({} if url.startswith("unix") else {"socket_keepalive": True}),
    )
    return _Redis(pool_or_conn=pool, job_serializer=dumps, job_deserializer=loads)


class _Pool(BlockingConnectionPool):
    """Takes a connection again that broke at its greeting: redis-py's retries end before it and begin after it."""

    async def get_connection(self, *_: Any, **__: Any) -> AbstractConnection:
        attempts = _GREETINGS
        while True:
            try:
                connection: AbstractConnection = await super().get_connection()
            except RedisConnectionError as error:
                attempts -= 1
                if not attempts or isinstance(error.__context__, _WAITED_FOR):
                    raise
            else:
                return connection


class _Redis(ArqRedis):
    def pipeline(
        self,
        transaction: bool = True,  # noqa: FBT001, FBT002 - redis-py's signature
        shard_hint: str | None = None,
    ) -> "_Pipeline":
        return _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class _Pipeline(Pipeline):
    """Watches again when its connection broke: redis-py raises a WatchError then, and arq's worker dies of it.

    What arq read before the break may have changed meanwhile. At worst a job is begun by two workers, which ours bear.
    """

    async def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        if args[0] == "WATCH":
            self._watched = args
        try:
            return await super().immediate_execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis-py's
        except WatchError:
            await self.immediate_execute_command(*self._watched)
            return await self.immediate_execute_command(*args, **options)
