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


async def test_correct_configuration_passes(make: Make, mortal_valkey: ValkeyServer) -> None:
    """A correctly configured Redis passes, with a warning about what a power failure can lose."""
    found = await redis.check(make(redis_url=mortal_valkey.url))
    assert "Valkey" in lines(found, Level.OK)
    assert "appendfsync everysec" in lines(found, Level.WARNING)
    assert not lines(found, Level.PROBLEM)


async def test_eviction_and_missing_persistence_are_fixed(
    make: Make, mortal_valkey: ValkeyServer
) -> None:
    """Eviction and a missing append-only file are problems, and `--fix` changes both on the server."""
    with Redis.from_url(mortal_valkey.url) as server:
        server.config_set("maxmemory-policy", "allkeys-lru")
        server.config_set("appendonly", "no")
    settings = make(redis_url=mortal_valkey.url)
    said = lines(await redis.check(settings), Level.PROBLEM)
    assert "allkeys-lru" in said
    assert "append-only" in said
    report = await examine({"redis": redis.check}, settings, fix=True)
    assert not lines(report["redis"], Level.PROBLEM)


async def test_nearly_full_redis_is_a_problem(make: Make, mortal_valkey: ValkeyServer) -> None:
    """A nearly full Redis is a problem before writes fail."""
    with Redis.from_url(mortal_valkey.url) as server:
        server.config_set("maxmemory", "1mb")
    said = lines(await redis.check(make(redis_url=mortal_valkey.url)), Level.PROBLEM)
    assert "of its memory; when it is full" in said


async def test_replica_is_a_problem(make: Make, mortal_valkey: ValkeyServer) -> None:
    """A replica is a problem: it answers and refuses writes."""
    with Redis.from_url(mortal_valkey.url) as server:
        server.replicaof("127.0.0.1", "1")
    said = lines(await redis.check(make(redis_url=mortal_valkey.url)), Level.PROBLEM)
    assert "replica" in said


@pytest.mark.slow
async def test_sentinel_setup_needs_replicas(make: Make, tmp_path: Path) -> None:
    """With Sentinels two replicas pass; one is too few after a fail-over, and without any all writes wait."""
    with replication(tmp_path) as servers:
        settings = make(redis_url=servers.url)
        master, *replicas = servers.nodes
        for level in (Level.OK, Level.WARNING, Level.PROBLEM):
            wait_until(lambda: master.replicas() == len(replicas), "the master has noticed")
            found = await redis.check(settings)
            assert {one.level for one in found if "replica" in one.what} == {level} - {Level.OK}
            if replicas:
                replicas.pop().kill()


async def test_wrong_password_is_reported_without_the_password(
    make: Make, mortal_valkey: ValkeyServer
) -> None:
    """A wrong password is a problem that names the setting and does not show the password."""
    with Redis.from_url(mortal_valkey.url) as server:
        server.config_set("requirepass", "right")
    address = mortal_valkey.url.replace("unix://", "unix://:wrong-one@")
    (found,) = await redis.check(make(redis_url=address))
    assert found.level is Level.PROBLEM
    assert "redis_url" in found.to_do
    assert "wrong-one" not in f"{found.what}{found.to_do}"


async def test_unreachable_redis_is_a_problem(make: Make) -> None:
    """An unreachable Redis is reported at once, without waiting for a restart."""
    (found,) = await redis.check(make())
    assert "does not answer" in found.what


def test_queue_keys_equal_the_workers() -> None:
    """infra may not import the workers' queue names, so this test keeps both lists of keys equal."""
    assert tuple(Queue) == QUEUES
    assert health_key("updates") == "updates:health-check"
