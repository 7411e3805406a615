import time
from enum import StrEnum
from typing import Any

import pytest
from arq.connections import ArqRedis

from infra.redis.client import connect
from infra.redis.script import Key, Values, lua_script
from tests.valkey import ValkeyServer


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


COLOURS = tuple(Colour)
WARM = frozenset({Colour.RED})


@lua_script
async def count(
    redis: ArqRedis, *, counter: Key, text: str, number: int, flag: bool, rest: Values
) -> Any: ...


async def counted(redis: ArqRedis, *rest: str) -> list[Any]:
    answer: list[Any] = await count(
        redis, counter="counter", text="5", number=5, flag=False, rest=rest
    )
    return answer


async def test_signature_names_keys_and_arguments(redis: ArqRedis) -> None:
    """Lua gets each value by its name and type, the constants and functions that it requires, and Redis' time."""
    *answer, now = await counted(redis, "a", "b")
    assert answer == [1, b"string", b"number", b"false", 2, b"b", b"true", b"nil", b"blue", 10]
    assert now / 1000 == pytest.approx(time.time(), abs=5)


async def test_script_missing_from_the_cache_is_sent_again(redis: ArqRedis) -> None:
    """A restart or SCRIPT FLUSH empties the script cache."""
    await counted(redis)
    await redis.script_flush()
    assert (await counted(redis))[0] == 2


async def test_script_runs_on_several_servers(redis: ArqRedis, valkey: ValkeyServer) -> None:
    """A process with several bots uses several databases with the same scripts."""
    other = connect(valkey.url)
    await counted(redis)
    assert (await counted(other))[0] == 2
    await other.aclose(close_connection_pool=True)
