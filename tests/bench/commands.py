"""The commands that Redis gets meanwhile: https://valkey.io/commands/monitor/."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from redis import Redis

_END = "the bench has seen enough"

#: The name, its first argument, and whether a script has run it.
type Command = tuple[str, str, bool]


@dataclass(frozen=True)
class Commands:
    """How many were sent, each a round trip or a part of one, and how many ran within scripts."""

    sent: Counter[str]
    in_scripts: int


async def watch(redis: Redis, work: Callable[[], Awaitable[object]], ours: Command) -> Commands:
    """Count what `work` causes, without `ours` and the idle commands, which are measured for a second before."""
    usual = await _record(redis, lambda: asyncio.sleep(1))
    usual[ours] += 1
    seen = await _record(redis, work)
    new = Counter({one: n for one, n in seen.items() if one[0] == "EVALSHA" or one not in usual})
    sent: Counter[str] = Counter()
    for (name, _, in_script), count in new.items():
        if not in_script:
            sent[name] += count
    return Commands(sent, sum(n for (_, _, in_script), n in new.items() if in_script))


async def _record(redis: Redis, work: Callable[[], Awaitable[object]]) -> Counter[Command]:
    listening = asyncio.get_running_loop().create_future()
    recording = asyncio.create_task(asyncio.to_thread(_listen, redis, listening))
    await listening
    await work()
    redis.echo(_END)
    return await recording


def _listen(redis: Redis, listening: "asyncio.Future[None]") -> Counter[Command]:
    seen: Counter[Command] = Counter()
    with redis.monitor() as monitor:  # type: ignore[no-untyped-call]  # redis-py's
        listening.get_loop().call_soon_threadsafe(listening.set_result, None)
        for entry in monitor.listen():
            command: list[str] = entry["command"].split(" ", 2)
            if _END in entry["command"]:
                break
            first = command[1] if len(command) > 1 else ""
            seen[command[0].upper(), first, entry["client_type"] == "lua"] += 1
    return seen
