import asyncio
from collections.abc import AsyncIterator

import pytest
from arq.connections import ArqRedis
from redis.exceptions import WatchError

from infra.redis import acquire, connect
from tests.infra.loopback import converse
from tests.valkey import ValkeyServer


@pytest.fixture
async def redis(mortal_valkey: ValkeyServer) -> AsyncIterator[ArqRedis]:
    pool = connect(mortal_valkey.url)
    yield pool
    await pool.aclose(close_connection_pool=True)


def restart(valkey: ValkeyServer) -> None:
    valkey.kill()
    valkey.start()


async def test_a_watched_key_outlives_a_restart(
    redis: ArqRedis, mortal_valkey: ValkeyServer
) -> None:
    """arq claims its jobs under WATCH: a server that dies in the middle of a claim must not kill the worker."""
    async with redis.pipeline() as claim:
        await claim.watch("claimed")
        restart(mortal_valkey)
        assert await claim.exists("claimed") == 0
        claim.multi()  # type: ignore[no-untyped-call]  # redis-py's own
        claim.set("claimed", 1)
        assert await claim.execute() == [True]


async def test_a_rival_is_seen_after_a_restart(
    redis: ArqRedis, mortal_valkey: ValkeyServer
) -> None:
    """The key is watched on the new connection too: a rival who is quicker wins."""
    async with redis.pipeline() as claim:
        await claim.watch("claimed")
        restart(mortal_valkey)
        await claim.exists("claimed")
        await redis.set("claimed", "by a rival")
        claim.multi()  # type: ignore[no-untyped-call]  # redis-py's own
        claim.set("claimed", "by us")
        with pytest.raises(WatchError):
            await claim.execute()


async def test_a_connection_that_breaks_at_its_greeting_is_made_again(valkey: ValkeyServer) -> None:
    """A server that dies between a connect and its first answer must not kill whoever has just come."""
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
        redis = connect(url.replace("http", "redis"), retries=0)
        assert await redis.ping()
        await redis.aclose(close_connection_pool=True)
    assert greeted == 2


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
    writer.close()


async def test_what_is_acquired_once_stays_its_owners(redis: ArqRedis) -> None:
    """Whoever asks again after a lost answer or a death is still the first; anybody else comes second."""
    asked = [await acquire(redis, "mine", owner, 60) for owner in ("one", "two", "one")]
    assert asked == [True, False, True]
