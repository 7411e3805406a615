"""Redis as docs/reliability.md needs it: https://redis.io/docs/latest/commands/info/."""

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
_LOST = "Look at Redis's log: the disk may be full or slow."


async def check(settings: Settings) -> Sequence[Finding]:
    try:
        async with _open(settings) as redis:
            info: Info = await redis.info("everything")
            appendfsync = await _configured(redis, "appendfsync")
    except AuthenticationError:
        return [problem("Redis refuses the password.", "Correct it in redis_url.")]
    except RedisRefusal as refusal:
        return [problem("Redis answers, but takes no commands.", str(refusal))]
    except RedisError as error:
        name = type(error).__name__
        return [problem(f"Redis does not answer ({name}).", "Start it, and look at redis_url.")]
    return [
        _greet(info),
        *_eviction(settings, info),
        *_persistence(settings, info, appendfsync),
        *_room(info),
        *_replication(info),
        *_spare(settings, info),
    ]


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[ArqRedis]:
    redis = connect(settings.redis_url, retries=1, connections=2)
    try:
        yield redis
    finally:
        await redis.aclose(close_connection_pool=True)


async def _configured(redis: ArqRedis, name: str) -> str | None:
    """None where a host of Redis lets nobody look."""
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
            # A server without a file of settings has nothing to write it to: it holds until a restart.
            with suppress(ResponseError):
                await redis.config_rewrite()

    return change


async def _rewritten(redis: ArqRedis) -> None:
    """A first append-only file counts for nothing until all that Redis knows is in it."""
    while (info := await redis.info("persistence"))["aof_enabled"]:
        if not info["aof_rewrite_in_progress"] and not info["aof_rewrite_scheduled"]:
            return
        await asyncio.sleep(_PAUSE)


def _greet(info: Info) -> Finding:
    product = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version"))
    used = info.get("used_memory_human")
    if "valkey_version" not in info and _numbers(version) < _OLDEST:
        return problem(f"{product} {version} is too old.", "Install Redis 6.2 or newer, or Valkey.")
    return ok(f"{product} {version} answers, and uses {used}.")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def _eviction(settings: Settings, info: Info) -> Iterator[Finding]:
    policy = info.get("maxmemory_policy")
    if policy != "noeviction":
        yield problem(
            f"When it is full, Redis throws jobs away (maxmemory-policy {policy}).",
            "Set `maxmemory-policy noeviction` in its configuration.",
            _setting(settings, "maxmemory-policy", "noeviction"),
        )


def _persistence(settings: Settings, info: Info, appendfsync: str | None) -> Iterator[Finding]:
    if not info.get("aof_enabled"):
        yield problem(
            "A restart of Redis forgets jobs that are paid for: there is no append-only file.",
            "Set `appendonly yes` and `appendfsync always` in its configuration.",
            _setting(settings, "appendonly", "yes"),
        )
    elif appendfsync in {"everysec", "no"}:
        yield warning(
            f"A power cut loses the last second or more (appendfsync {appendfsync}).",
            "Set `appendfsync always` where money is at stake: docs/reliability.md says what may happen.",
        )
    if info.get("aof_last_write_status", "ok") != "ok":
        yield problem("Redis could not write its append-only file.", _LOST)


def _room(info: Info) -> Iterator[Finding]:
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if most and used > _FULL * most:
        yield problem(
            f"{used / most:.0%} of its memory is used; when it is full, nothing can be written.",
            "Raise `maxmemory`; or delete what nobody needs (docs/operations.md).",
        )


def _replication(info: Info) -> Iterator[Finding]:
    if info.get("role") != "master":
        yield problem(
            "redis_url leads to a replica, which takes no writes.", "Let it lead to the master."
        )
        return
    late = [
        name
        for name, one in info.items()
        if name.startswith("slave") and isinstance(one, dict) and one.get("state") != "online"
    ]
    if late:
        yield warning(
            f"Replicas that are not in step: {len(late)} of {info.get('connected_slaves')}.",
            "Wait for the first copy to end; else look at the replica's log.",
        )


def _spare(settings: Settings, info: Info) -> Iterator[Finding]:
    """With Sentinels nothing counts that no replica has: docs/adr/0010-wait-for-a-replica.md."""
    if not settings.redis_url.startswith(SENTINEL) or info.get("role") != "master":
        return
    match int(info.get("connected_slaves", 0)):
        case 0:
            yield problem(
                "No replica follows the master, and everything waits for one.",
                "Start one; if it runs, look at its log and at `replicaof`.",
            )
        case 1:
            yield warning(
                "One replica alone follows the master: after a fail-over everything would wait for the other server.",
                "Run three servers, or start the one that is down.",
            )
