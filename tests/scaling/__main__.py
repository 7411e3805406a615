"""`make scaling`: an installation's capacity and its bottleneck, from the measurements of `make bench`."""

import math
import sys
from collections.abc import Callable
from dataclasses import replace

from tests.bench.costs import Costs
from tests.bench.document import replace as replace_between_marks
from tests.bench.figures import number
from tests.bench.result import Table
from tests.processes import ROOT
from tests.scaling.simulation import Layout, offered, simulate

_DOCUMENT = ROOT / "docs" / "scaling.md"
#: A team of fifty in its busiest hour: twelve orders each.
_TEAM = 600 / 3600
_TIMES = (1, 10, 100, 1000)
#: Seconds beside fal's own time that are acceptable.
_LATE_SECONDS = 2.0
#: The highest lasting load of a station.
_FULL = 0.9

_SMALL = Layout()
_UNBOUNDED = {"slots": 100_000, "bots": 1000}
_MACHINES = {
    "2 cores: 1 webhook_app, 1 worker": Layout(),
    "4 cores: 1 webhook_app, 3 workers": Layout(cores=4, workers=3),
    "8 cores: 1 webhook_app, 6 workers": Layout(cores=8, workers=6),
    "4 × 8 cores: 2 webhook_app, 28 workers": Layout(cores=32, webhook_apps=2, workers=28),
}


def main() -> None:
    costs = Costs.read()
    tables = {
        "carries": _carried(costs),
        "breaks": _broken(costs, lambda _: _SMALL),
        "grown": _broken(costs, lambda rate: _grown(costs, rate)),
        "memory": _memory(costs),
    }
    text = _DOCUMENT.read_text()
    for name, table in tables.items():
        text = replace_between_marks(text, f"scaling-{name}", table.markdown())
        sys.stdout.write(f"\n{table.markdown()}\n")
    _DOCUMENT.write_text(text)


def _carried(costs: Costs) -> Table:
    """Limit only the machines: fal's slots and bots are unlimited."""
    rows = []
    for name, layout in _MACHINES.items():
        roomy = replace(layout, **_UNBOUNDED)
        rate = most_carried(costs, roomy)
        users = number(rate / _TEAM * 50)
        rows.append([name, number(rate, 1), number(rate * 3600), users, _tightest(costs, roomy)])
    head = ["installation", "orders/s", "orders/hour", "users", "bottleneck"]
    return Table(head=head, rows=rows)


def most_carried(costs: Costs, layout: Layout) -> float:
    """Return orders a second, to a twentieth."""
    # Load is proportional to the rate: this rate just fills the bottleneck.
    high = _FULL / max(offered(costs, layout, 1).values())
    low = 0.0
    if is_in_time(costs, layout, high):
        return high
    while high - low > high / 20:
        middle = (low + high) / 2
        low, high = (middle, high) if is_in_time(costs, layout, middle) else (low, middle)
    return low


def is_in_time(costs: Costs, layout: Layout, rate: float) -> bool:
    return simulate(costs, layout, rate).p99 <= _LATE_SECONDS


def _tightest(costs: Costs, layout: Layout) -> str:
    loads = offered(costs, layout, 1)
    return max(loads, key=lambda name: loads[name])


def _broken(costs: Costs, layout_for: Callable[[float], Layout]) -> Table:
    rows = []
    for times in _TIMES:
        rate = _TEAM * times
        layout = layout_for(rate)
        loads = offered(costs, layout, rate)
        shares = [f"**{load:.0%}**" if load >= 1 else f"{load:.0%}" for load in loads.values()]
        late = _late(costs, layout, rate) if max(loads.values()) < 1 else "grows without limit"
        rows.append([f"{times:,} ×", _described(layout), *shares, late])
    head = ["load", "installation", *offered(costs, _SMALL, 1), "added time, p50 / p99"]
    return Table(head=head, rows=rows)


def _grown(costs: Costs, rate: float) -> Layout:
    """Return the installation in which two thirds of everything are used."""
    one = Layout(cores=1, slots=1)
    asked = offered(costs, one, rate)
    webhook_apps, workers = _enough(asked["webhook_app"]), _enough(asked["workers"])
    slots, bots = _enough(asked["fal's slots"]) + 5, _enough(asked["Telegram"])
    return Layout(webhook_apps + workers, webhook_apps, workers, slots, bots)


def _enough(busy: float) -> int:
    return max(1, math.ceil(busy * 1.5))


def _memory(costs: Costs) -> Table:
    rows = [
        [number(jobs), f"{jobs * costs.bytes_per_job / 1e9:.1f} GB", _years(jobs)]
        for jobs in (1_000_000, 10_000_000, 100_000_000)
    ]
    return Table(head=["finished jobs", "Redis", "a team of fifty reaches it in"], rows=rows)


def _years(jobs: int) -> str:
    """Six such hours a day, 250 days a year."""
    return f"{number(jobs / (_TEAM * 3600 * 6 * 250), 1)} years"


def _described(layout: Layout) -> str:
    return (
        f"{layout.cores} cores, {layout.webhook_apps} + {layout.workers} processes, {number(layout.slots)} slots,"
        f" {layout.bots} bot{'s' if layout.bots > 1 else ''}"
    )


def _late(costs: Costs, layout: Layout, rate: float) -> str:
    outcome = simulate(costs, layout, rate)
    return f"{number(outcome.p50, 1)} / {number(outcome.p99, 1)} s"


if __name__ == "__main__":
    main()
