import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from arq.connections import ArqRedis
from redis.exceptions import ResponseError, WatchError

from infra.redis.client import (
    UNAVAILABLE,
    RedisRefusal,
    acquire,
    connect,
    write_until_taken,
)
from tests.infra.loopback import converse
from tests.processes import eventually
from tests.refusals import WAYS, refusing
from tests.valkey import ValkeyServer


@pytest.fixture
async def redis(mortal_valkey: ValkeyServer) -> AsyncIterator[ArqRedis]:
    pool = connect(mortal_valkey.url)
    yield pool
    await pool.aclose(close_connection_pool=True)


def restart(valkey: ValkeyServer) -> None:
    valkey.kill()
    valkey.start()


async def test_watched_key_survives_a_restart(redis: ArqRedis, mortal_valkey: ValkeyServer) -> None:
    """arq claims its jobs under WATCH: a server that dies in the middle of a claim must not kill the worker."""
    async with redis.pipeline() as claim:
        await claim.watch("claimed")
        restart(mortal_valkey)
        assert await claim.exists("claimed") == 0
        claim.multi()  # type: ignore[no-untyped-call]  # redis-py's own
        claim.set("claimed", 1)
        assert await claim.execute() == [True]


async def test_concurrent_write_is_seen_after_a_restart(
    redis: ArqRedis, mortal_valkey: ValkeyServer
) -> None:
    """The key is watched on the new connection too: a concurrent write wins."""
    async with redis.pipeline() as claim:
        await claim.watch("claimed")
        restart(mortal_valkey)
        await claim.exists("claimed")
        await redis.set("claimed", "by a rival")
        claim.multi()  # type: ignore[no-untyped-call]  # redis-py's own
        claim.set("claimed", "by us")
        with pytest.raises(WatchError):
            await claim.execute()


async def test_connection_that_breaks_during_the_handshake_is_repeated(
    valkey: ValkeyServer,
) -> None:
    """A server that dies between a connect and its first response must not kill the caller."""
    greeted = 0

    async def hang_up_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal greeted
        greeted += 1
        if greeted > 1:
            async with asyncio.TaskGroup() as tasks:
                to_server = await asyncio.open_unix_connection(valkey.url.removeprefix("unix://"))
                tasks.create_task(pump(reader, to_server[1]))
                tasks.create_task(pump(to_server[0], writer))

    async with converse(hang_up_once) as url:
        redis = connect(url.replace("http", "redis"), retries=2)
        assert await redis.ping()
        await redis.aclose(close_connection_pool=True)
    assert greeted == 2


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
    writer.close()


async def test_closed_idle_connection_is_replaced(mortal_valkey: ValkeyServer) -> None:
    """A connection that the server has closed meanwhile costs no retry."""
    redis = connect(mortal_valkey.url, retries=0)
    own = await redis.client_id()
    admin = connect(mortal_valkey.url)
    await admin.client_kill_filter(_id=own)
    await asyncio.sleep(0.05)
    assert await redis.client_id() != own
    for pool in (redis, admin):
        await pool.aclose(close_connection_pool=True)


async def test_unread_reply_is_not_taken_for_the_next_one(redis: ArqRedis) -> None:
    """A connection with a reply that nobody has read is replaced."""
    connection = await redis.connection_pool.get_connection()
    await connection.send_command("ECHO", "an earlier reply")
    await redis.connection_pool.release(connection)
    await asyncio.sleep(0.05)
    assert await redis.echo("the reply") == b"the reply"


async def test_acquire_once_is_idempotent_for_its_owner(redis: ArqRedis) -> None:
    """After a lost response or a crash the same owner still holds it; another caller does not get it."""
    asked = [await acquire(redis, "mine", owner, 60) for owner in ("one", "two", "one")]
    assert asked == [True, False, True]


async def count(redis: ArqRedis) -> Any:
    return await redis.register_script("return redis.call('INCR', 'counted')")()


