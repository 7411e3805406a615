"""Connections to Redis that retry while the server is not available or refuses commands.

redis-py's defaults are not enough: a refused connection is raised outside a command's retry, so `OSError` has to be
listed; a half-open connection hangs without timeouts; and a server that is out of memory raises the same type of error
as a bug in a script. https://redis.readthedocs.io/en/stable/retry.html
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from arq.connections import ArqRedis, RedisSettings
from loguru import logger
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import AbstractConnection, DefaultParser
from redis.asyncio.retry import Retry
from redis.backoff import AbstractBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.exceptions import WatchError

from infra.redis.sentinel import SCHEME as SENTINEL
from infra.redis.sentinel import AnsweringSentinels, MasterConnection, Masters, SentinelUrl
from infra.retry import RetryPolicy

#: What a command raises when Redis is not available or refuses it. Bugs (WRONGTYPE, Lua errors) raise other types.
UNAVAILABLE = (RedisConnectionError, RedisTimeoutError)

_RETRIED: list[type[Exception]] = [*UNAVAILABLE, OSError]
_RETRY = RetryPolicy(first=0.1, longest=1, jitter=1)

# Refusals of a server that accepts no commands now, by the first word of its error; a script passes it on.
_REFUSALS = {
    "OOM": "its memory is full: raise maxmemory, or delete old data",
    "READONLY": "it is a replica: redis_url must be the master",
    "NOREPLICAS": "it has too few replicas: start them, or lower min-replicas-to-write",
    "MISCONF": "it cannot write to its disk: see its log",
    "BUSY": "a script runs for too long: wait, or use SCRIPT KILL",
    "LOADING": "it is loading its data from disk: wait",
    "MASTERDOWN": "it is a replica without a master: redis_url must be the master",
    "MAXCLIENTS": "too many clients are connected: raise maxclients",
    "UNBLOCKED": "it has become a replica: redis_url must be the master",
}
_MAX_CLIENTS = "ERR max number of clients"
# Redis 6 wraps a script's error; a transaction fails with the error of one of its commands.
_REFUSAL = re.compile(
    rf"(?:ERR Error running script.*-|EXECABORT .*because of: )?({'|'.join(_REFUSALS)})\b"
)
# For a replica with a slow disk; below a command's own timeout.
_REPLICA_MILLISECONDS = 1000


class RedisRefusal(RedisConnectionError):  # noqa: N818 - a refusal of Redis, not a fault here
    """Redis answers, but accepts no commands now. Retried like a server that is not available."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Redis refuses commands ({code}): {_REFUSALS[code]}.")


# `json.dumps` would create an encoder for each call.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr)


def dumps(value: Any) -> bytes:
    return _ENCODER.encode(value).encode()


def loads(value: bytes) -> Any:
    return json.loads(value)


async def acquire(redis: ArqRedis, key: str, owner: str, seconds: int) -> bool:
    """Return whether this owner holds the key. The first owner keeps it for `seconds`, also when it asks again."""
    return await first(redis, key, owner, seconds) == owner


async def first(redis: ArqRedis, key: str, value: str, seconds: int) -> str:
    """Set the key unless it is set, for `seconds`, and return its value."""
    if await redis.set(key, value, nx=True, ex=seconds):
        return value
    # Another caller was first; or this one was, and the response was lost or the process died.
    stored: bytes | None = await redis.get(key)
    return stored.decode() if stored else value


