"""Limits and budgets for a user and for the team, and the pause of all orders.

The settings give the defaults. An admin can change them at run time: values in Redis take precedence.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Self

from arq.connections import ArqRedis

from infra.money import MICRO
from infra.settings import Settings

#: Upper bound of every limit: jobs, or dollars.
LARGEST = 100_000


class Limit(StrEnum):
    """Limits by the names of their settings. Budgets of a user apply to guests, too, beside those of a guest."""

    USER_MAX_JOBS = "user_max_jobs"
    USER_DAILY_BUDGET = "user_daily_budget"
    USER_MONTHLY_BUDGET = "user_monthly_budget"
    GUEST_DAILY_BUDGET = "guest_daily_budget"
    GUEST_MONTHLY_BUDGET = "guest_monthly_budget"
    TEAM_DAILY_BUDGET = "team_daily_budget"
    TEAM_MONTHLY_BUDGET = "team_monthly_budget"
    FAL_SLOTS = "fal_slots"

    @property
    def field(self) -> str:
        """Its field of `darkroom:limits`; two have the name that processes of the version before read."""
        return _FORMER_FIELDS.get(self, self.value)

    @property
    def is_money(self) -> bool:
        return self.value.endswith("_budget")

    @property
    def is_monthly(self) -> bool:
        return self.value.endswith("_monthly_budget")

    def read_amount(self, text: str) -> float | None:
        """Parse an amount such as 5, $5 or 2,50; None for anything else, and for a fraction of a job."""
        plain = text.strip().strip("$").strip().replace(",", ".")
        if not plain.isascii() or not plain.replace(".", "", 1).isdecimal():
            return None
        value = float(plain)
        fits = value <= LARGEST and (self.is_money or value.is_integer())
        return round(value, 2) if fits else None


OF_GUESTS = frozenset({Limit.GUEST_DAILY_BUDGET, Limit.GUEST_MONTHLY_BUDGET})
OF_THE_TEAM = frozenset({Limit.TEAM_DAILY_BUDGET, Limit.TEAM_MONTHLY_BUDGET})
_FORMER_FIELDS = {
    Limit.USER_MAX_JOBS: "person_max_jobs",
    Limit.USER_DAILY_BUDGET: "person_daily_budget",
}


@dataclass(frozen=True)
class Limits:
    """Jobs in flight of a user, dollars a day and a month (UTC), jobs at fal; 0 is no limit."""

    user_max_jobs: float = 0
    user_daily_budget: float = 0
    user_monthly_budget: float = 0
    guest_daily_budget: float = 0
    guest_monthly_budget: float = 0
    team_daily_budget: float = 0
    team_monthly_budget: float = 0
    fal_slots: float = 0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(**{limit.name: getattr(settings, limit.name) for limit in fields(cls)})

    def __getitem__(self, limit: Limit) -> float:
        value: float = getattr(self, limit)
        return value

    def dumps(self) -> str:
        """Return the JSON that scripts decode."""
        return json.dumps(asdict(self))

    def changed(self, values: Mapping[str, float]) -> Self:
        return replace(self, **values)


UNLIMITED = Limits()


class Reason(StrEnum):
    """Why an order is refused."""

    PAUSED = "paused"
    KEPT_ORDERS = "kept_orders"
    USER_MAX_JOBS = Limit.USER_MAX_JOBS.value
    USER_DAILY_BUDGET = Limit.USER_DAILY_BUDGET.value
    USER_MONTHLY_BUDGET = Limit.USER_MONTHLY_BUDGET.value
    GUEST_DAILY_BUDGET = Limit.GUEST_DAILY_BUDGET.value
    GUEST_MONTHLY_BUDGET = Limit.GUEST_MONTHLY_BUDGET.value
    TEAM_DAILY_BUDGET = Limit.TEAM_DAILY_BUDGET.value
    TEAM_MONTHLY_BUDGET = Limit.TEAM_MONTHLY_BUDGET.value

    @property
    def is_budget(self) -> bool:
        return self not in (Reason.PAUSED, Reason.KEPT_ORDERS, Reason.USER_MAX_JOBS)


class OrderRefused(Exception):  # noqa: N818 - the name says what happened
    """The order was refused and not stored. `used` and `allowed` are jobs or dollars, depending on the reason.

    `message` is the admin's text while orders are paused.
    """

    def __init__(
        self, reason: Reason, used: float = 0, allowed: float = 0, message: str = ""
    ) -> None:
        budget = f" has ${max(0, allowed - used):.3f} of ${allowed:g} left"
        super().__init__(f"{reason.value}{budget if reason.is_budget else ''}")
        self.reason = reason
        self.used = used
        self.allowed = allowed
        self.message = message

    @classmethod
    def parse(cls, reason: bytes, used: int, allowed: int, message: bytes = b"") -> Self:
        """Parse the reply of the ledger's script, which counts money in millionths."""
        why = Reason(reason.decode())
        unit = MICRO if why.is_budget else 1
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
