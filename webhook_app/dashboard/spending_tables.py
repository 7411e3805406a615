"""The spending of users and of models as rows, the most expensive first. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from webhook_app.dashboard.data import Spending
from worker.limits.ledger import Usage

_ROWS = 50


@dataclass(frozen=True)
class SpendingRow:
    """The usage of a user or a model, in this month and in the last days."""

    owner: int | str
    month: Usage
    recent: Usage


@dataclass(frozen=True)
class SpendingTable:
    """`more` counts the owners that are not shown."""

    rows: list[SpendingRow]
    more: int


def spending_tables(spending: Spending) -> Mapping[str, SpendingTable]:
    month, recent = spending.month, spending.recent
    return {
        "user": _table(month.users, recent.users),
        "model": _table(month.models, recent.models),
    }


def _table[Owner: (int, str)](
    month: Mapping[Owner, Usage], recent: Mapping[Owner, Usage]
) -> SpendingTable:
    rows = [
        SpendingRow(owner, month.get(owner, Usage()), recent.get(owner, Usage()))
        for owner in {**month, **recent}
    ]
    rows.sort(key=lambda row: (-row.month.dollars, -row.recent.dollars, str(row.owner)))
    return SpendingTable(rows[:_ROWS], max(0, len(rows) - _ROWS))
