"""Dump of a Redis database to a compressed file, and restore: https://redis.io/docs/latest/commands/dump/.

Each key is consistent, but different keys are read at different moments, because nothing is locked. A few hundred keys
are in memory at a time.

The file is gzip of records: the lengths of key and value, the expiry in milliseconds since the epoch (0 is never), key,
value. The last record has no key, so that a truncated file is detected.
"""

import gzip
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from arq.connections import ArqRedis
from redis.exceptions import ResponseError

from infra.errors import DarkroomError

_MAGIC = b"darkroom redis dump 1\n"
_HEAD = struct.Struct(">IIq")
_BATCH = 200


class DumpError(DarkroomError):
    """The file is not a complete dump, or this server cannot restore it."""


class Record(NamedTuple):
    """A key with its value in Redis's DUMP format; `expires_at` is milliseconds since the epoch, 0 is never."""

    key: bytes
    value: bytes
    expires_at: int


async def dump(redis: ArqRedis, path: Path, advance: Callable[[int], None] = lambda _: None) -> int:
    """Write every key to a new file and return their number. SCAN may return a key twice.

    `advance` is called with the number of keys of each batch.
    """
    number, cursor = 0, None
    with gzip.open(path, "xb") as file:
        file.write(_MAGIC)
        while cursor != 0:
            cursor, keys = await redis.scan(cursor or 0, count=_BATCH)
            for record in await read_keys(redis, keys):
                file.write(_HEAD.pack(len(record.key), len(record.value), record.expires_at))
                file.write(record.key)
                file.write(record.value)
                number += 1
            advance(len(keys))
        file.write(_HEAD.pack(0, 0, 0))
    return number


async def load(
    redis: ArqRedis, path: Path, wanted: Callable[[bytes], bool]
) -> AsyncIterator[list[bytes]]:
    """Write the wanted keys of a file to Redis, replacing existing values; yield the keys of each batch.

    Raises DumpError for a file that is not a dump, is truncated, or was written by a newer server.
    """
    batch: list[Record] = []
    for record in records(path):
        if wanted(record.key):
            batch.append(record)
        if len(batch) == _BATCH:
            yield await restore_keys(redis, batch)
            batch = []
    yield await restore_keys(redis, batch)


def records(path: Path) -> Iterator[Record]:
    """Yield the records of a file; raise DumpError if it is truncated or damaged."""
    try:
        with gzip.open(path, "rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise DumpError(f"{path} is not a dump of Darkroom.")
            while record := next_entry(file):
                yield record
    except (EOFError, OSError, struct.error) as error:
        raise DumpError(f"{path} is damaged or truncated: use another backup.") from error


def next_entry(file: gzip.GzipFile) -> Record | None:
    key_length, value_length, expires_at = _HEAD.unpack(file.read(_HEAD.size))
    if not key_length:
        return None
    key, value = file.read(key_length), file.read(value_length)
    if len(value) < value_length:
        raise EOFError
    return Record(key, value, expires_at)


async def read_keys(redis: ArqRedis, keys: Sequence[bytes]) -> list[Record]:
    async with redis.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.dump(key)
            pipe.pttl(key)
        answers = await pipe.execute()
    now = int(time.time() * 1000)
    return [
        Record(key, value, now + left if left > 0 else 0)
        for key, value, left in zip(keys, answers[::2], answers[1::2], strict=True)
        if value is not None  # deleted or expired meanwhile
    ]


async def restore_keys(redis: ArqRedis, batch: Sequence[Record]) -> list[bytes]:
    try:
        async with redis.pipeline(transaction=False) as pipe:
            for key, value, expires_at in batch:
                pipe.restore(key, expires_at, value, replace=True, absttl=True)
            await pipe.execute()
    except ResponseError as error:
        raise DumpError(
            "This Redis cannot read the dump: use a version at least as new as the one that was backed up."
        ) from error
    return [record.key for record in batch]
