"""Jobs and dollars of each day, by user and by model.

Only the scripts that write a job update the ledger, in the same step, so each day's sums match its jobs after any
crash. Money is stored in millionths of a dollar: integers do not drift.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self

from arq.connections import ArqRedis

from infra.money import MICRO
from infra.redis.paging import sum_of_pages
from infra.redis.script import lua_script
from worker.queues.names import Clock

DAY_SECONDS = 24 * 3600
#: This month and the two before: fal returns bills of 90 days.
LEDGER_DAYS = 100
LEDGER_SECONDS = LEDGER_DAYS * DAY_SECONDS
#: Before fal's request id, the name of a charge for a call of the prompt helper, in place of a job's id.
HELPER = "helper:"
#: Processes of the version before, which record no charges, may run for this time after the first charge.
UPGRADE_MS = 3_600_000
_HELPED = "helper:person:"


@lua_script
async def reconcile_in_flight(redis: ArqRedis, *, cursor: str) -> Any:
    """Remove jobs in flight that have ended or are gone, of a page: the next page's cursor, their number."""


@dataclass(frozen=True)
class Usage:
    """A number of jobs and what they cost, in dollars."""

    jobs: int = 0
    dollars: float = 0.0

    @property
    def is_empty(self) -> bool:
        return not self.jobs and not self.dollars

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.jobs + other.jobs, self.dollars + other.dollars)


@dataclass(frozen=True)
class Account:
    """Usage of one or more days: in total, by user, by model, and failures by kind.

    `helper` is the part of the total that calls of the prompt helper cost, with their number; `helper_by_user` is each
    user's part of it, in dollars.
    """

    total: Usage = Usage()
    users: Mapping[int, Usage] = field(default_factory=dict)
    models: Mapping[str, Usage] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    helper: Usage = Usage()
    helper_by_user: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Charge:
    """What was counted for a submitted job or a call of the prompt helper, in dollars.

    `job_id` is None for a call. `request_id` is fal's, None if it never became known. `status` may be one of a later
    version.
    """

    job_id: str | None
    dollars: float
    status: str
    request_id: str | None

    @classmethod
    def parse(cls, job_id: bytes, stored: bytes) -> Self:
        micros, status, request_id = stored.decode().split(" ")
        name = job_id.decode()
        is_call = name.startswith(HELPER)
        return cls(None if is_call else name, int(micros) / MICRO, status, request_id or None)


class Ledger:
    def __init__(self, redis: ArqRedis, clock: Clock = time.time) -> None:
        self._redis = redis
        self.clock = clock

    async def read(self, days: int = 1) -> Account:
        """Sum up the last `days` days (UTC), today included."""
        sums: Counter[str] = Counter()
        for of_day in await self._read(self.last_days(days)):
            sums.update(of_day)
        return _account(sums)

    async def read_month(self) -> Account:
        """Sum up the days of this month (UTC)."""
        return await self.read(datetime.fromtimestamp(self.clock(), UTC).day)

    async def read_each(self, days: Sequence[str]) -> dict[str, Account]:
        """Return the accounts of these days (UTC)."""
        return dict(zip(days, map(_account, await self._read(days)), strict=True))

    def last_days(self, number: int) -> list[str]:
        return last_days(self.clock(), number)

    async def _read(self, days: Sequence[str]) -> list[Counter[str]]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for each in days:
                pipe.hgetall(f"darkroom:ledger:{each}")
            stored: list[dict[bytes, bytes]] = await pipe.execute()
        return [
            Counter({name.decode(): int(amount) for name, amount in of_day.items()})
            for of_day in stored
        ]

    async def charges(self, days: Sequence[str]) -> dict[str, list[Charge]]:
        """Return what was counted for the submitted jobs of these days."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for each in days:
                pipe.hgetall(f"darkroom:charges:{each}")
            stored: list[dict[bytes, bytes]] = await pipe.execute()
        return {
            each: [Charge.parse(*item) for item in of_day.items()]
            for each, of_day in zip(days, stored, strict=True)
        }

    async def charges_since(self) -> float | None:
        """Return since when all charges are recorded, in seconds since the epoch; None before the first one."""
        stored: bytes | None = await self._redis.get("darkroom:charges-since")
        return None if stored is None else int(stored) / 1000

    async def in_flight(self, user_id: int) -> list[str]:
        """Return the ids of a user's active jobs, oldest first."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.smembers(f"darkroom:in-flight:{user_id}")
            found: set[bytes] = (await pipe.execute())[0]
        return sorted(job_id.decode() for job_id in found)

    async def reconcile(self) -> int:
        """Remove jobs in flight that have ended or are gone; return their number."""
        return await sum_of_pages(partial(reconcile_in_flight, self._redis))


def day(seconds: float) -> str:
    """Return the ledger day (UTC) of a job that was created at this time."""
    return str(datetime.fromtimestamp(seconds, UTC).date())


def last_days(now: float, number: int) -> list[str]:
    """Return the last days (UTC), newest first, today included."""
    return [day(now - past * DAY_SECONDS) for past in range(number)]


def end_of_day(moment: float) -> float:
    """Return when the day (UTC) of this moment ends; both in seconds since the epoch."""
    return moment - moment % DAY_SECONDS + DAY_SECONDS


def end_of_month(moment: float) -> float:
    """Return when the month (UTC) of this moment ends; both in seconds since the epoch."""
    first = datetime.fromtimestamp(moment, UTC).replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return datetime(following.year, following.month, 1, tzinfo=UTC).timestamp()


def _account(sums: Mapping[str, int]) -> Account:
    return Account(
        total=_usage(sums, ""),
        users={int(who): _usage(sums, f":person:{who}") for who in _owners(sums, "person")},
        models={model: _usage(sums, f":model:{model}") for model in _owners(sums, "model")},
        failures={
            name.removeprefix("failed:"): number
            for name, number in sums.items()
            if name.startswith("failed:")
        },
        helper=Usage(sums.get("helper-calls", 0), sums.get("helper", 0) / MICRO),
        helper_by_user={
            int(name.removeprefix(_HELPED)): amount / MICRO
            for name, amount in sums.items()
            if name.startswith(_HELPED)
        },
    )


def _usage(sums: Mapping[str, int], owner: str) -> Usage:
    return Usage(sums.get(f"jobs{owner}", 0), sums.get(f"spent{owner}", 0) / MICRO)


def _owners(sums: Mapping[str, int], kind: str) -> list[str]:
    """Return who has ordered jobs, or spent something without one."""
    jobs, spent = f"jobs:{kind}:", f"spent:{kind}:"
    ordered = [name.removeprefix(jobs) for name in sums if name.startswith(jobs)]
    others = [name.removeprefix(spent) for name in sums if name.startswith(spent)]
    return list(dict.fromkeys(ordered + others))