# A server with too many clients may hang up before its answer is read.
@pytest.mark.slow
@pytest.mark.parametrize("code", sorted(WAYS.keys() - {"MAXCLIENTS"}))
async def test_refusal_is_named(mortal_valkey: ValkeyServer, code: str) -> None:
    """A server that answers and accepts no commands counts as unavailable, with its error code as the reason."""
    redis = connect(mortal_valkey.url, retries=1)
    with refusing(mortal_valkey, code), pytest.raises(UNAVAILABLE) as raised:
        await count(redis)
    await redis.aclose(close_connection_pool=True)
    assert isinstance(raised.value, RedisRefusal)
    assert f"({code})" in str(raised.value)


@pytest.mark.slow
@pytest.mark.parametrize("code", WAYS)
async def test_refusal_is_waited_out(
    redis: ArqRedis, mortal_valkey: ValkeyServer, code: str
) -> None:
    """A script, a transaction and a plain command wait, and each runs once when the server accepts commands again."""
    with refusing(mortal_valkey, code):
        writes = [
            asyncio.ensure_future(count(redis)),
            asyncio.ensure_future(_count_in_transaction(redis)),
            asyncio.ensure_future(redis.incr("counted")),
        ]
        await asyncio.sleep(0.5)
        assert not any(write.done() for write in writes)
    async with asyncio.timeout(15):
        await asyncio.gather(*writes)
    assert await redis.get("counted") == b"3"


async def _count_in_transaction(redis: ArqRedis) -> None:
    async with redis.pipeline(transaction=True) as pipe:
        pipe.incr("counted")
        pipe.set("also", 1)
        await pipe.execute()


async def test_loading_server_is_waited_for(mortal_valkey: ValkeyServer) -> None:
    """A server that loads much data answers LOADING for a while."""
    redis = connect(mortal_valkey.url)
    for number in range(30):
        await redis.set(f"key{number}", 1)
    mortal_valkey.stop()
    mortal_valkey.start("--key-load-delay", "20000", wait=False)
    assert await redis.incr("counted") == 1
    assert await redis.dbsize() == 31
    await redis.aclose(close_connection_pool=True)


@pytest.mark.parametrize("source", ["return redis.call('INCR', 'a-list')", "return nil + 1"])
async def test_bug_in_a_script_is_not_an_outage(redis: ArqRedis, source: str) -> None:
    """A type error and a Lua error are raised at once, unchanged."""
    await redis.rpush("a-list", "x")  # type: ignore[misc]  # redis-py's types
    with pytest.raises(ResponseError) as raised:
        async with asyncio.timeout(1):
            await redis.register_script(source)()
    assert not isinstance(raised.value, UNAVAILABLE)


@pytest.mark.slow
async def test_hanging_server_is_waited_for(redis: ArqRedis, mortal_valkey: ValkeyServer) -> None:
    """The server answers nobody for longer than the command timeout, new connections included."""
    await redis.ping()
    await redis.execute_command("CLIENT", "PAUSE", "2500", "ALL")  # type: ignore[no-untyped-call]  # redis-py's
    other = connect(mortal_valkey.url)
    async with asyncio.timeout(15):
        await asyncio.gather(redis.set("a", 1), other.set("b", 1))
    await other.aclose(close_connection_pool=True)


async def test_durable_write_outlives_its_caller(
    mortal_valkey: ValkeyServer,
) -> None:
    """A task's timeout ends the caller; the write continues until Redis accepts it."""
    redis = connect(mortal_valkey.url, retries=0)
    with refusing(mortal_valkey, "OOM"):
        caller = asyncio.create_task(write_until_taken(lambda: redis.set("paid", 1)))
        await asyncio.sleep(0.2)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
    await eventually(partial(redis.exists, "paid"), "the write is taken", seconds=10)
    await redis.aclose(close_connection_pool=True)
