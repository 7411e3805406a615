"""Check that Redis is configured as docs/reliability.md requires: https://redis.io/docs/latest/commands/info/."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from arq.connections import ArqRedis
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from infra.doctor.finding import Finding, Fix, ok, problem, warning
from infra.redis.client import RedisRefusal, connect
from infra.redis.sentinel_url import SCHEME as SENTINEL
from infra.settings import Settings

type Info = Mapping[str, Any]

_OLDEST = (6, 2)
_FULL = 0.85
_PAUSE = 0.1
_LOST = "See Redis's log: the disk may be full or slow."


async def check(settings: Settings) -> Sequence[Finding]:
    try:
        async with _open(settings) as redis:
            info: Info = await redis.info("everything")
            appendfsync = await _configured(redis, "appendfsync")
    except AuthenticationError:
        return [problem("Redis refuses the password.", "Correct it in redis_url.")]
    except RedisRefusal as refusal:
        return [problem("Redis answers, but refuses commands.", str(refusal))]
    except RedisError as error:
        name = type(error).__name__
        return [problem(f"Redis does not answer ({name}).", "Start it, and check redis_url.")]
    return [
        _version(info),
        *_eviction(settings, info),
        *_persistence(settings, info, appendfsync),
        *_memory(info),
        *_replication(info),
        *_sentinel_replicas(settings, info),
    ]


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[ArqRedis]:
    redis = connect(settings.redis_url, retries=1, connections=2)
    try:
        yield redis
    finally:
        await redis.aclose(close_connection_pool=True)


async def _configured(redis: ArqRedis, name: str) -> str | None:
    """Return a configuration value; None if a hosted Redis refuses CONFIG."""
    try:
        found: Mapping[str, str] = await redis.config_get(name)
    except ResponseError:
        return None
    return found.get(name)


def _setting(settings: Settings, name: str, value: str) -> Fix:
    async def change() -> None:
        async with _open(settings) as redis:
            await redis.config_set(name, value)
            await _rewritten(redis)
            # Without a configuration file on the server the change lasts until a restart.
            with suppress(ResponseError):
                await redis.config_rewrite()

    return change


async def _rewritten(redis: ArqRedis) -> None:
    """Wait until the first append-only file contains the whole data set; before that it is of no use."""
    while (info := await redis.info("persistence"))["aof_enabled"]:
        if not info["aof_rewrite_in_progress"] and not info["aof_rewrite_scheduled"]:
            return
        await asyncio.sleep(_PAUSE)


def _version(info: Info) -> Finding:
    product = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version"))
    used = info.get("used_memory_human")
    if "valkey_version" not in info and _numbers(version) < _OLDEST:
        return problem(f"{product} {version} is too old.", "Install Redis 6.2 or newer, or Valkey.")
    return ok(f"{product} {version} answers; it uses {used}.")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def _eviction(settings: Settings, info: Info) -> Iterator[Finding]:
    policy = info.get("maxmemory_policy")
    if policy != "noeviction":
        yield problem(
            f"Redis deletes jobs when its memory is full (maxmemory-policy {policy}).",
            "Set `maxmemory-policy noeviction` in its configuration.",
            _setting(settings, "maxmemory-policy", "noeviction"),
        )


def _persistence(settings: Settings, info: Info, appendfsync: str | None) -> Iterator[Finding]:
    if not info.get("aof_enabled"):
        yield problem(
            "A restart of Redis loses paid jobs: the append-only file is off.",
            "Set `appendonly yes` and `appendfsync always` in its configuration.",
            _setting(settings, "appendonly", "yes"),
        )
    elif appendfsync in {"everysec", "no"}:
        yield warning(
            f"A power cut loses the last second or more (appendfsync {appendfsync}).",
            "Set `appendfsync always` to keep every paid job; docs/reliability.md describes the risk.",
        )
    if info.get("aof_last_write_status", "ok") != "ok":
        yield problem("Redis could not write its append-only file.", _LOST)


def _memory(info: Info) -> Iterator[Finding]:
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if most and used > _FULL * most:
        yield problem(
            f"Redis uses {used / most:.0%} of its memory; when it is full, it refuses writes.",
            "Raise `maxmemory`, or delete old data (docs/operations.md).",
        )


def _replication(info: Info) -> Iterator[Finding]:
    if info.get("role") != "master":
        yield problem(
            "redis_url is a replica, which accepts no writes.", "Set redis_url to the master."
        )
        return
    late = [
        name
        for name, one in info.items()
        if name.startswith("slave") and isinstance(one, dict) and one.get("state") != "online"
    ]
    if late:
        yield warning(
            f"Replicas that are not in sync: {len(late)} of {info.get('connected_slaves')}.",
            "Wait for the first synchronisation to end; after that see the replica's log.",
        )


def _sentinel_replicas(settings: Settings, info: Info) -> Iterator[Finding]:
    """Check for replicas: with Sentinel each write waits for one, see docs/adr/0010-wait-for-a-replica.md."""
    if not settings.redis_url.startswith(SENTINEL) or info.get("role") != "master":
        return
    match int(info.get("connected_slaves", 0)):
        case 0:
            yield problem(
                "The master has no replica, and every write waits for one.",
                "Start a replica; if one runs, check its log and its `replicaof`.",
            )
        case 1:
            yield warning(
                "The master has one replica only: after a fail-over every write would wait for the old master.",
                "Run three servers, or start the one that is down.",
            )
