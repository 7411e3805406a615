"""Limits and budgets for a user and for the team, and the pause of all orders.

The settings give the defaults. An admin can change them at run time: values in Redis take precedence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Self

from arq.connections import ArqRedis

from infra.settings import Settings

MICRO = 1_000_000  # per dollar
#: Upper bound of every limit: jobs, or dollars a day.
LARGEST = 100_000


class Limit(StrEnum):
    """Limits by the names of their settings."""

    USER_MAX_JOBS = "user_max_jobs"
    USER_DAILY_BUDGET = "user_daily_budget"
    TEAM_DAILY_BUDGET = "team_daily_budget"
    FAL_SLOTS = "fal_slots"

    @property
    def field(self) -> str:
        """Its field of `darkroom:limits`: the name that processes of the version before read."""
        return self.value.replace("user_", "person_")

    @property
    def is_money(self) -> bool:
        return self in (Limit.USER_DAILY_BUDGET, Limit.TEAM_DAILY_BUDGET)

    def read_amount(self, text: str) -> float | None:
        """Parse an amount such as 5, $5 or 2,50; None for anything else, and for a fraction of a job."""
        plain = text.strip().strip("$").strip().replace(",", ".")
        if not plain.isascii() or not plain.replace(".", "", 1).isdecimal():
            return None
        value = float(plain)
        fits = value <= LARGEST and (self.is_money or value.is_integer())
        return round(value, 2) if fits else None


@dataclass(frozen=True)
class Limits:
    """Jobs in flight and dollars a day (UTC) for a user, dollars a day for the team, jobs at fal; 0 is no limit."""

    user_max_jobs: float = 0
    user_daily_budget: float = 0
    team_daily_budget: float = 0
    fal_slots: float = 0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(**{limit.name: getattr(settings, limit.name) for limit in fields(cls)})

    def __getitem__(self, limit: Limit) -> float:
        value: float = getattr(self, limit)
        return value

    def changed(self, values: Mapping[str, float]) -> Self:
        return replace(self, **values)


UNLIMITED = Limits()


class Reason(StrEnum):
    """Why an order is refused."""

    PAUSED = "paused"
    USER_MAX_JOBS = Limit.USER_MAX_JOBS.value
    USER_DAILY_BUDGET = Limit.USER_DAILY_BUDGET.value
    TEAM_DAILY_BUDGET = Limit.TEAM_DAILY_BUDGET.value


class OrderRefused(Exception):  # noqa: N818 - the name says what happened
    """The order was refused and not stored. `used` and `allowed` are jobs or dollars, depending on the reason.

    `message` is the admin's text while orders are paused.
    """

    def __init__(
        self, reason: Reason, used: float = 0, allowed: float = 0, message: str = ""
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.used = used
        self.allowed = allowed
        self.message = message

    @classmethod
    def parse(cls, reason: bytes, used: int, allowed: int, message: bytes = b"") -> Self:
        """Parse the reply of the ledger's script, which counts money in millionths."""
        why = Reason(reason.decode())
        unit = MICRO if why in (Reason.USER_DAILY_BUDGET, Reason.TEAM_DAILY_BUDGET) else 1
        return cls(why, used / unit, allowed / unit, message.decode())


#: The field of `darkroom:limits` for each limit.
FIELDS = {limit.value: limit.field for limit in Limit}


class LimitStore:
    def __init__(self, redis: ArqRedis, settled: Limits) -> None:
        self._redis = redis
        self._settled = settled

    async def get(self) -> Limits:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall("darkroom:limits")
            changed: dict[bytes, bytes] = (await pipe.execute())[0]
        return self._settled.changed(
            {
                limit.value: float(changed[limit.field.encode()])
                for limit in Limit
                if limit.field.encode() in changed
            }
        )

    async def set(self, limit: Limit, value: float) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset("darkroom:limits", limit.field, f"{value:.10g}")
            await pipe.execute()

    async def pause(self, message: str) -> None:
        """Refuse new orders; active jobs continue. Users who order get the message, which may be empty."""
        await self._redis.set("darkroom:paused", message)

    async def resume(self) -> None:
        await self._redis.delete("darkroom:paused")

    async def paused(self) -> str | None:
        """Return the admin's message while orders are paused, else None."""
        message: bytes | None = await self._redis.get("darkroom:paused")
        return None if message is None else message.decode()
