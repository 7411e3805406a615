"""Check that Redis is configured as docs/reliability.md requires: https://redis.io/docs/latest/commands/info/."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from redis.exceptions import AuthenticationError, RedisError, ResponseError

from infra.doctor.finding import Finding, Fix, ok, problem, warning
from infra.redis.client import RedisRefusal, connected
from infra.redis.sentinel import SCHEME as SENTINEL
from infra.settings import Settings

type Info = Mapping[str, Any]

_OLDEST = (6, 2)
_FULL = 0.85
_PAUSE = 0.1
_LOST = "See Redis's log: the disk may be full or slow."


async def check(settings: Settings) -> Sequence[Finding]:
    try:
        async with connected(settings.redis_url, retries=1, connections=2) as redis:
            info: Info = await redis.info("everything")
            appendfsync: str | None = None
            # A hosted Redis refuses CONFIG.
            with suppress(ResponseError):
                appendfsync = (await redis.config_get("appendfsync")).get("appendfsync")
    except AuthenticationError:
        return [problem("Redis refuses the password.", "Correct it in redis_url.")]
    except RedisRefusal as refusal:
        return [problem("Redis answers, but refuses commands.", str(refusal))]
    except RedisError as error:
        name = type(error).__name__
        return [problem(f"Redis does not answer ({name}).", "Start it, and check redis_url.")]
    return [
        check_version(info),
        *check_eviction(settings, info),
        *check_persistence(settings, info, appendfsync),
        *check_memory(info),
        *check_replication(info),
        *check_sentinel_replicas(settings, info),
    ]


def check_setting(settings: Settings, name: str, value: str) -> Fix:
    async def change() -> None:
        async with connected(settings.redis_url, retries=1, connections=2) as redis:
            await redis.config_set(name, value)
            # Until the first append-only file contains the whole data set, it is of no use.
            while (info := await redis.info("persistence"))["aof_enabled"]:
                if not info["aof_rewrite_in_progress"] and not info["aof_rewrite_scheduled"]:
                    break
                await asyncio.sleep(_PAUSE)
            # Without a configuration file on the server the change lasts until a restart.
            with suppress(ResponseError):
                await redis.config_rewrite()

    return change


def check_version(info: Info) -> Finding:
    product = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version"))
    used = info.get("used_memory_human")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if "valkey_version" not in info and numbers < _OLDEST:
        return problem(f"{product} {version} is too old.", "Install Redis 6.2 or newer, or Valkey.")
    return ok(f"{product} {version} answers; it uses {used}.")


def check_eviction(settings: Settings, info: Info) -> Iterator[Finding]:
    policy = info.get("maxmemory_policy")
    if policy != "noeviction":
        yield problem(
            f"Redis deletes jobs when its memory is full (maxmemory-policy {policy}).",
            "Set `maxmemory-policy noeviction` in its configuration.",
            check_setting(settings, "maxmemory-policy", "noeviction"),
        )


def check_persistence(settings: Settings, info: Info, appendfsync: str | None) -> Iterator[Finding]:
    if not info.get("aof_enabled"):
        yield problem(
            "A restart of Redis loses paid jobs: the append-only file is off.",
            "Set `appendonly yes` and `appendfsync always` in its configuration.",
            check_setting(settings, "appendonly", "yes"),
        )
    elif appendfsync in {"everysec", "no"}:
        yield warning(
            f"A power cut loses the last second or more (appendfsync {appendfsync}).",
            "Set `appendfsync always` to keep every paid job; docs/reliability.md describes the risk.",
        )
    if info.get("aof_last_write_status", "ok") != "ok":
        yield problem("Redis could not write its append-only file.", _LOST)


def check_memory(info: Info) -> Iterator[Finding]:
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if most and used > _FULL * most:
        yield problem(
            f"Redis uses {used / most:.0%} of its memory; when it is full, it refuses writes.",
            "Raise `maxmemory`, or delete old data (docs/operations.md).",
        )


def check_replication(info: Info) -> Iterator[Finding]:
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


def check_sentinel_replicas(settings: Settings, info: Info) -> Iterator[Finding]:
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
