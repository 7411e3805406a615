"""A simulation of orders in an installation of any size, for some simulated minutes."""

from collections.abc import Mapping
from dataclasses import dataclass

from simpy import Environment, Resource

from tests.bench.costs import Costs
from tests.bench.figures import percentile
from tests.scaling.stations import Chance, Redis, Station, Steps

#: Other updates per order: a button, a page of /my, a text.
UPDATES_PER_ORDER = 3
#: The card, two edits of it and the result; and an answer to each other update.
MESSAGES_PER_ORDER = 4 + UPDATES_PER_ORDER
#: Telegram's limit for a bot: https://core.telegram.org/bots/faq#broadcasting-to-users.
_MESSAGES_A_SECOND = 30
#: The share of an order's work before fal.
_BEFORE_FAL = 0.3
#: fal's own time for an image and a video, seconds; and the share of videos.
_PICTURE, _CLIP, _CLIPS = 5.0, 60.0, 0.2
MEAN_AT_FAL = _PICTURE * (1 - _CLIPS) + _CLIP * _CLIPS
_SECONDS = 480.0
#: Videos of the first minutes are not finished yet.
_WARM_UP = 180.0
#: More orders do not change the result.
_ENOUGH = 10_000


@dataclass(frozen=True)
class Layout:
    """Processes, and the cores they share; workers serve all queues. `slots` are fal's, set by its account."""

    cores: int = 2
    webhook_apps: int = 1
    workers: int = 1
    slots: int = 10
    bots: int = 1
    redis_write: float = 0.0011  # seconds of an fsync, measured for docs/reliability.md


@dataclass(frozen=True)
class Outcome:
    """`ours` are seconds from order to result beside fal's own; `loads` are shares of each station's time."""

    ours: list[float]
    loads: Mapping[str, float]

    @property
    def p50(self) -> float:
        return percentile(self.ours, 0.5)

    @property
    def p99(self) -> float:
        return percentile(self.ours, 0.99)


def offered(costs: Costs, layout: Layout, orders_a_second: float) -> dict[str, float]:
    """Return each station's load as a share of its time: from 1 on, a queue grows without limit."""
    updates = UPDATES_PER_ORDER + 1
    webhook_app = (updates + 1) * costs.webhook_app_per_update
    work = costs.picture + UPDATES_PER_ORDER * costs.worker_per_update
    redis = (
        costs.redis_per_picture + (updates + 1 + UPDATES_PER_ORDER * 2) / 2 * costs.redis_per_update
    )
    share = {
        "webhook_app": webhook_app / layout.webhook_apps,
        "workers": work / layout.workers,
        "cores": (webhook_app + work) / layout.cores,
        "fal's slots": MEAN_AT_FAL / layout.slots,
        "Telegram": MESSAGES_PER_ORDER / _MESSAGES_A_SECOND / layout.bots,
        "Redis": redis,
    }
    return {name: one * orders_a_second for name, one in share.items()}


class _Installation:
    def __init__(self, environment: Environment, costs: Costs, layout: Layout, seed: int) -> None:
        cores = Resource(environment, layout.cores)
        self.environment, self.costs, self.chance = environment, costs, Chance(seed)
        self.webhook_app = Station(environment, "webhook_app", layout.webhook_apps, cores)
        self.worker = Station(environment, "workers", layout.workers, cores)
        self.fal = Station(environment, "fal's slots", layout.slots)
        self.telegram = Station(environment, "Telegram", layout.bots)
        self.redis = Redis(environment, layout.redis_write)
        self.ours: list[float] = []

    def loads(self) -> dict[str, float]:
        stations = (self.webhook_app, self.worker, self.fal, self.telegram, self.redis)
        return {station.name: station.load(self.environment.now) for station in stations}

    def arrive(self, rate: float) -> Steps:
        while True:
            yield self.environment.timeout(self.chance.around(1 / rate))
            self.environment.process(self._order())
            for _ in range(UPDATES_PER_ORDER):
                self.environment.process(self._update())

    def _update(self) -> Steps:
        yield from self._take_in()
        yield from self._work(self.costs.worker_per_update, self.costs.redis_per_update)
        yield from self._say(1)

    def _order(self) -> Steps:
        began = self.environment.now
        yield from self._take_in()
        yield from self._work(self.costs.picture * _BEFORE_FAL, self.costs.redis_per_picture / 2)
        yield from self._say(1)
        at_fal = self.chance.around(_CLIP if self.chance.happens(_CLIPS) else _PICTURE)
        yield from self.fal.serve(at_fal)
        yield from self._take_in()
        rest = self.costs.picture * (1 - _BEFORE_FAL)
        yield from self._work(rest, self.costs.redis_per_picture / 2)
        yield from self._say(3)
        if began > _WARM_UP:
            self.ours.append(self.environment.now - began - at_fal)

    def _take_in(self) -> Steps:
        yield from self.webhook_app.serve(self.chance.around(self.costs.webhook_app_per_update))
        yield from self.redis.serve(self.costs.redis_per_update / 2)

    def _work(self, seconds: float, redis_seconds: float) -> Steps:
        yield from self.worker.serve(self.chance.around(seconds))
        yield from self.redis.serve(redis_seconds)

    def _say(self, messages: int) -> Steps:
        yield from self.telegram.serve(messages / _MESSAGES_A_SECOND)


def simulate(costs: Costs, layout: Layout, orders_a_second: float, seed: int = 1) -> Outcome:
    environment = Environment()
    installation = _Installation(environment, costs, layout, seed)
    environment.process(installation.arrive(orders_a_second))
    environment.run(until=min(_SECONDS, _WARM_UP + _ENOUGH / orders_a_second))
    return Outcome(installation.ours, installation.loads())
