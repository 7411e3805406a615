"""The image worker's tasks, which a test runs one at a time."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from arq.connections import ArqRedis

from infra.fal.tasks import TaskId
from infra.redis.client import connect
from infra.settings import Settings
from tests.infra.loopback import serve, unused_url
from tests.processes import TOKEN
from tests.worker.generation.fal import REQUEST_ID, Fal
from tests.worker.jobs.test_store import request
from worker.composition import Work, compose
from worker.jobs.fal_webhooks import Webhook, WebhookStore
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Job
from worker.queues.names import Queue, Task

PUBLIC_URL = "https://darkroom.example"


@dataclass(frozen=True)
class Worker:
    """The image worker's tasks, the receiving end of webhooks, and a fal that the test controls."""

    work: Work
    redis: ArqRedis
    fal: Fal
    jobs: JobStore
    webhooks: WebhookStore

    async def submit(self, job: Job) -> Job:
        await self.work[Task.SUBMIT](job.id)
        return await self.read(job)

    async def look(self, job: Job) -> Job:
        """Poll the job now, regardless of its next poll."""
        await self.redis.zadd("darkroom:due:img_queue", {job.id: 0})
        await self.work[Task.TRACK](Queue.IMAGES)
        return await self.read(job)

    async def receive_webhook(self, job: Job, content: dict[str, Any]) -> Job:
        """Receive a webhook with this content, then poll."""
        await self.tell(job, content)
        return await self.look(job)

    async def tell(self, job: Job, content: dict[str, Any]) -> bool:
        request_id = TaskId.loads(job.task).request_id if job.task else REQUEST_ID
        body = json.dumps({"request_id": request_id, **content}).encode()
        return await self.webhooks.enqueue(job, Webhook(request_id, body))

    async def read(self, job: Job) -> Job:
        found = await self.jobs.get(job.id)
        assert found
        return found

    async def next_look(self, job: Job) -> float:
        """Return the seconds until the next poll."""
        due = await self.redis.zscore("darkroom:due:img_queue", job.id)
        assert due is not None
        return float(due) / 1000 - time.time()


@asynccontextmanager
async def open_worker(redis_url: str, fal: Fal, public_url: str | None) -> AsyncIterator[Worker]:
    redis = connect(redis_url)
    async with serve(fal.app) as fal_url, AsyncExitStack() as stack:
        stack.push_async_callback(redis.aclose, close_connection_pool=True)
        settings = Settings(
            _env_file=None,
            tg_bot_token=TOKEN,
            tg_api_base=unused_url(),
            redis_url=redis_url,
            public_url=public_url,
            fal_queue_base_url=fal_url,
            fal_rest_base_url=fal_url,
            fal_platform_base_url=fal_url,
            fal_run_base_url=fal_url,
        )
        work = compose(Queue.IMAGES, settings, redis, stack)
        yield Worker(work, redis, fal, JobStore(redis, Limits(), time.time), WebhookStore(redis))


async def order(
    worker: Worker, origin: str = "an-update", options: Mapping[str, Any] | None = None
) -> Job:
    plain = request().model_copy(update={"options": options or {}})
    return await worker.jobs.create(plain, origin)
