"""What may be made: how much by one person, how much by all, and whether anything at all just now.

An operator sets the limits, an admin changes them while everything runs: what stands in Redis wins over the settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Self

from arq.connections import ArqRedis

from infra.settings import Settings

MICRO = 1_000_000  # of them make a dollar
#: No limit is set higher: jobs, or dollars a day.
LARGEST = 100_000


class Limit(StrEnum):
    """Named as the settings are."""

    PERSON_MAX_JOBS = "person_max_jobs"
    PERSON_DAILY_BUDGET = "person_daily_budget"
    TEAM_DAILY_BUDGET = "team_daily_budget"
    FAL_SLOTS = "fal_slots"

    @property
    def is_money(self) -> bool:
        return self in (Limit.PERSON_DAILY_BUDGET, Limit.TEAM_DAILY_BUDGET)

    def read_amount(self, text: str) -> float | None:
        """Parse a number as people write it (5, $5, 2,50); None for anything else, and for parts of a job."""
        plain = text.strip().strip("$").strip().replace(",", ".")
        if not plain.isascii() or not plain.replace(".", "", 1).isdecimal():
            return None
        value = float(plain)
        fits = value <= LARGEST and (self.is_money or value.is_integer())
        return round(value, 2) if fits else None


@dataclass(frozen=True)
class Limits:
    """Jobs in flight and dollars a day (UTC) for one person, dollars for all, jobs at fal at once; 0 is no limit."""

    person_max_jobs: float = 0
    person_daily_budget: float = 0
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
    """Why nothing is begun now."""

    PAUSED = "paused"
    PERSON_MAX_JOBS = Limit.PERSON_MAX_JOBS.value
    PERSON_DAILY_BUDGET = Limit.PERSON_DAILY_BUDGET.value
    TEAM_DAILY_BUDGET = Limit.TEAM_DAILY_BUDGET.value


class OrderRefused(Exception):  # noqa: N818 - the name says what became of the order
    """Nothing was stored and nothing is owed. `used` and `allowed` are jobs or dollars, as the reason is.

    `message` is an admin's, when everything is paused.
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
        """What the ledger's script answers: it counts money in millionths."""
        why = Reason(reason.decode())
        unit = MICRO if why in (Reason.PERSON_DAILY_BUDGET, Reason.TEAM_DAILY_BUDGET) else 1
        return cls(why, used / unit, allowed / unit, message.decode())


# Scripts read the limits in the step that they limit: whoever changes one changes the next order.
LIMITS = """
local function limit(name, default)
  return tonumber(redis.call('HGET', 'darkroom:limits', name) or default)
end
"""


class LimitStore:
    def __init__(self, redis: ArqRedis, settled: Limits) -> None:
        self._redis = redis
        self._settled = settled

    async def get(self) -> Limits:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall("darkroom:limits")
            changed: dict[bytes, bytes] = (await pipe.execute())[0]
        return self._settled.changed({name.decode(): float(v) for name, v in changed.items()})

    async def set(self, limit: Limit, value: float) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset("darkroom:limits", limit.value, f"{value:.10g}")
            await pipe.execute()

    async def pause(self, message: str) -> None:
        """Begin nothing new; what runs goes on. The message, which may be empty, is for those who ask meanwhile."""
        await self._redis.set("darkroom:paused", message)

    async def resume(self) -> None:
        await self._redis.delete("darkroom:paused")

    async def paused(self) -> str | None:
        """The admin's message while everything is paused, else None."""
        message: bytes | None = await self._redis.get("darkroom:paused")
        return None if message is None else message.decode()
