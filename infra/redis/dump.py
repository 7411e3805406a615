"""A Redis as one compressed file, read and written over the connection: https://redis.io/docs/latest/commands/dump/.

Each key is as it stood at one moment; different keys are of different moments, for nobody is kept waiting. Memory
holds a few hundred keys at a time.

The file is gzip around records: the lengths of key and value, the time of expiry in milliseconds since the epoch (0 is
never), key, value. The last record has no key, so that a file which was cut off is known as such.
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
    """The file is no whole dump, or this server cannot take it."""


class Record(NamedTuple):
    """A key with its value as Redis writes it down; `expires_at` is milliseconds since the epoch, 0 is never."""

    key: bytes
    value: bytes
    expires_at: int


async def dump(redis: ArqRedis, path: Path, advance: Callable[[int], None] = lambda _: None) -> int:
    """Write every key there is to a new file; returns how many. A key that changes its place may come twice.

    `advance` is called with the number of keys of each batch.
    """
    number = 0
    with gzip.open(path, "xb") as file:
        file.write(_MAGIC)
        async for batch in _scan(redis):
            for record in await _read(redis, batch):
                _write(file, record)
                number += 1
            advance(len(batch))
        file.write(_HEAD.pack(0, 0, 0))
    return number


async def load(
    redis: ArqRedis, path: Path, wanted: Callable[[bytes], bool]
) -> AsyncIterator[list[bytes]]:
    """Write the wanted keys of a file into Redis, in place of what they were; yields the keys of each batch.

    Raises DumpError for a file that is none, is cut off, or was written by a newer server than this.
    """
    batch: list[Record] = []
    for record in records(path):
        if wanted(record.key):
            batch.append(record)
        if len(batch) == _BATCH:
            yield await _restore(redis, batch)
            batch = []
    yield await _restore(redis, batch)


def records(path: Path) -> Iterator[Record]:
    """What is in a file; raises DumpError once it has no end."""
    try:
        with gzip.open(path, "rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise DumpError(f"{path} is no dump of Darkroom's.")
            while record := _next(file):
                yield record
    except (EOFError, OSError, struct.error) as error:
        raise DumpError(f"{path} is damaged or was cut off: take another backup.") from error


async def _scan(redis: ArqRedis) -> AsyncIterator[list[bytes]]:
    cursor = None
    while cursor != 0:
        cursor, keys = await redis.scan(cursor or 0, count=_BATCH)
        if keys:
            yield keys


async def _read(redis: ArqRedis, keys: Sequence[bytes]) -> list[Record]:
    async with redis.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.dump(key)
            pipe.pttl(key)
        answers = await pipe.execute()
    now = int(time.time() * 1000)
    return [
        Record(key, value, now + left if left > 0 else 0)
        for key, value, left in zip(keys, answers[::2], answers[1::2], strict=True)
        if value is not None  # it was gone before it was its turn
    ]


def _write(file: gzip.GzipFile, record: Record) -> None:
    file.write(_HEAD.pack(len(record.key), len(record.value), record.expires_at))
    file.write(record.key)
    file.write(record.value)


def _next(file: gzip.GzipFile) -> Record | None:
    key_length, value_length, expires_at = _HEAD.unpack(file.read(_HEAD.size))
    if not key_length:
        return None
    key, value = file.read(key_length), file.read(value_length)
    if len(value) < value_length:
        raise EOFError
    return Record(key, value, expires_at)


async def _restore(redis: ArqRedis, batch: Sequence[Record]) -> list[bytes]:
    try:
        async with redis.pipeline(transaction=False) as pipe:
            for key, value, expires_at in batch:
                pipe.restore(key, expires_at, value, replace=True, absttl=True)
            await pipe.execute()
    except ResponseError as error:
        raise DumpError(
            "This Redis cannot read what another wrote: take one at least as new as the one that was backed up."
        ) from error
    return [record.key for record in batch]
