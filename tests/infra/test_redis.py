from collections.abc import AsyncIterator

import pytest
from arq.connections import ArqRedis
from redis.exceptions import WatchError

from infra.redis import connect
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
