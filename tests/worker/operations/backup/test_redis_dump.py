from pathlib import Path

import pytest
from arq.connections import ArqRedis

from worker.operations.backup.redis_dump import DumpError, dump, load, records


async def fill(redis: ArqRedis) -> None:
    async with redis.pipeline() as pipe:
        pipe.set("text", b"\x00\xff")
        pipe.set("short-lived", 1, px=500_000)
        pipe.hset("hash", mapping={"a": "1"})
        pipe.zadd("sorted", {"one": 1})
        pipe.rpush("list", "x", "y")
        pipe.sadd("set", "member")
        await pipe.execute()


async def put_back(redis: ArqRedis, path: Path, prefix: bytes = b"") -> list[bytes]:
    return [
        key async for keys in load(redis, path, lambda key: key.startswith(prefix)) for key in keys
    ]


async def test_every_type_of_key_is_restored(redis: ArqRedis, tmp_path: Path) -> None:
    """Bytes, lists, sets, scores and expiry times are restored."""
    await fill(redis)
    assert await dump(redis, tmp_path / "redis.gz") == 6
    await redis.flushall()
    assert len(await put_back(redis, tmp_path / "redis.gz")) == 6
    async with redis.pipeline() as pipe:
        pipe.get("text")
        pipe.hgetall("hash")
        pipe.zscore("sorted", "one")
        pipe.lrange("list", 0, -1)
        pipe.smembers("set")
        found = await pipe.execute()
    assert found == [b"\x00\xff", {b"a": b"1"}, 1, [b"x", b"y"], {b"member"}]
    assert 400_000 < await redis.pttl("short-lived") <= 500_000


async def test_only_selected_keys_are_restored(redis: ArqRedis, tmp_path: Path) -> None:
    """The restore selects keys by name."""
    await fill(redis)
    await dump(redis, tmp_path / "redis.gz")
    await redis.flushall()
    assert sorted(await put_back(redis, tmp_path / "redis.gz", b"s")) == [
        b"set",
        b"short-lived",
        b"sorted",
    ]


async def test_many_keys_are_read_in_batches(redis: ArqRedis, tmp_path: Path) -> None:
    """No key is lost between batches."""
    await redis.mset({f"key-{number}": number for number in range(1001)})
    await dump(redis, tmp_path / "redis.gz")
    assert {record.key for record in records(tmp_path / "redis.gz")} == {
        f"key-{number}".encode() for number in range(1001)
    }


async def test_truncated_file_is_refused(redis: ArqRedis, tmp_path: Path) -> None:
    """A truncated file and a file of another kind are refused."""
    await fill(redis)
    path = tmp_path / "redis.gz"
    await dump(redis, path)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(DumpError, match="truncated"):
        list(records(path))
    path.write_bytes(b"something else")
    with pytest.raises(DumpError):
        list(records(path))
