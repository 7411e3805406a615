"""The one way to Redis: a pool that outlives a restart of the server.

Plain settings do not hold: a refused connect is raised outside a command's own retry, so `OSError` has to be named,
and a half-open connection hangs without time-outs. https://redis.readthedocs.io/en/stable/retry.html
"""

import json
from typing import Any

from arq.connections import ArqRedis, RedisSettings
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, WatchError
from redis.exceptions import TimeoutError as RedisTimeoutError

from infra.sentinel import AnsweringSentinels, MasterConnection, Masters
from infra.sentinel_url import SCHEME as SENTINEL
from infra.sentinel_url import SentinelUrl

#: What a command raises when Redis is away.
UNAVAILABLE = (RedisError, OSError)

_RETRIED: list[type[Exception]] = [RedisConnectionError, RedisTimeoutError, OSError]

# What a pool raises after it has waited for as long as it may.
_WAITED_FOR = (ConnectionRefusedError, FileNotFoundError, TimeoutError)
# A server that was killed and started again may be killed once more just then.
_GREETINGS = 3
# A replica that writes to a slow disk answers late; below a command's own time-out.
_REPLICA_MILLISECONDS = 1000


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
    options: dict[str, Any] = {
        "max_connections": connections,
        "timeout": 5,
        "socket_connect_timeout": 1,
        "socket_timeout": 2,
        "health_check_interval": 5,
        "retry": Retry(ExponentialBackoff(cap=2, base=0.1), retries),
        "retry_on_error": _RETRIED,
    }
    if url.startswith(SENTINEL):
        return _client(_Replicated, _master_pool(SentinelUrl.parse(url), options))
    if not url.startswith("unix"):
        options["socket_keepalive"] = True
    return _client(_Redis, _Pool.from_url(url, **options))


def arq_settings(url: str) -> RedisSettings:
    """The same server as arq's command line reaches it, which makes a connection of its own for `arq --check`."""
    if not url.startswith(SENTINEL):
        return RedisSettings.from_dsn(url)
    sentinel = SentinelUrl.parse(url)
    return RedisSettings(
        host=AnsweringSentinels(sentinel.sentinels),
        sentinel=True,
        sentinel_master=sentinel.service,
        database=sentinel.database,
        username=sentinel.username,
        password=sentinel.password,
    )


def _client(kind: "type[_Redis]", pool: "_Pool") -> ArqRedis:
    return kind(pool_or_conn=pool, job_serializer=dumps, job_deserializer=loads)


def _master_pool(url: SentinelUrl, options: dict[str, Any]) -> "_Pool":
    return _MasterPool(
        Masters(url),
        db=url.database,
        username=url.username,
        password=url.password,
        socket_keepalive=True,
        **options,
    )


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


class _MasterPool(_Pool):
    def __init__(self, masters: Masters, **options: Any) -> None:
        self._masters = masters
        super().__init__(connection_class=MasterConnection, masters=masters, **options)

    async def disconnect(self, inuse_connections: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's signature
        await super().disconnect(inuse_connections)
        await self._masters.close()


class _Redis(ArqRedis):
    def pipeline(
        self,
        transaction: bool = True,  # noqa: FBT001, FBT002 - redis-py's signature
        shard_hint: str | None = None,
    ) -> "_Pipeline":
        return _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class _Replicated(_Redis):
    """Believes a script's answer when a replica has what it wrote: a fail-over loses whatever none has.

    Until then the answer counts as lost, and the script is sent again, which each of ours can bear (docs/adr/0010).
    https://redis.io/docs/latest/commands/wait/
    """

    async def _send_command_parse_response(
        self, conn: AbstractConnection, command_name: str, *args: Any, **options: Any
    ) -> Any:
        answer = await super()._send_command_parse_response(  # type: ignore[no-untyped-call]  # redis-py's
            conn, command_name, *args, **options
        )
        if command_name == "EVALSHA":
            await conn.send_command("WAIT", 1, _REPLICA_MILLISECONDS)
            if not await conn.read_response():
                raise RedisConnectionError("no replica has the write")
        return answer


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
