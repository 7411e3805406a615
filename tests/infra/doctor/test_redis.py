from collections.abc import Sequence
from pathlib import Path

import pytest
from redis import Redis

from infra.doctor.checks import redis
from infra.doctor.finding import Finding, Level
from infra.doctor.runner import examine
from infra.queues import QUEUES, health_key
from tests.infra.doctor.conftest import Make
from tests.processes import wait_until
from tests.sentinels import replication
from tests.valkey import ValkeyServer
from worker.queues.names import Queue


def lines(found: Sequence[Finding], level: Level) -> str:
    return "\n".join(one.what for one in found if one.level is level)


async def test_a_redis_as_it_should_be_is_in_order(make: Make, mortal_valkey: ValkeyServer) -> None:
    """Nothing to do but for what a power cut may cost, which is a warning."""
    found = await redis.check(make(redis_url=mortal_valkey.url))
    assert "Valkey" in lines(found, Level.OK)
    assert "appendfsync everysec" in lines(found, Level.WARNING)
    assert not lines(found, Level.PROBLEM)


async def test_one_that_throws_away_and_forgets_is_mended(
    make: Make, mortal_valkey: ValkeyServer
) -> None:
    """Eviction and the missing append-only file are problems, and `--fix` sets both right on the server."""
    with Redis.from_url(mortal_valkey.url) as server:
        server.config_set("maxmemory-policy", "allkeys-lru")
        server.config_set("appendonly", "no")
    settings = make(redis_url=mortal_valkey.url)
    said = lines(await redis.check(settings), Level.PROBLEM)
    assert "allkeys-lru" in said
    assert "append-only" in said
    report = await examine({"redis": redis.check}, settings, fix=True)
    assert not lines(report["redis"], Level.PROBLEM)


async def test_one_that_is_nearly_full_is_a_problem(
    make: Make, mortal_valkey: ValkeyServer
) -> None:
    """Before nothing can be written any more."""
    with Redis.from_url(mortal_valkey.url) as server:
        server.config_set("maxmemory", "1mb")
    said = lines(await redis.check(make(redis_url=mortal_valkey.url)), Level.PROBLEM)
    assert "of its memory; when it is full" in said


async def test_a_replica_is_not_taken_for_the_master(
    make: Make, mortal_valkey: ValkeyServer
) -> None:
    """It answers, and takes no writes."""
    with Redis.from_url(mortal_valkey.url) as server:
        server.replicaof("127.0.0.1", "1")
    said = lines(await redis.check(make(redis_url=mortal_valkey.url)), Level.PROBLEM)
    assert "replica" in said


@pytest.mark.slow
async def test_who_fails_over_needs_replicas(make: Make, tmp_path: Path) -> None:
    """With Sentinels two are in order; one is too few after a fail-over, and with none everything waits."""
    with replication(tmp_path) as servers:
        settings = make(redis_url=servers.url)
        master, *replicas = servers.nodes
        for level in (Level.OK, Level.WARNING, Level.PROBLEM):
            wait_until(lambda: master.replicas() == len(replicas), "the master has noticed")
            found = await redis.check(settings)
            assert {one.level for one in found if "replica" in one.what} == {level} - {Level.OK}
            if replicas:
                replicas.pop().kill()


async def test_a_wrong_password_is_said_and_not_shown(
    make: Make, mortal_valkey: ValkeyServer
) -> None:
    """The operator learns which setting to look at."""
    with Redis.from_url(mortal_valkey.url) as server:
        server.config_set("requirepass", "right")
    address = mortal_valkey.url.replace("unix://", "unix://:wrong-one@")
    (found,) = await redis.check(make(redis_url=address))
    assert found.level is Level.PROBLEM
    assert "redis_url" in found.to_do
    assert "wrong-one" not in f"{found.what}{found.to_do}"


async def test_no_redis_is_a_problem(make: Make) -> None:
    """It is said soon: nobody waits out a restart here."""
    (found,) = await redis.check(make())
    assert "does not answer" in found.what


def test_the_queues_are_named_as_the_workers_name_them() -> None:
    """This floor cannot import their names, and yet looks for the right keys."""
    assert tuple(Queue) == QUEUES
    assert health_key("updates") == "updates:health-check"
