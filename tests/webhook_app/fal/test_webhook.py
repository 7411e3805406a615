import json
import time

import pytest
from arq.connections import ArqRedis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.infra.fal import test_signature as captured
from tests.infra.loopback import unused_url
from tests.valkey import ValkeyServer
from tests.webhook_app.client import serve, settings_for
from tests.webhook_app.fal.signed_webhooks import (
    OTHER_TOKEN,
    REQUEST_ID,
    TOKEN,
    WebhookSender,
    deliver,
    is_due,
    make_job,
    nothing_came_of_it,
    open_webhook_sender,
    refusals,
    webhook,
)
from tests.worker.queues.test_inbox import arq_jobs
from worker.jobs.fal_webhooks import PATH, Webhook, WebhookStore
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import TERMINAL, Status
from worker.queues.names import Queue


async def test_webhook_is_stored_and_wakes_track(
    fal_client: WebhookSender, redis: ArqRedis, webhooks: WebhookStore
) -> None:
    """One step stores the raw bytes, makes the job due now, and wakes the workers that poll."""
    job = await make_job(redis)
    assert await fal_client.post(job) == 200
    assert await webhooks.get_many([job.id]) == {job.id: Webhook(REQUEST_ID, webhook())}
    assert await is_due(redis, job)
    (seconds, _), enqueued = await redis.time(), await arq_jobs(redis, Queue.IMAGES)
    assert min(due for function, _, due in enqueued if function == "track") <= seconds + 1
    assert await webhooks.are_working()
    assert await refusals(redis) == {}


async def test_captured_delivery_is_accepted(
    fal_client: WebhookSender, redis: ArqRedis, webhooks: WebhookStore
) -> None:
    """Captured headers and body of the real service, its published keys, and the clock of that day."""
    request_id = captured.HEADERS["X-Fal-Webhook-Request-Id"]
    job = await make_job(redis, Status.QUEUED, request_id=request_id)
    assert await fal_client.post(job, captured.BODY, captured.HEADERS) == 200
    assert await webhooks.get_many([job.id]) == {job.id: Webhook(request_id, captured.BODY)}


async def test_header_may_have_the_gateway_id_of_a_retry(
    fal_client: WebhookSender, redis: ArqRedis, webhooks: WebhookStore
) -> None:
    """fal retries some requests under another gateway id; ours is the first."""
    job = await make_job(redis, Status.QUEUED, request_id=REQUEST_ID)
    body = webhook(gateway_request_id="the-last-attempt")
    assert await fal_client.post(job, body, fal_client.fal.sign(body, "the-last-attempt")) == 200
    assert (await webhooks.get_many([job.id]))[job.id].request_id == REQUEST_ID


async def test_duplicate_changes_nothing(fal_client: WebhookSender, redis: ArqRedis) -> None:
    """fal delivers at least once: each delivery gets 200."""
    job = await make_job(redis)
    assert [await fal_client.post(job) for _ in range(3)] == [200] * 3
    assert [function for function, *_ in await arq_jobs(redis, Queue.IMAGES)].count("track") == 2


@pytest.mark.parametrize("status", [*sorted(TERMINAL - {Status.EXPIRED}), Status.COLLECTING])
async def test_webhook_of_an_ended_job_changes_nothing(
    fal_client: WebhookSender, redis: ArqRedis, status: Status
) -> None:
    """A late or repeated webhook gets 200."""
    job = await make_job(redis, status, request_id=REQUEST_ID)
    assert await fal_client.post(job) == 200
    await nothing_came_of_it(redis, job, {})


async def test_late_webhook_of_an_expired_job_is_stored(
    fal_client: WebhookSender, redis: ArqRedis, webhooks: WebhookStore
) -> None:
    """A result that fal finishes after all is paid for: the job is polled again."""
    job = await make_job(redis, Status.EXPIRED, request_id=REQUEST_ID)
    assert await fal_client.post(job) == 200
    assert await webhooks.get_many([job.id])


