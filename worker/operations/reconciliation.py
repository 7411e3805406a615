"""What a comparison of a day's jobs with fal's bills has found. `worker/operations/reconcile.py` makes it."""

from collections.abc import Sequence
from enum import StrEnum

from arq.connections import ArqRedis
from pydantic import BaseModel, ConfigDict

from infra.i18n import Phrases
from infra.money import money
from worker.limits.ledger import LEDGER_SECONDS


class DifferenceKind(StrEnum):
    UNKNOWN = "unknown"
    """fal billed a request that no job here has sent."""
    OTHER_SUM = "other_sum"
    UNBILLED = "unbilled"
    """A job was counted that fal did not bill."""


class Difference(BaseModel):
    """`counted` and `billed` are dollars. `request_id` is fal's."""

    model_config = ConfigDict(frozen=True)

    kind: DifferenceKind
    counted: float
    billed: float
    request_id: str | None = None
    job_id: str | None = None
    endpoint: str | None = None

    @property
    def dollars(self) -> float:
        return self.billed - self.counted


class Total(BaseModel):
    """A number of differences, and how much more fal billed than was counted, in dollars."""

    model_config = ConfigDict(frozen=True)

    number: int
    dollars: float


class Reconciliation(BaseModel):
    """The comparison of a day (UTC). Sums are dollars; `discount` is what fal subtracted from the bills.

    `differences` are the largest ones, `totals` count all of them by kind.
    """

    model_config = ConfigDict(frozen=True)

    day: str
    made_at: float
    jobs: int
    counted: float
    billed: float
    discount: float = 0
    totals: dict[DifferenceKind, Total] = {}
    differences: tuple[Difference, ...] = ()

    @property
    def number(self) -> int:
        """The number of all differences."""
        return sum(total.number for total in self.totals.values())


class ReconciliationStore:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def read(self, days: Sequence[str]) -> list[Reconciliation]:
        """Return the comparisons of these days that were made."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for each in days:
                pipe.get(f"darkroom:reconciliation:{each}")
            stored: list[bytes | None] = await pipe.execute()
        return [Reconciliation.model_validate_json(found) for found in stored if found]

    async def save(self, made: Reconciliation) -> None:
        key = f"darkroom:reconciliation:{made.day}"
        await self._redis.set(key, made.model_dump_json(), ex=LEDGER_SECONDS)


def total_lines(t: Phrases, made: Reconciliation) -> list[str]:
    """Say as HTML how many differences of each kind there are, a line each."""
    return [
        t(
            f"reconciliation-{kind}{'_less' if bills_less(kind, total) else ''}",
            count=total.number,
            dollars=money(t, abs(total.dollars)),
        )
        for kind, total in made.totals.items()
    ]


def bills_less(kind: DifferenceKind, total: Total) -> bool:
    """Return whether fal billed less than was counted, with other sums."""
    return kind is DifferenceKind.OTHER_SUM and total.dollars < 0


def summary(made: Reconciliation) -> str:
    """Return one line for logs and for the command."""
    found = ", ".join(
        f"{kind} {total.number} (${total.dollars:+.6g})" for kind, total in made.totals.items()
    )
    discount = f", discount ${made.discount:.6g}" if made.discount else ""
    return (
        f"{made.jobs} jobs, counted ${made.counted:.6g}, billed ${made.billed:.6g}{discount};"
        f" {found or 'no differences'}"
    )
