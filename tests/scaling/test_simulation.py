"""The simulation against what is known without it."""

import statistics

import pytest
from simpy import Environment

from tests.bench.costs import Costs
from tests.scaling.simulation import Layout, offered, simulate
from tests.scaling.stations import Chance, Redis, Station, Steps

pytestmark = pytest.mark.slow
_COSTS = Costs(
    door_per_update=0.0002,
    update=0.005,
    picture=0.08,
    redis_per_update=0.0004,
    redis_per_picture=0.003,
    bytes_per_job=1500,
)


def test_a_single_server_makes_users_wait_as_the_textbook_says() -> None:
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


def test_commands_that_wait_for_redis_share_its_next_write() -> None:
    """A hundred commands that come together cost two writes, not a hundred."""
    environment = Environment()
    redis = Redis(environment, write_seconds=1.0)
    for _ in range(100):
        environment.process(redis.serve(0.001))
    environment.run()
    assert environment.now < 2.2


def test_stations_are_as_busy_as_what_is_asked_of_them() -> None:
    """The walk of an order visits each station as often as the sums that say what breaks first count it."""
    layout = Layout(cores=4, workers=3, slots=100, bots=2)
    loads = simulate(_COSTS, layout, 5).loads
    asked = offered(_COSTS, layout, 5)
    assert set(loads) < set(asked)
    for name, load in loads.items():
        # Clips take a minute: at first nothing has come back yet.
        assert load == pytest.approx(asked[name], rel=0.2), name


def test_what_is_added_grows_as_a_worker_fills() -> None:
    """Nine in ten of a worker's time taken means that people wait longer than at one in ten."""
    roomy = Layout(cores=2, slots=1000, bots=100)
    full = 0.9 / offered(_COSTS, roomy, 1)["workers"]
    calm, busy = simulate(_COSTS, roomy, full / 9), simulate(_COSTS, roomy, full)
    assert busy.p99 > 2 * calm.p99


def test_one_slot_too_few_is_seen_before_anything_else() -> None:
    """fal's slots are what a growing team runs out of first."""
    asked = offered(_COSTS, Layout(), 0.7)
    assert max(asked, key=lambda name: asked[name]) == "fal's slots"
    assert asked["fal's slots"] > 1
