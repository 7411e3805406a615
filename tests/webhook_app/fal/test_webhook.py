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
from tests.webhook_app.door import serve, settings_for
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


async def test_a_webhook_is_kept_and_wakes_track(
    fal_door: WebhookSender, redis: ArqRedis, webhooks: WebhookStore
) -> None:
    """One step keeps the very bytes, makes the job due now, and wakes those who look."""
    job = await make_job(redis)
    assert await fal_door.post(job) == 200
    assert await webhooks.get_many([job.id]) == {job.id: Webhook(REQUEST_ID, webhook())}
    assert await is_due(redis, job)
    (seconds, _), enqueued = await redis.time(), await arq_jobs(redis, Queue.IMAGES)
    assert min(due for function, _, due in enqueued if function == "track") <= seconds + 1
    assert await webhooks.are_working()
    assert await refusals(redis) == {}


async def test_a_delivery_of_the_real_service_is_taken(
    fal_door: WebhookSender, redis: ArqRedis, webhooks: WebhookStore
) -> None:
    """Captured headers, captured bytes, published keys, and the clock of that day."""
    request_id = captured.HEADERS["X-Fal-Webhook-Request-Id"]
    job = await make_job(redis, Status.QUEUED, request_id=request_id)
    assert await fal_door.post(job, captured.BODY, captured.HEADERS) == 200
    assert await webhooks.get_many([job.id]) == {job.id: Webhook(request_id, captured.BODY)}


async def test_the_header_may_name_the_last_attempt(
    fal_door: WebhookSender, redis: ArqRedis, webhooks: WebhookStore
) -> None:
    """fal tries some requests again under a gateway id of their own; ours is the first."""
    job = await make_job(redis, Status.QUEUED, request_id=REQUEST_ID)
    body = webhook(gateway_request_id="the-last-attempt")
    assert await fal_door.post(job, body, fal_door.fal.sign(body, "the-last-attempt")) == 200
    assert (await webhooks.get_many([job.id]))[job.id].request_id == REQUEST_ID


async def test_a_duplicate_is_harmless(fal_door: WebhookSender, redis: ArqRedis) -> None:
    """fal delivers at least once: each time it hears 200."""
    job = await make_job(redis)
    assert [await fal_door.post(job) for _ in range(3)] == [200] * 3
    assert [function for function, *_ in await arq_jobs(redis, Queue.IMAGES)].count("track") == 2


@pytest.mark.parametrize("status", [*sorted(TERMINAL - {Status.EXPIRED}), Status.COLLECTING])
async def test_a_job_that_needs_no_news_is_left_alone(
    fal_door: WebhookSender, redis: ArqRedis, status: Status
) -> None:
    """Late and repeated news about it are a 200 and change nothing."""
    job = await make_job(redis, status, request_id=REQUEST_ID)
    assert await fal_door.post(job) == 200
    await nothing_came_of_it(redis, job, {})


async def test_a_late_word_about_an_expired_job_is_kept(
    fal_door: WebhookSender, redis: ArqRedis, webhooks: WebhookStore
) -> None:
    """What fal has made after all is paid for: the job is looked at once more."""
    job = await make_job(redis, Status.EXPIRED, request_id=REQUEST_ID)
    assert await fal_door.post(job) == 200
    assert await webhooks.get_many([job.id])


async def test_a_large_body_is_to_be_fetched(
    fal_door: WebhookSender, redis: ArqRedis, webhooks: WebhookStore
) -> None:
    """Redis keeps that it came, and of which request; the result itself waits at fal."""
    job = await make_job(redis)
    assert await fal_door.post(job, webhook() + b" " * 300_000) == 200
    assert await webhooks.get_many([job.id]) == {job.id: Webhook(REQUEST_ID, b"")}


async def test_it_never_answers_with_a_redirect(fal_door: WebhookSender, redis: ArqRedis) -> None:
    """fal takes one for a final refusal."""
    address = PATH.format(job_id=(await make_job(redis)).id, token=TOKEN)
    signed = fal_door.fal.sign(webhook())
    answers = [
        await deliver(fal_door.client, address + "/", webhook(), signed),
        await deliver(fal_door.client, "/" + address, webhook(), signed),
        await fal_door.client.get(address),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 405]


async def test_without_fals_keys_it_has_to_come_again(valkey_url: str, redis: ArqRedis) -> None:
    """Their being away proves nothing against a webhook: a 503, and a 200 once they are back."""
    job = await make_job(redis)
    async with open_webhook_sender(valkey_url) as door:
        door.fal.is_away = True
        assert await door.post(job) == 503
        door.fal.is_away = False
        door.clock.advance(5)
        assert await door.post(job) == 200
    assert await refusals(redis) == {"503": 1}


async def test_without_redis_it_has_to_come_again(mortal_valkey: ValkeyServer) -> None:
    """What cannot be kept is not acknowledged."""
    settings = settings_for(mortal_valkey.url, fal_rest_base_url=unused_url())
    async with serve(settings) as client:
        mortal_valkey.stop()
        answer = await deliver(client, PATH.format(job_id="0" * 16, token=TOKEN), webhook(), {})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_without_a_public_url_nobody_is_expected(valkey_url: str) -> None:
    """fal is not told to come, so whoever comes is not fal."""
    settings = settings_for(valkey_url, tg_update_mode="polling", public_url=None)
    async with serve(settings) as client:
        answer = await deliver(client, PATH.format(job_id="0" * 16, token=TOKEN), webhook(), {})
    assert answer.status_code == 404


async def test_whatever_fal_signs_is_no_error_and_reopens_no_job(
    fal_door: WebhookSender, redis: ArqRedis
) -> None:
    """Arbitrary JSON under a valid signature: never a 5xx, and an ended job stays as it ended."""
    waiting = await make_job(redis, Status.RUNNING, request_id=REQUEST_ID)
    ended = await make_job(redis, Status.DONE, token=OTHER_TOKEN, request_id=REQUEST_ID)
    before = await JobStore(redis, Limits(), time.time).get_many([waiting.id, ended.id])
    for body in arbitrary_bodies():
        assert await fal_door.post(waiting, body) in {200, 403}, body
        assert await fal_door.post(ended, body, token=OTHER_TOKEN) in {200, 403}, body
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
