import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from tests.worker.jobs.test_store import request
from worker.jobs.fal_webhooks import AWAITING, MAX_KEPT, Webhook, WebhookStore, webhook_url
from worker.jobs.schedule import CLAIMED, JobSchedule
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import ACTIVE, TERMINAL, Job, Status
from worker.queues.names import Queue

WEBHOOK = Webhook("r-1", b'{"status": "OK"}')


@pytest.fixture
def jobs(redis: ArqRedis, clock: Clock) -> JobStore:
    return JobStore(redis, Limits(), clock)


@pytest.fixture
def webhooks(redis: ArqRedis) -> WebhookStore:
    return WebhookStore(redis)


async def job_in(jobs: JobStore, status: Status) -> Job:
    job = await jobs.create(request(), status)
    await jobs.move(job, {Status.CREATED}, status, due=60)
    return job


def test_webhook_url_has_the_jobs_token() -> None:
    """fal's signature does not cover the URL, so the token in it binds a webhook to its job."""
    assert webhook_url("https://d.example", "abc", "t-1") == "https://d.example/fal/webhook/abc/t-1"


@pytest.mark.parametrize("status", sorted(AWAITING))
async def test_webhook_makes_its_job_due(
    jobs: JobStore, webhooks: WebhookStore, redis: ArqRedis, clock: Clock, status: Status
) -> None:
    """The job is polled now, and the stored webhook can be read."""
    job = await job_in(jobs, status)
    due = JobSchedule(redis, Queue.IMAGES)
    assert (await due.claim()).ids == ()
    assert await webhooks.enqueue(job, WEBHOOK)
    assert (await due.claim()).ids == (job.id,)
    assert await webhooks.get_many(["another", job.id]) == {job.id: WEBHOOK}


@pytest.mark.parametrize("status", sorted((ACTIVE | TERMINAL) - AWAITING - {Status.EXPIRED}))
async def test_webhook_of_a_known_result_is_not_stored(
    jobs: JobStore, webhooks: WebhookStore, redis: ArqRedis, clock: Clock, status: Status
) -> None:
    """A job with a result or an end needs no webhook."""
    job = await job_in(jobs, status)
    assert not await webhooks.enqueue(job, WEBHOOK)
    assert await webhooks.get_many([job.id]) == {}
    assert (await JobSchedule(redis, Queue.IMAGES).claim()).ids == ()


async def test_job_with_a_webhook_is_polled_before_those_that_are_due(
    jobs: JobStore, webhooks: WebhookStore, redis: ArqRedis
) -> None:
    """A backlog of polls does not delay a result."""
    due = JobSchedule(redis, Queue.IMAGES)
    for number in range(CLAIMED):
        await due.schedule(f"waiting-{number}")
    job = await job_in(jobs, Status.RUNNING)
    await webhooks.enqueue(job, WEBHOOK)
    claim = await due.claim()
    assert claim.is_full
    assert claim.ids[0] == job.id


async def test_state_of_webhooks_is_read_once_a_second(
    jobs: JobStore, redis: ArqRedis, clock: Clock
) -> None:
    """Polls do not ask Redis each time; a webhook that another process stored counts a second later."""
    reader, receiver = WebhookStore(redis, lambda: clock.now), WebhookStore(redis)
    assert not await reader.are_working()
    await receiver.enqueue(await job_in(jobs, Status.RUNNING), WEBHOOK)
    assert not await reader.are_working()
    clock.advance(1)
    assert await reader.are_working()


async def test_large_webhook_only_triggers_a_poll(jobs: JobStore, webhooks: WebhookStore) -> None:
    """Redis does not store what fal stores."""
    job = await job_in(jobs, Status.RUNNING)
    await webhooks.enqueue(job, Webhook("r-1", b"x" * (MAX_KEPT + 1)))
    assert await webhooks.get_many([job.id]) == {job.id: Webhook("r-1", b"")}


async def test_webhooks_expire(jobs: JobStore, webhooks: WebhookStore, redis: ArqRedis) -> None:
    """A stored webhook has an expiry."""
    job = await job_in(jobs, Status.RUNNING)
    await webhooks.enqueue(job, WEBHOOK)
    assert 0 < await redis.ttl(f"darkroom:fal-webhook:{job.id}") <= 3600


async def test_webhooks_count_as_working_until_one_is_missed(
    jobs: JobStore, webhooks: WebhookStore
) -> None:
    """The first webhook starts that state, and a job that ended without one ends it."""
    told, silent = await job_in(jobs, Status.RUNNING), await job_in(jobs, Status.QUEUED)
    assert not await webhooks.are_working()
    await webhooks.enqueue(told, WEBHOOK)
    assert await webhooks.are_working()
    assert not await webhooks.miss(told.id)
    assert await webhooks.are_working()
    assert await webhooks.miss(silent.id)
    assert not await webhooks.are_working()