async def test_large_body_is_not_stored(
    fal_client: WebhookSender, redis: ArqRedis, webhooks: WebhookStore
) -> None:
    """Redis stores that it came, and for which request; the result itself is fetched from fal."""
    job = await make_job(redis)
    assert await fal_client.post(job, webhook() + b" " * 300_000) == 200
    assert await webhooks.get_many([job.id]) == {job.id: Webhook(REQUEST_ID, b"")}


async def test_response_is_never_a_redirect(fal_client: WebhookSender, redis: ArqRedis) -> None:
    """fal takes a redirect for a final refusal."""
    address = PATH.format(job_id=(await make_job(redis)).id, token=TOKEN)
    signed = fal_client.fal.sign(webhook())
    answers = [
        await deliver(fal_client.client, address + "/", webhook(), signed),
        await deliver(fal_client.client, "/" + address, webhook(), signed),
        await fal_client.client.get(address),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 405]


async def test_without_fals_keys_the_webhook_is_retried(valkey_url: str, redis: ArqRedis) -> None:
    """Missing keys prove nothing against a webhook: 503, and 200 when they are available again."""
    job = await make_job(redis)
    async with open_webhook_sender(valkey_url) as client:
        client.fal.is_away = True
        assert await client.post(job) == 503
        client.fal.is_away = False
        client.clock.advance(5)
        assert await client.post(job) == 200
    assert await refusals(redis) == {"503": 1}


async def test_without_redis_the_webhook_is_retried(mortal_valkey: ValkeyServer) -> None:
    """What cannot be stored is not acknowledged."""
    settings = settings_for(mortal_valkey.url, fal_rest_base_url=unused_url())
    async with serve(settings) as client:
        mortal_valkey.stop()
        answer = await deliver(client, PATH.format(job_id="0" * 16, token=TOKEN), webhook(), {})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_without_public_url_webhooks_are_refused(valkey_url: str) -> None:
    """fal gets no webhook address, so a webhook cannot come from fal."""
    settings = settings_for(valkey_url, tg_update_mode="polling", public_url=None)
    async with serve(settings) as client:
        answer = await deliver(client, PATH.format(job_id="0" * 16, token=TOKEN), webhook(), {})
    assert answer.status_code == 404


@pytest.mark.slow
async def test_arbitrary_signed_json_is_no_error(
    fal_client: WebhookSender, redis: ArqRedis
) -> None:
    """Arbitrary JSON with a valid signature: never a 5xx, and an ended job stays unchanged."""
    waiting = await make_job(redis, Status.RUNNING, request_id=REQUEST_ID)
    other = REQUEST_ID.replace("7", "8")
    ended = await make_job(redis, Status.DONE, token=OTHER_TOKEN, request_id=other)
    before = await JobStore(redis, Limits(), time.time).get_many([waiting.id, ended.id])
    for body in arbitrary_bodies():
        assert await fal_client.post(waiting, body) in {200, 403}, body
        signed = fal_client.fal.sign(body, other)
        assert await fal_client.post(ended, body, signed, OTHER_TOKEN) in {200, 403}, body
    assert await JobStore(redis, Limits(), time.time).get_many([waiting.id, ended.id]) == before
    assert not await redis.exists(f"darkroom:fal-webhook:{ended.id}")


def arbitrary_bodies() -> list[bytes]:
    """Bytes, JSON, and JSON with the fields of a webhook."""
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    value = st.recursive(
        scalars | st.just(REQUEST_ID),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
    names = ("request_id", "gateway_request_id", "status", "error", "payload", "payload_error")
    fields = st.dictionaries(st.sampled_from(names), value)
    found = {b"", b"[" * 100_000, b"9" * 10_000, b'{"request_id": ' + b"9" * 5_000 + b"}"}

    @given(st.binary() | (value | fields).map(json.dumps).map(str.encode))
    @hypothesis_settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    def collect(body: bytes) -> None:
        found.add(body)

    collect()
    return sorted(found)
