"""Store of fal's webhooks: webhook_app verifies and stores them, `track` handles them."""

from collections.abc import Sequence
from dataclasses import dataclass

from arq.connections import ArqRedis

from infra.redis.client import Script
from worker.model import ADOPTABLE, AT_FAL, Job, Status
from worker.queues.names import Task, definition
from worker.queues.scripts import ENQUEUE, SCHEDULE

PATH = "/fal/webhook/{job_id}/{token}"
#: Statuses in which a job expects a webhook.
AWAITING = ADOPTABLE | AT_FAL
#: Bytes. A larger body is not stored; the status is requested from fal instead.
MAX_KEPT = 256 * 1024

KEPT_SECONDS = 3600
# Seconds. After this time without a webhook polls are frequent until the next one.
WORKING_SECONDS = 3600

# A job that ended in doubt still accepts a webhook: see Job.ended_in_doubt.
_ENQUEUE = f"""{ENQUEUE}{SCHEDULE}
local id, queue, awaiting, request_id, body = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local track = ARGV[6]
redis.call('SET', 'darkroom:fal-webhooks:working', now, 'EX', {WORKING_SECONDS})
local status = redis.call('HGET', 'darkroom:job:' .. id, 'status')
local failure = redis.call('HGET', 'darkroom:job:' .. id, 'failure')
local in_doubt = status == '{Status.EXPIRED}' or (status == '{Status.FAILED}' and failure == '{Status.UNCONFIRMED}')
if not in_doubt and not string.find(awaiting, ' ' .. (status or '') .. ' ', 1, true) then return 0 end
redis.call('HSET', 'darkroom:fal-webhook:' .. id, 'request_id', request_id, 'body', body)
redis.call('EXPIRE', 'darkroom:fal-webhook:' .. id, {KEPT_SECONDS})
schedule(queue, id, now, track)
return 1
"""

# A webhook that arrived during the poll was not missed.
_MISS = """
if redis.call('EXISTS', 'darkroom:fal-webhook:' .. ARGV[1]) == 1 then return 0 end
return redis.call('DEL', 'darkroom:fal-webhooks:working')
"""


@dataclass(frozen=True)
class Webhook:
    """A verified webhook; an empty body was too large to store."""

    request_id: str
    body: bytes


def webhook_url(public_url: str, job_id: str, token: str) -> str:
    return public_url + PATH.format(job_id=job_id, token=token)


class WebhookStore:
    """The last webhook of each job, and whether webhooks arrive at all."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._enqueue = Script(redis, _ENQUEUE)
        self._miss = Script(redis, _MISS)

    async def enqueue(self, job: Job, webhook: Webhook) -> bool:
        """Store a webhook and wake `track` for its job, in one step; False if the job expects none."""
        body = webhook.body if len(webhook.body) <= MAX_KEPT else b""
        taken = await self._enqueue(
            job.id,
            job.queue,
            f" {' '.join(sorted(AWAITING))} ",
            webhook.request_id,
            body,
            definition(Task.TRACK, job.queue),
        )
        return bool(taken)

    async def get_many(self, job_ids: Sequence[str]) -> dict[str, Webhook]:
        """Return the webhooks of these jobs in one round trip."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for job_id in job_ids:
                pipe.hgetall(f"darkroom:fal-webhook:{job_id}")
            found = zip(job_ids, await pipe.execute(), strict=True)
        return {job_id: _webhook(stored) for job_id, stored in found if stored}

    async def forget(self, job_id: str) -> None:
        """Delete a webhook that was handled or cannot be handled."""
        await self._redis.delete(f"darkroom:fal-webhook:{job_id}")

    async def miss(self, job_id: str) -> bool:
        """Stop relying on webhooks if a poll found an ended job without one; True if they were relied on until now."""
        return bool(await self._miss(job_id))

    async def are_working(self) -> bool:
        """Return whether a webhook arrived within the last hour and none was missed since."""
        return bool(await self._redis.exists("darkroom:fal-webhooks:working"))

    async def count_refusal(self, status: int) -> None:
        """Count a refused webhook request by its HTTP status."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hincrby("darkroom:fal-webhooks:refused", str(status), 1)
            await pipe.execute()


def _webhook(stored: dict[bytes, bytes]) -> Webhook:
    return Webhook(stored[b"request_id"].decode(), stored[b"body"])
