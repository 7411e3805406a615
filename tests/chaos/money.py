"""The ledger of a run against fal's billing events, job by job: each request at fal belongs to one job."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx
from arq.connections import ArqRedis

from infra.redis.client import connect
from tests.fal_process import bills
from tests.processes import Installation
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import UNLIMITED
from worker.model import Job

#: Dollars that a user of a run may spend a day: more than its orders cost.
USER_BUDGET = 0.05
_MICRO = 1_000_000


@dataclass(frozen=True)
class Money:
    """Numbers of jobs and requests; `off` is millionths of a dollar.

    `agreeing` jobs have their bill, and it is fal's; `wrong` ones have another. Of `unread` ones the bill is not known:
    the estimate counts. `unclaimed` requests are billed and belong to no job; only jobs `in_doubt` can have
    posted them. `off` is the difference between the ledger and its jobs.
    """

    agreeing: int
    wrong: Sequence[str]
    unread: int
    unclaimed: int
    in_doubt: int
    off: int
    overrun: Sequence[int]

    @property
    def is_clean(self) -> bool:
        is_explained = self.unclaimed <= self.in_doubt
        return is_explained and not (self.wrong or self.off or self.overrun)


async def compare(installation: Installation, http: httpx.AsyncClient) -> Money:
    redis = connect(installation.redis_url)
    try:
        return await _compare(redis, await bills(http, installation.fal_url, by="request_id"))
    finally:
        await redis.aclose(close_connection_pool=True)


async def _compare(redis: ArqRedis, billed_micros: Mapping[str, int]) -> Money:
    jobs = await _jobs(redis)
    claims = {name: await redis.get(f"darkroom:fal-request:{name}") for name in billed_micros}
    billed: Counter[str] = Counter()
    for request_id, job_id in claims.items():
        if job_id:
            billed[job_id.decode()] += billed_micros[request_id]
    read = [job for job in jobs if job.units is not None]
    wrong = [
        f"{job.id} {job.status}: {_micros(job)}, fal: {billed[job.id]}"
        for job in read
        if _micros(job) != billed[job.id]
    ]
    account = await Ledger(redis).read(2)
    return Money(
        agreeing=len(read) - len(wrong),
        wrong=wrong,
        unread=sum(job.units is None and _micros(job) > 0 for job in jobs),
        unclaimed=sum(job_id is None for job_id in claims.values()),
        in_doubt=sum(_is_in_doubt(job) for job in jobs),
        off=round(account.total.dollars * _MICRO) - sum(map(_micros, jobs)),
        overrun=[user for user, used in account.users.items() if used.dollars > USER_BUDGET],
    )


def _micros(job: Job) -> int:
    return round((job.cost or 0) * _MICRO)


def _is_in_doubt(job: Job) -> bool:
    return "unconfirmed" in {job.failure, job.status} or job.cancellation == "unknown"


async def _jobs(redis: ArqRedis) -> list[Job]:
    store = JobStore(redis, UNLIMITED, time.time)
    page = await store.page(limit=100)
    jobs = page.jobs
    while page.cursor:
        page = await store.page(cursor=page.cursor, limit=100)
        jobs += page.jobs
    return jobs
