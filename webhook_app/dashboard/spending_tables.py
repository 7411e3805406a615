"""The spending of users and of models as rows, the most expensive first. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from webhook_app.dashboard.data import Spending
from worker.limits.ledger import Account, Usage

_ROWS = 50


@dataclass(frozen=True)
class SpendingRow:
    """The usage of a user or a model, in this month and in the last days; `owner` is None for the prompt helper."""

    owner: int | str | None
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
        "model": _table(_with_helper(month), _with_helper(recent)),
    }


def _with_helper(account: Account) -> Mapping[str | None, Usage]:
    usages: dict[str | None, Usage] = dict(account.models.items())
    return usages if account.helper.is_empty else usages | {None: account.helper}


def _table[Owner: (int, str | None)](
    month: Mapping[Owner, Usage], recent: Mapping[Owner, Usage]
) -> SpendingTable:
    rows = [
        SpendingRow(owner, month.get(owner, Usage()), recent.get(owner, Usage()))
        for owner in {**month, **recent}
    ]
    rows.sort(key=lambda row: (-row.month.dollars, -row.recent.dollars, str(row.owner)))
    return SpendingTable(rows[:_ROWS], max(0, len(rows) - _ROWS))
