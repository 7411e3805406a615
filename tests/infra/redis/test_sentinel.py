import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from arq.connections import ArqRedis
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from infra.redis.client import arq_settings, connect
from infra.redis.sentinel import SCHEME as SENTINEL
from infra.redis.sentinel import SentinelUrl
from tests.processes import TOKEN, Process, wait_until
from tests.sentinels import SERVICE, RedisNode, Replication, replication


# Like all our scripts, this one is safe to repeat.
async def write(redis: ArqRedis, value: str) -> None:
    await redis.register_script("return redis.call('SADD', 'written', ARGV[1])")(args=[value])


@pytest.fixture
def replicated(tmp_path: Path) -> Iterator[Replication]:
    with replication(tmp_path) as servers:
        yield servers


@pytest.fixture
async def redis(replicated: Replication) -> AsyncIterator[ArqRedis]:
    pool = connect(replicated.url)
    yield pool
    await pool.aclose(close_connection_pool=True)


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[RedisNode]:
    """A master without replicas, and its Sentinel."""
    node = RedisNode(tmp_path / "lone")
    try:
        node.start(node)
        wait_until(lambda: node.replicas() == 0, "the master answers")
        node.watch(node)
        yield node
    finally:
        node.kill()


async def test_connection_asks_sentinel_for_the_master(lone: RedisNode) -> None:
    """The client knows only the Sentinel's address, and writes to the master that it names."""
    redis = connect(f"{SENTINEL}{lone.host}:{lone.sentinel_port}?service={SERVICE}")
    try:
        await redis.set("written", "here")
    finally:
        await redis.aclose(close_connection_pool=True)
    with Redis(lone.host, lone.port) as master:
        assert master.get("written") == b"here"


async def test_script_without_a_replica_is_not_confirmed(lone: RedisNode) -> None:
    """A script has succeeded when a replica has its writes; here there is none."""
    url = f"{SENTINEL}{lone.host}:{lone.sentinel_port}?service={SERVICE}"
    patient, redis = connect(url), connect(url, retries=0)
    try:
        await patient.ping()
        with pytest.raises(RedisConnectionError, match="no replica has the write"):
            await write(redis, "count")
    finally:
        await patient.aclose(close_connection_pool=True)
        await redis.aclose(close_connection_pool=True)


@pytest.mark.slow
async def test_writes_survive_a_fail_over(redis: ArqRedis, replicated: Replication) -> None:
    """A caller that writes while the master dies waits for the next one, which has every acknowledged write."""
    master = replicated.master
    for number in range(20):
        await write(redis, str(number))
    master.kill()
    await write(redis, str(20))
    assert await redis.scard("written") == 21  # type: ignore[misc]  # redis-py's types
    assert replicated.master is not master


@pytest.mark.slow
async def test_client_leaves_a_demoted_master(redis: ArqRedis, replicated: Replication) -> None:
    """A manual fail-over kills no process: READONLY from the old master makes the client switch to the new one."""
    await write(redis, "before")
    old = replicated.master
    with Redis(old.host, old.sentinel_port) as sentinel:
        sentinel.execute_command("SENTINEL", "FAILOVER", "darkroom")
    async with asyncio.timeout(30):
        while replicated.master is old:
            await write(redis, "meanwhile")
    await write(redis, "after")
    written = await redis.smembers("written")  # type: ignore[misc]  # redis-py's types
    assert {b"before", b"after"} <= written


@pytest.mark.slow
async def test_unreplicated_read_is_not_trusted(replicated: Replication) -> None:
    """A master that is cut off from its replicas answers, but its answers are not used."""
    for node in replicated.nodes[1:]:
        for process in node.running:
            process.send_signal(signal.SIGSTOP)
    redis = connect(replicated.url, retries=0)
    try:
        with pytest.raises(RedisConnectionError, match="no replica has the write"):
            await write(redis, "count")
    finally:
        await redis.aclose(close_connection_pool=True)


@pytest.mark.slow
def test_arq_check_does_not_wait_for_a_hanging_sentinel(
    replicated: Replication, tmp_path: Path
) -> None:
    """A dead host never answers; without a bound every worker's health check would exceed its supervisor's timeout."""
    _, sentinel = replicated.nodes[0].running
    sentinel.send_signal(signal.SIGSTOP)
    with Redis(replicated.nodes[0].host, replicated.nodes[0].port) as redis:
        redis.set("img_queue:health-check", "alive")
    environment = {"redis_url": replicated.url, "tg_bot_token": TOKEN}
    command = ("-m", "arq", "--check", "worker.main.ImageWorker")
    checking = Process("check", command, environment, tmp_path).start()
    assert checking.wait(15) == 0, checking.log.read_text()


def test_url_names_the_sentinels_and_the_master() -> None:
    """Several hosts, an optional port, and credentials as in any URL."""
    url = SentinelUrl.parse("redis+sentinel://me:p%40ss@one:1,two/3?service=darkroom")
    assert url.sentinels == (("one", 1), ("two", 26379))
    assert (url.service, url.database, url.username, url.password) == ("darkroom", 3, "me", "p@ss")
    assert "p@ss" not in repr(url)


def test_arq_command_line_uses_the_same_sentinels() -> None:
    """`arq --check` opens its own connection, from arq's settings."""
    settings = arq_settings("redis+sentinel://me:pass@one:1,two/3?service=darkroom")
    assert settings.sentinel
    assert settings.sentinel_master == "darkroom"
    assert settings.host == [("one", 1), ("two", 26379)]
    assert (settings.database, settings.username, settings.password) == (3, "me", "pass")
    assert arq_settings("redis://one:7/2").host == "one"


@pytest.mark.parametrize(
    "rest", ["host:1", "host:1/x?service=a", "/0?service=a", "host:x?service=a", "a,,b?service=a"]
)
def test_invalid_sentinel_url_is_refused(rest: str) -> None:
    """The error shows the expected form, and does not repeat a password."""
    with pytest.raises(ValueError, match="Sentinels") as refusal:
        SentinelUrl.parse(f"redis+sentinel://me:secret@{rest}")
    assert "secret" not in str(refusal.value)
