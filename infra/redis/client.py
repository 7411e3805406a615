"""Connections to Redis that wait for a server which is away, or which refuses commands for a while.

redis-py's defaults do not suffice: a refused connect is raised outside a command's own retry, so `OSError` has to be
named; a half-open connection hangs without time-outs; and a server without memory raises the same kind of error as a
bug in a script. https://redis.readthedocs.io/en/stable/retry.html
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

from infra.redis.sentinel import AnsweringSentinels, MasterConnection, Masters
from infra.redis.sentinel_url import SCHEME as SENTINEL
from infra.redis.sentinel_url import SentinelUrl
from infra.retry import RetryPolicy

#: What a command raises when Redis is away or refuses it. An error of ours (WRONGTYPE, Lua's) is none of these.
UNAVAILABLE = (RedisConnectionError, RedisTimeoutError)

_RETRIED: list[type[Exception]] = [*UNAVAILABLE, OSError]
_RETRY = RetryPolicy(first=0.1, longest=1, jitter=1)

# A server that takes no commands now, by the first word of its answer; a script passes the word on.
_REFUSALS = {
    "OOM": "its memory is full: raise maxmemory, or delete what nobody needs",
    "READONLY": "it is a replica: redis_url must lead to the master",
    "NOREPLICAS": "too few replicas follow it: start them, or lower min-replicas-to-write",
    "MISCONF": "it cannot write to its disk: read its log",
    "BUSY": "a script runs for too long: wait, or use SCRIPT KILL",
    "LOADING": "it is loading its data from disk: wait",
    "MASTERDOWN": "it is a replica without a master: redis_url must lead to the master",
    "MAXCLIENTS": "too many clients are connected: raise maxclients",
    "UNBLOCKED": "it has become a replica: redis_url must lead to the master",
}
_MAX_CLIENTS = "ERR max number of clients"
# Redis 6 wraps what a script meets; a transaction ends with what one of its commands has met.
_REFUSAL = re.compile(
    rf"(?:ERR Error running script.*-|EXECABORT .*because of: )?({'|'.join(_REFUSALS)})\b"
)
# A replica that writes to a slow disk answers late; below a command's own time-out.
_REPLICA_MILLISECONDS = 1000


class RedisRefusal(RedisConnectionError):  # noqa: N818 - an answer of Redis, like its others
    """Redis answers, but takes no commands now: waited for like a server that is away."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Redis refuses commands ({code}): {_REFUSALS[code]}.")


#: Redis' own time in milliseconds, as `now` in every script: processes on several machines share no other clock.
NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""


class Script:
    """A Lua script, sent by its hash and so one round trip. https://redis.io/docs/latest/commands/evalsha/"""

    def __init__(self, redis: ArqRedis, source: str) -> None:
        self._run = redis.register_script(NOW + source)

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
    return await first(redis, key, owner, seconds) == owner


async def first(redis: ArqRedis, key: str, value: str, seconds: int) -> str:
    """The first value that was given to the key within so many seconds."""
    if await redis.set(key, value, nx=True, ex=seconds):
        return value
    # Somebody was first; or this caller was, whose answer was lost, or whose process died after it.
    stored: bytes | None = await redis.get(key)
    return stored.decode() if stored else value


@asynccontextmanager
async def time_limit(seconds: float) -> AsyncIterator[None]:
    """Limit commands to so many seconds in all; a Redis that takes longer counts as away."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise RedisTimeoutError(f"no answer within {seconds:g} s") from error


_writes: set[asyncio.Task[Any]] = set()


async def write_until_taken[T](write: Callable[[], Awaitable[T]]) -> T:
    """Repeat a write until Redis takes it, for what is known nowhere else.

    It goes on after its caller was cancelled, as a task of arq's is by its time limit; the process's end ends it.
    """

    def is_unavailable(error: Exception) -> bool:
        if not isinstance(error, UNAVAILABLE):
            return False
        logger.warning("a write waits for Redis: {}", error)
        return True

    task = asyncio.ensure_future(_RETRY.run(write, is_unavailable))
    _writes.add(task)
    task.add_done_callback(_writes.discard)
    return await asyncio.shield(task)


def connect(url: str, *, retries: int = 20, connections: int = 100) -> ArqRedis:
    """Make a lazy pool; nothing is connected yet.

    A worker's command waits out a restart (20 retries, some half a minute); where an answer is due sooner, pass fewer.
    arq's definitions are JSON: its default, pickle, would let a writer to Redis run code here.
    """
    options: dict[str, Any] = {
        "max_connections": connections,
        "timeout": 5,
        "socket_connect_timeout": 1,
        "socket_timeout": 2,
        # redis-py's own check, due in a greeting that is refused, greets again, and so on for ever.
        "health_check_interval": 0,
        "retry": Retry(_Backoff(), retries),
        "retry_on_error": _RETRIED,
        "parser_class": _Parser,
        # The least that all retries take together.
        "greeting_seconds": sum(_RETRY.delay(waits) for waits in range(retries)),
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


class _Parser(DefaultParser):  # type: ignore[valid-type, misc]  # redis-py chooses hiredis if it is there
    """Tells a server that refuses commands from a command that is wrong."""

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
    """Our policy in redis-py's own loop, which counts failures from 1."""

    def compute(self, failures: int) -> float:
        return _RETRY.wait(failures - 1)


class _Pool(BlockingConnectionPool):
    """Repeats a greeting that failed: redis-py's retries end before it and begin after it."""

    def __init__(self, *, greeting_seconds: float, **options: Any) -> None:
        super().__init__(**options)
        self._greeting_seconds = greeting_seconds

    async def get_connection(self, *_: Any, **__: Any) -> AbstractConnection:
        loop = asyncio.get_running_loop()
        # A pool that found no server, or no free connection, has waited longer than that.
        last_try = loop.time() + self._greeting_seconds
        while True:
            try:
                connection: AbstractConnection = await super().get_connection()
            except UNAVAILABLE as error:
                if loop.time() >= last_try:
                    # Over a unix socket redis-py wraps what it meets.
                    if isinstance(error.__cause__, RedisRefusal):
                        raise error.__cause__ from None
                    raise
                await asyncio.sleep(_RETRY.wait(0))
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