@asynccontextmanager
async def time_limit(seconds: float) -> AsyncIterator[None]:
    """Limit commands to `seconds` in total. A slower Redis counts as not available."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise RedisTimeoutError(f"no answer within {seconds:g} s") from error


_writes: set[asyncio.Task[Any]] = set()


async def write_until_taken[T](write: Callable[[], Awaitable[T]]) -> T:
    """Repeat a write until Redis accepts it, for data that exists nowhere else.

    It continues after its caller is cancelled, for example by arq's time limit, until the process ends.
    """

    def is_unavailable(error: Exception) -> bool:
        if not isinstance(error, UNAVAILABLE):
            return False
        logger.warning("write retried, Redis is not available: {}", error)
        return True

    task = asyncio.ensure_future(_RETRY.run(write, is_unavailable))
    _writes.add(task)
    task.add_done_callback(_writes.discard)
    return await asyncio.shield(task)


def connect(url: str, *, retries: int = 20, connections: int = 100) -> ArqRedis:
    """Create a client; it connects on first use.

    The default of 20 retries, about half a minute, covers a restart of Redis; pass fewer to fail sooner. arq's jobs are
    serialised as JSON: with its default, pickle, anyone who can write to Redis could run code here.
    """
    options: dict[str, Any] = {
        "max_connections": connections,
        "timeout": 5,
        "socket_connect_timeout": 1,
        "socket_timeout": 2,
        "socket_keepalive": True,
        # redis-py's own check, when due in a handshake that is refused, repeats the handshake endlessly.
        "health_check_interval": 0,
        "retry": Retry(_Backoff(), retries),
        "retry_on_error": _RETRIED,
        "parser_class": _Parser,
        # The minimum time of all retries together.
        "greeting_seconds": sum(_RETRY.delay(waits) for waits in range(retries)),
    }
    kind: type[_Redis] = _Redis
    pool: _Pool
    if url.startswith(SENTINEL):
        sentinel = SentinelUrl.parse(url)
        database, username, password = sentinel.database, sentinel.username, sentinel.password
        kind = _Replicated
        pool = _MasterPool(
            Masters(sentinel), db=database, username=username, password=password, **options
        )
    else:
        if url.startswith("unix"):
            del options["socket_keepalive"]
        pool = _Pool.from_url(url, **options)
    return kind(pool_or_conn=pool, job_serializer=dumps, job_deserializer=loads)


@asynccontextmanager
async def connected(url: str, *, retries: int, connections: int = 100) -> AsyncIterator[ArqRedis]:
    """Create a client, and close its connections on exit."""
    redis = connect(url, retries=retries, connections=connections)
    try:
        yield redis
    finally:
        await redis.aclose(close_connection_pool=True)


def arq_settings(url: str) -> RedisSettings:
    """Return the same server's settings for arq's command line, which opens its own connection for `arq --check`."""
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


class _Parser(DefaultParser):  # type: ignore[valid-type, misc]  # hiredis if it is installed
    """Distinguishes a server that refuses commands from an invalid command."""

    __slots__ = ()

    @classmethod
    def parse_error(cls, response: str) -> Exception:
        if response.startswith(_MAX_CLIENTS):
            return RedisRefusal("MAXCLIENTS")
        if refusal := _REFUSAL.match(response):
            return RedisRefusal(refusal[1])
        error: Exception = super().parse_error(response)
        return error


class _Backoff(AbstractBackoff):
    """_RETRY as a backoff of redis-py, which counts failures from 1."""

    def compute(self, failures: int) -> float:
        return _RETRY.wait(failures - 1)


class _Pool(BlockingConnectionPool):
    """Retries a failed handshake, which redis-py's own retries do not cover.

    redis-py reads from each connection before it is used, to find one that the server has closed. The event loop knows.
    """

    def __init__(self, *, greeting_seconds: float, **options: Any) -> None:
        super().__init__(**options)
        self._greeting_seconds = greeting_seconds

    async def get_connection(self, *command: Any, **options: Any) -> AbstractConnection:
        loop = asyncio.get_running_loop()
        # If the pool found no server or no free connection, it has waited longer than that.
        last_try = loop.time() + self._greeting_seconds
        while True:
            try:
                connection: AbstractConnection = await super().get_connection(*command, **options)
            except UNAVAILABLE as error:
                if loop.time() >= last_try:
                    # Over a Unix socket redis-py wraps the error.
                    if isinstance(error.__cause__, RedisRefusal):
                        raise error.__cause__ from None
                    raise
                await asyncio.sleep(_RETRY.wait(0))
            else:
                return connection

    async def ensure_connection(self, connection: Any) -> None:
        """Connect it, unless it is connected and has no unread data."""
        reader = connection._reader  # noqa: SLF001 - docs/dependencies.md
        is_open = reader and not reader.at_eof() and not reader.exception()
        if not is_open or not connection._socket_is_empty():  # noqa: SLF001
            await super().ensure_connection(connection)


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
    """Accepts a script's response only after a replica has its writes: a fail-over loses writes that no replica has.

    Otherwise the response counts as lost and the script is sent again; every script is idempotent (docs/adr/0010).
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
    """Repeats WATCH after its connection broke: redis-py raises a WatchError, which ends arq's worker.

    Values that arq read before may have changed meanwhile. At worst two workers start the same job, which is safe here.
    """

    async def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        if args[0] == "WATCH":
            self._watched = args
        try:
            return await super().immediate_execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis-py's
        except WatchError:
            await self.immediate_execute_command(*self._watched)
            return await self.immediate_execute_command(*args, **options)
