"""Packing of the records of jobs that ended long ago (ADR 23).

A record is packed a day after its job's last step, when nothing that is planned changes it any more. A later change
unpacks it first (`JobStore`), and the next pass packs it again. A pass begins with the oldest job, resumes where the
last run stopped, and also packs what earlier versions have left.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import batched
from typing import Any

from arq.connections import ArqRedis
from loguru import logger

from infra.redis.script import Key, Value, Values, lua_script
from worker.jobs.record import pack, unpack

#: Milliseconds. The version before, which cannot read packed records, may still run or be started again for this time
#: after the first worker of this version.
ROLLBACK_MS = 24 * 3600 * 1000
#: Milliseconds after a job's last step. fal repeats its webhook for two hours.
SETTLED_MS = 24 * 3600 * 1000
# Limits of a run: jobs that one script looks at, such pages, and jobs that are packed.
_PAGE, _PAGES, _MOST = 500, 10, 500
# Records that one script writes.
_AT_ONCE = 20
#: The time from which on records are packed, and the job up to which the current pass has come.
PACK_FROM, PACKED = "darkroom:pack-from", "darkroom:packed"

type _Form = Callable[[str, Mapping[bytes, bytes]], dict[bytes, bytes]]


@lua_script
async def find_packable(redis: ArqRedis, *, pack_from: Key, packed: Key, page: int) -> Any:
    """Return the number of jobs of the next page, and the ids of those whose records can be packed."""


@lua_script
async def replace_records(redis: ArqRedis, *, records: Values) -> Any:
    """Replace the records that are unchanged: their number.

    `records` has for each: its key, the numbers of its fields before and after, and their names and values in turn.
    """


class Packing:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def run(self) -> None:
        """Do a part of a pass."""
        if packed := await self.sweep():
            logger.info("packed {} records of ended jobs", packed)

    async def sweep(self) -> int:
        """Pack a limited number of records, unless an upgrade may be running; return their number."""
        packed = 0
        for _ in range(_PAGES):
            seen, *found = await find_packable(
                self._redis, pack_from=PACK_FROM, packed=PACKED, page=_PAGE
            )
            packed += await self.pack([job_id.decode() for job_id in found])
            if seen < _PAGE or packed >= _MOST:
                break
        return packed

    async def pack(self, job_ids: Iterable[str]) -> int:
        """Pack these records; return their number. One that changes meanwhile stays as it is."""
        return await self._rewrite(job_ids, pack)

    async def unpack(self, job_ids: Iterable[str]) -> int:
        """Unpack these records; return their number. Raises ValueError if one is damaged."""
        return await self._rewrite(job_ids, unpack)

    async def unpack_all(self) -> int:
        """Unpack all readable records, for the version before; return their number. None is packed again for a day."""
        await self._redis.delete(PACK_FROM)
        ids = [job_id.decode() async for job_id, _ in self._redis.zscan_iter("darkroom:jobs")]
        return await self._rewrite(ids, _unpack_readable)

    async def _rewrite(self, job_ids: Iterable[str], form: _Form) -> int:
        replaced = 0
        for some in batched(job_ids, _AT_ONCE):
            async with self._redis.pipeline(transaction=False) as pipe:
                for job_id in some:
                    pipe.hgetall(f"darkroom:job:{job_id}")
                found = await pipe.execute()
            records = list[Value]()
            for job_id, before in zip(some, found, strict=True):
                after = form(job_id, before) if before else {}
                if after.keys() != before.keys():
                    records += [f"darkroom:job:{job_id}", len(before), len(after)]
                    fields = (*before.items(), *after.items())
                    records += [part for field in fields for part in field]
            if records:
                replaced += int(await replace_records(self._redis, records=records))
        return replaced


def _unpack_readable(job_id: str, stored: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    try:
        return unpack(job_id, stored)
    except ValueError:
        return dict(stored)
