"""The simulation against known results."""

import statistics

import pytest
from simpy import Environment

from tests.bench.costs import Costs
from tests.scaling.simulation import Layout, offered, simulate
from tests.scaling.stations import Chance, Redis, Station, Steps

pytestmark = pytest.mark.slow
_COSTS = Costs(
    webhook_app_per_update=0.0002,
    update=0.005,
    picture=0.08,
    redis_per_update=0.0004,
    redis_per_picture=0.003,
    bytes_per_job=1500,
)


def test_single_server_matches_queueing_theory() -> None:
    """At 70 % load with random arrivals and services the mean wait is 0.7 / 0.3 of a service (M/M/1)."""
    environment, chance, waits = Environment(), Chance(1), []
    station = Station(environment, "desk", servers=1)

    def one() -> Steps:
        came, seconds = environment.now, chance.around(1.0)
        yield from station.serve(seconds)
        waits.append(environment.now - came - seconds)

    def arrive() -> Steps:
        while True:
            yield environment.timeout(chance.around(1 / 0.7))
            environment.process(one())

    environment.process(arrive())
    environment.run(until=200_000)
    assert statistics.mean(waits) == pytest.approx(0.7 / 0.3, rel=0.1)
    assert station.load(environment.now) == pytest.approx(0.7, rel=0.02)


def test_waiting_redis_commands_share_one_write() -> None:
    """A hundred concurrent commands cost two writes, not a hundred."""
    environment = Environment()
    redis = Redis(environment, write_seconds=1.0)
    for _ in range(100):
        environment.process(redis.serve(0.001))
    environment.run()
    assert environment.now < 2.2


def test_simulated_load_matches_the_offered_load() -> None:
    """An order visits each station as often as the sums that find the bottleneck assume."""
    layout = Layout(cores=4, workers=3, slots=100, bots=2)
    loads = simulate(_COSTS, layout, 5).loads
    asked = offered(_COSTS, layout, 5)
    assert set(loads) < set(asked)
    for name, load in loads.items():
        # Videos take a minute: at first none is finished.
        assert load == pytest.approx(asked[name], rel=0.2), name


def test_added_time_grows_with_the_load() -> None:
    """At 90 % load of a worker users wait longer than at 10 %."""
    roomy = Layout(cores=2, slots=1000, bots=100)
    full = 0.9 / offered(_COSTS, roomy, 1)["workers"]
    calm, busy = simulate(_COSTS, roomy, full / 9), simulate(_COSTS, roomy, full)
    assert busy.p99 > 2 * calm.p99


def test_missing_slot_is_the_first_bottleneck() -> None:
    """A growing team runs out of fal's slots first."""
    asked = offered(_COSTS, Layout(), 0.7)
    assert max(asked, key=lambda name: asked[name]) == "fal's slots"
    assert asked["fal's slots"] > 1
