import json
from typing import Any

import pytest
from arq.connections import ArqRedis
from loguru import logger

from tests.infra.fal import test_signature as captured
from tests.webhook_app.fal.signed_webhooks import (
    OTHER_TOKEN,
    REQUEST_ID,
    TOKEN,
    Fal,
    WebhookSender,
    deliver,
    make_job,
    nothing_came_of_it,
    open_webhook_sender,
    webhook,
)
from worker.jobs.fal_webhooks import PATH
from worker.model import Status


async def test_reserialized_body_is_refused(fal_client: WebhookSender, redis: ArqRedis) -> None:
    """The signature covers the bytes, not the JSON value."""
    job = await make_job(redis)
    reformatted = json.dumps(json.loads(captured.BODY), separators=(",", ":")).encode()
    assert await fal_client.post(job, reformatted, captured.HEADERS) == 401
    await nothing_came_of_it(redis, job, {"401": 1})


@pytest.mark.parametrize("age", [-301, 301])
async def test_timestamp_outside_the_tolerance_is_refused(
    fal_client: WebhookSender, redis: ArqRedis, age: float
) -> None:
    """A recorded webhook cannot be replayed later, nor prepared in advance."""
    job = await make_job(redis)
    body = webhook()
    assert await fal_client.post(job, body, fal_client.fal.sign(body, age=age)) == 401
    await nothing_came_of_it(redis, job, {"401": 1})


@pytest.mark.parametrize("name", captured.HEADERS)
async def test_each_header_is_required(
    fal_client: WebhookSender, redis: ArqRedis, name: str
) -> None:
    """A missing header is a refusal, and a header of another request does not replace it."""
    job = await make_job(redis)
    body = webhook()
    signed, others = fal_client.fal.sign(body), fal_client.fal.sign(b"{}", "another", age=5)
    without = {key: value for key, value in signed.items() if key != name}
    assert await fal_client.post(job, body, without) == 401
    if name != "X-Fal-Webhook-User-Id":  # all deliveries use one fal account here
        assert await fal_client.post(job, body, signed | {name: others[name]}) == 401
    assert await fal_client.post(job, body, signed) == 200


@pytest.mark.parametrize("cut", [0, 1, len(webhook()) - 1])
async def test_truncated_body_is_refused(
    fal_client: WebhookSender, redis: ArqRedis, cut: int
) -> None:
    """The signature covers the whole body."""
    job = await make_job(redis)
    assert await fal_client.post(job, webhook()[:cut], fal_client.fal.sign(webhook())) == 401
    await nothing_came_of_it(redis, job, {"401": 1})


async def test_signature_by_another_key_is_refused(
    fal_client: WebhookSender, redis: ArqRedis
) -> None:
    """Anyone can create a key, but not publish it among fal's."""
    job = await make_job(redis)
    stranger = Fal(fal_client.clock)
    assert await fal_client.post(job, webhook(), stranger.sign(webhook())) == 401
    await nothing_came_of_it(redis, job, {"401": 1})


async def test_repeated_header_is_refused_or_read_consistently(
    fal_client: WebhookSender, redis: ArqRedis
) -> None:
    """The signature check and the job use the same one of two request ids."""
    job = await make_job(redis, Status.QUEUED, request_id=REQUEST_ID)
    body = webhook(None)
    signed = list(fal_client.fal.sign(body, "another").items())
    for headers in (
        [("X-Fal-Webhook-Request-Id", REQUEST_ID), *signed],
        [*signed, ("X-Fal-Webhook-Request-Id", REQUEST_ID)],
    ):
        address = PATH.format(job_id=job.id, token=TOKEN)
        answer = await fal_client.client.post(address, content=body, headers=headers)
        assert answer.status_code in {401, 403}
    assert not await redis.exists(f"darkroom:fal-webhook:{job.id}")


async def test_unknown_job_and_wrong_token_look_the_same(
    fal_client: WebhookSender, redis: ArqRedis
) -> None:
    """Requests do not reveal which jobs exist."""
    job = await make_job(redis)
    other = await make_job(redis, token=OTHER_TOKEN)
    silent = await make_job(redis, token=None)
    signed = fal_client.fal.sign(webhook())
    addresses = [
        *((job.id, token) for token in (OTHER_TOKEN, TOKEN + "x", TOKEN[:-1], "é", "%ff")),
        *((other.id, TOKEN), ("0" * 16, TOKEN), ("nonsense", TOKEN), (silent.id, "-")),
    ]
    answers = [
        await deliver(fal_client.client, PATH.format(job_id=job_id, token=token), webhook(), signed)
        for job_id, token in addresses
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    for untouched in (job, other, silent):
        assert not await redis.exists(f"darkroom:fal-webhook:{untouched.id}")


async def test_without_the_jobs_token_no_keys_are_fetched(valkey_url: str, redis: ArqRedis) -> None:
    """Even if everything else is right."""
    job = await make_job(redis)
    async with open_webhook_sender(valkey_url) as client:
        assert await client.post(job, token="guessed") == 404
        assert client.fal.times_asked == 0
        assert [await client.post(job) for _ in range(3)] == [200, 200, 200]
        assert client.fal.times_asked == 1


async def test_webhook_of_another_request_is_refused(
    fal_client: WebhookSender, redis: ArqRedis
) -> None:
    """Another user's result, properly signed by fal, is refused for this job."""
    job = await make_job(redis, Status.RUNNING, request_id="the-request-of-this-job")
    assert await fal_client.post(job) == 403
    await nothing_came_of_it(redis, job, {"403": 1})


@pytest.mark.parametrize("stated", ["another", "../..", 7, {"a": 1}, ""])
async def test_header_and_body_must_have_the_same_request(
    fal_client: WebhookSender, redis: ArqRedis, stated: Any
) -> None:
    """A body with another request id than its header is refused."""
    job = await make_job(redis)
    assert await fal_client.post(job, webhook(stated)) == 403
    await nothing_came_of_it(redis, job, {"403": 1})


@pytest.mark.parametrize("request_id", ["../../x", "a/b", "a?b=c", "x" * 101])
async def test_request_id_with_url_characters_is_refused(
    fal_client: WebhookSender, redis: ArqRedis, request_id: str
) -> None:
    """It becomes a part of the URL that polls the job."""
    job = await make_job(redis)
    body = webhook(request_id)
    assert await fal_client.post(job, body, fal_client.fal.sign(body, request_id)) == 403
    await nothing_came_of_it(redis, job, {"403": 1})


async def test_huge_body_is_not_read(fal_client: WebhookSender, redis: ArqRedis) -> None:
    """A result has less than 4 MiB; polling finds a larger one."""
    job = await make_job(redis)
    assert await fal_client.post(job, webhook() + b" " * 4 * 1024 * 1024) == 413
    await nothing_came_of_it(redis, job, {"413": 1})


async def test_refusal_is_logged_without_its_content(
    fal_client: WebhookSender, redis: ArqRedis
) -> None:
    """The log has the reason and neither token nor signature nor payload."""
    job = await make_job(redis)
    lines: list[str] = []
    sink = logger.add(lines.append, level=0)
    signed = fal_client.fal.sign(b"other")
    await fal_client.post(job, captured.BODY, signed)
    logger.remove(sink)
    log = "".join(lines)
    assert "The signature does not match any of fal's keys" in log
    for secret in (TOKEN, "red apple", signed["X-Fal-Webhook-Signature"]):
        assert secret not in log
