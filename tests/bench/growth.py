"""Rows 8 and 9: the cost of a job beside many others, its size in Redis, and the cost of pages."""

from dataclasses import dataclass

from tests.bench.archive import add_copies, make_template
from tests.bench.figures import number, percentile
from tests.bench.history import leaf, report_history
from tests.bench.orders import order, picture
from tests.bench.result import Chart, Curve, Finding, Result, Table
from tests.bench.serving import serving
from tests.bench.stage import Bench, Stage, say
from tests.bench.weight import Weight, used, weigh

_SIZES = (100, 1000, 10_000, 50_000)
_ORDERS = 30
_MOST_BYTES = 1000


@dataclass(frozen=True)
class Size:
    """Seconds of the median order, CPU seconds and Redis' seconds for one, with this many jobs in Redis."""

    jobs: int
    wall: float
    cpu: float
    redis: float


async def measure(bench: Bench) -> list[Result]:
    sizes = _SIZES[:2] if bench.is_quick else _SIZES
    measured, done, weight = [], 1, Weight(0, {})
    async with bench.stage(file=picture()) as stage:
        template = await make_template(stage)
        empty = used(stage.redis)
        for size in sizes:
            await add_copies(stage, template, range(done, size))
            done = size
            weight = weigh(stage.redis, empty, size)
            measured.append(await _measure(stage, size, _ORDERS))
        async with serving(stage) as product:
            leafing = await leaf(stage, product)
    return [report_history(leafing, done), _report(measured, weight)]


async def _measure(stage: Stage, size: int, orders: int) -> Size:
    async with serving(stage) as product:
        for warm_up in range(3):
            await order(stage, product.load, warm_up)
        before, busy = product.cpu_seconds(), stage.redis_seconds()
        courses = [await order(stage, product.load, n) for n in range(orders)]
        cpu = (product.cpu_seconds() - before) / orders
        spent = (stage.redis_seconds() - busy) / orders
    found = Size(size, percentile([one.delivered for one in courses], 0.5), cpu, spent)
    say(f"row 9, {number(size)} jobs: {found.wall * 1000:.0f} ms, CPU {cpu * 1000:.0f} ms")
    return found


def _report(sizes: list[Size], weight: Weight) -> Result:
    costs = [size.cpu for size in sizes]
    rows = [
        [number(one.jobs), *(number(n * 1000, 1) for n in (one.wall, one.cpu, one.redis))]
        for one in sizes
    ]
    curves = {
        "CPU, webhook_app and worker": [(float(one.jobs), one.cpu * 1000) for one in sizes],
        "Redis": [(float(one.jobs), one.redis * 1000) for one in sizes],
    }
    growth = costs[-1] / costs[0]
    return Result(
        row="9",
        title="Growth",
        findings=[
            Finding(
                what=f"CPU per job with {number(sizes[-1].jobs)} finished jobs, relative to 100",
                measured=f"{growth:.2f} ×",
                reach="flat",
                met=growth <= 1.2,
            ),
            Finding(
                what="Redis memory per finished job",
                measured=f"{number(weight.kept)} bytes",
                reach="≤ 1.0 kB",
                met=weight.kept <= _MOST_BYTES,
            ),
        ],
        tables=[
            Table(head=["jobs in Redis", "p50, ms", "CPU, ms", "Redis, ms"], rows=rows),
            weight.table(),
        ],
        charts=[
            Chart(
                name="growth",
                title="Cost of a job by number of finished jobs",
                unit="ms",
                across="finished jobs in Redis",
                scale="log",
                curves=[Curve(label=label, points=points) for label, points in curves.items()],
            )
        ],
        costs={"redis_per_picture": sizes[-1].redis, "bytes_per_job": weight.kept},
    )
