"""Store of fal's webhooks: webhook_app verifies and stores them, `track` handles them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from arq.connections import ArqRedis

from infra.redis.script import Key, lua_script
from worker.model import ADOPTABLE, AT_FAL, Job
from worker.queues.names import Clock, Task, definition

PATH = "/fal/webhook/{job_id}/{token}"
#: Statuses in which a job expects a webhook.
AWAITING = ADOPTABLE | AT_FAL
#: Bytes. A larger body is not stored; the status is requested from fal instead.
MAX_KEPT = 256 * 1024

KEPT_SECONDS = 3600
# Seconds. After this time without a webhook polls are frequent until the next one.
WORKING_SECONDS = 3600
# A job with a webhook is polled before those that are due for less time than this.
URGENT_MS = 60_000
# Seconds for which this process uses what it read last: every poll asks whether webhooks work.
_FRESH = 1
_WORKING = "darkroom:fal-webhooks:working"


@lua_script
async def store_webhook(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis,
    *,
    job: Key,
    webhook: Key,
    job_id: str,
    queue: str,
    awaiting: str,
    request_id: str,
    body: bytes,
    track: bytes,
) -> Any:
    """Store a webhook and poll its job at once: 0 if its status is none of `awaiting` (between blanks)."""


@lua_script
async def miss_webhook(redis: ArqRedis, *, webhook: Key, working: Key) -> Any:
    """Stop relying on webhooks: 0 if one has arrived, or if they were not relied on."""


@dataclass(frozen=True)
class Webhook:
    """A verified webhook; an empty body was too large to store."""

    request_id: str
    body: bytes


def webhook_url(public_url: str, job_id: str, token: str) -> str:
    return public_url + PATH.format(job_id=job_id, token=token)


class WebhookStore:
    """The last webhook of each job, and whether webhooks arrive at all."""

    def __init__(self, redis: ArqRedis, clock: Clock = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        # Whether webhooks worked, and until when this process uses that.
        self._worked, self._fresh_until = False, 0.0

    async def enqueue(self, job: Job, webhook: Webhook) -> bool:
        """Store a webhook and wake `track` for its job, in one step; False if the job expects none."""
        self._fresh_until = 0
        body = webhook.body if len(webhook.body) <= MAX_KEPT else b""
        taken = await store_webhook(
            self._redis,
            job=f"darkroom:job:{job.id}",
            webhook=_key(job.id),
            job_id=job.id,
            queue=job.queue,
            awaiting=f" {' '.join(sorted(AWAITING))} ",
            request_id=webhook.request_id,
            body=body,
            track=definition(Task.TRACK, job.queue),
        )
        return bool(taken)

    async def get_many(self, job_ids: Sequence[str]) -> dict[str, Webhook]:
        """Return the webhooks of these jobs in one round trip."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for job_id in job_ids:
                pipe.hgetall(_key(job_id))
            found = zip(job_ids, await pipe.execute(), strict=True)
        return {
            job_id: Webhook(stored[b"request_id"].decode(), stored[b"body"])
            for job_id, stored in found
            if stored
        }

    async def forget(self, job_id: str) -> None:
        """Delete a webhook that was handled or cannot be handled."""
        await self._redis.delete(_key(job_id))

    async def miss(self, job_id: str) -> bool:
        """Stop relying on webhooks if a poll found an ended job without one; True if they were relied on until now."""
        self._fresh_until = 0
        return bool(await miss_webhook(self._redis, webhook=_key(job_id), working=_WORKING))

    async def are_working(self) -> bool:
        """Return whether a webhook arrived within the last hour and none was missed since, as of a second ago."""
        if self._clock() >= self._fresh_until:
            self._worked = bool(await self._redis.exists(_WORKING))
            self._fresh_until = self._clock() + _FRESH
        return self._worked

    async def count_refusal(self, status: int) -> None:
        """Count a refused webhook request by its HTTP status."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hincrby("darkroom:fal-webhooks:refused", str(status), 1)
            await pipe.execute()


def _key(job_id: str) -> str:
    return f"darkroom:fal-webhook:{job_id}"
