"""The table at the end of a run."""

from collections.abc import Iterator, Sequence

from tests.chaos.ledger import GOOD, Verdict
from tests.chaos.money import Money
from tests.chaos.scenario import Outcome

_SHOWN = 20


def lines(outcome: Outcome) -> Iterator[str]:
    plan, ledger = outcome.plan, outcome.ledger
    yield f"seed {plan.seed}: {plan.users} users, {plan.webhook_apps} web, {plan.workers} workers"
    rows: list[tuple[str, object]] = [
        ("jobs", plan.jobs),
        *((name.replace("_", " "), count) for name, count in sorted(outcome.faults.items())),
        ("paid requests", ledger.paid),
        ("paid again", ledger.paid_again),
        ("jobs without an order", ledger.surplus),
        *((verdict.value, ledger.count(verdict)) for verdict in Verdict),
        *(_money(outcome.money) if outcome.money else ()),
        ("forged callbacks accepted", outcome.accepted_forgeries),
        ("processes that died unkilled", sum(outcome.deaths.values())),
        ("processes killed for their memory", outcome.oom_kills),
        ("seconds to recover, p50 / p99", _percentiles(outcome.recoveries)),
        ("seconds from order to end, p50 / p99", _percentiles(outcome.durations)),
    ]
    for name, value in rows:
        yield f"  {name:<42} {value:>14}"
    bad = [entry for entry in ledger.entries if entry.verdict not in GOOD]
    yield from (
        f"  ! {entry}" for entry in [*bad, *(outcome.money.wrong if outcome.money else ())][:_SHOWN]
    )
    yield "nothing lost, nothing paid twice" if outcome.is_clean else "NOT CLEAN"


def _money(money: Money) -> Iterator[tuple[str, object]]:
    yield "jobs whose bill is fal's", money.agreeing
    yield "jobs with another bill", len(money.wrong)
    yield "jobs whose bill is not known", money.unread
    yield "billed requests without a job / in doubt", f"{money.unclaimed} / {money.in_doubt}"
    yield "millionths that the ledger is off", money.off
    yield "users over their budget", len(money.overrun)


def _percentiles(values: Sequence[float]) -> str:
    ordered = sorted(values)
    if not ordered:
        return "-"
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99))
    return f"{p50:.1f} / {p99:.1f}"
