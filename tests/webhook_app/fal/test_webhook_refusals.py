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


async def test_a_delivery_written_anew_is_refused(fal_door: WebhookSender, redis: ArqRedis) -> None:
    """The signature is over the bytes; the same JSON in others proves nothing."""
    job = await make_job(redis)
    anew = json.dumps(json.loads(captured.BODY), separators=(",", ":")).encode()
    assert await fal_door.post(job, anew, captured.HEADERS) == 401
    await nothing_came_of_it(redis, job, {"401": 1})


@pytest.mark.parametrize("age", [-301, 301])
async def test_a_delivery_of_another_time_is_refused(
    fal_door: WebhookSender, redis: ArqRedis, age: float
) -> None:
    """A recorded webhook cannot be played again later, nor be prepared."""
    job = await make_job(redis)
    body = webhook()
    assert await fal_door.post(job, body, fal_door.fal.sign(body, age=age)) == 401
    await nothing_came_of_it(redis, job, {"401": 1})


@pytest.mark.parametrize("name", captured.HEADERS)
async def test_each_header_is_needed(fal_door: WebhookSender, redis: ArqRedis, name: str) -> None:
    """One that is missing is a refusal, and none of them can be told by another request's."""
    job = await make_job(redis)
    body = webhook()
    signed, others = fal_door.fal.sign(body), fal_door.fal.sign(b"{}", "another", age=5)
    without = {key: value for key, value in signed.items() if key != name}
    assert await fal_door.post(job, body, without) == 401
    if name != "X-Fal-Webhook-User-Id":  # everybody is the same account here
        assert await fal_door.post(job, body, signed | {name: others[name]}) == 401
    assert await fal_door.post(job, body, signed) == 200


@pytest.mark.parametrize("cut", [0, 1, len(webhook()) - 1])
async def test_a_truncated_body_is_refused(
    fal_door: WebhookSender, redis: ArqRedis, cut: int
) -> None:
    """What was cut off on the way is not what was signed."""
    job = await make_job(redis)
    assert await fal_door.post(job, webhook()[:cut], fal_door.fal.sign(webhook())) == 401
    await nothing_came_of_it(redis, job, {"401": 1})


async def test_a_strangers_signature_is_refused(fal_door: WebhookSender, redis: ArqRedis) -> None:
    """Anyone can make a key, but not put it where fal's are published."""
    job = await make_job(redis)
    stranger = Fal(fal_door.clock)
    assert await fal_door.post(job, webhook(), stranger.sign(webhook())) == 401
    await nothing_came_of_it(redis, job, {"401": 1})


async def test_a_repeated_header_is_read_as_it_was_checked(
    fal_door: WebhookSender, redis: ArqRedis
) -> None:
    """Two request ids cannot be one for the signature and another for the job."""
    job = await make_job(redis, Status.QUEUED, request_id=REQUEST_ID)
    body = webhook(None)
    signed = list(fal_door.fal.sign(body, "another").items())
    for headers in (
        [("X-Fal-Webhook-Request-Id", REQUEST_ID), *signed],
        [*signed, ("X-Fal-Webhook-Request-Id", REQUEST_ID)],
    ):
        address = PATH.format(job_id=job.id, token=TOKEN)
        answer = await fal_door.client.post(address, content=body, headers=headers)
        assert answer.status_code in {401, 403}
    assert not await redis.exists(f"darkroom:fal-webhook:{job.id}")


async def test_unknown_jobs_and_wrong_tokens_look_the_same(
    fal_door: WebhookSender, redis: ArqRedis
) -> None:
    """Nobody learns by knocking which jobs there are."""
    job = await make_job(redis)
    other = await make_job(redis, token=OTHER_TOKEN)
    silent = await make_job(redis, token=None)
    signed = fal_door.fal.sign(webhook())
    addresses = [
        *((job.id, token) for token in (OTHER_TOKEN, TOKEN + "x", TOKEN[:-1], "é", "%ff")),
        *((other.id, TOKEN), ("0" * 16, TOKEN), ("nonsense", TOKEN), (silent.id, "-")),
    ]
    knocks = [
        await deliver(fal_door.client, PATH.format(job_id=job_id, token=token), webhook(), signed)
        for job_id, token in addresses
    ]
    assert {answer.status_code for answer in knocks} == {404}
    assert len({answer.content for answer in knocks}) == 1
    for untouched in (job, other, silent):
        assert not await redis.exists(f"darkroom:fal-webhook:{untouched.id}")


async def test_strangers_make_nobody_work(valkey_url: str, redis: ArqRedis) -> None:
    """Without a job's token no keys are asked for, whatever else is right."""
    job = await make_job(redis)
    async with open_webhook_sender(valkey_url) as door:
        assert await door.post(job, token="guessed") == 404
        assert door.fal.times_asked == 0
        assert [await door.post(job) for _ in range(3)] == [200, 200, 200]
        assert door.fal.times_asked == 1


async def test_a_webhook_of_another_request_is_refused(
    fal_door: WebhookSender, redis: ArqRedis
) -> None:
    """Somebody else's result, properly signed by fal, is not this job's."""
    job = await make_job(redis, Status.RUNNING, request_id="the-request-of-this-job")
    assert await fal_door.post(job) == 403
    await nothing_came_of_it(redis, job, {"403": 1})


@pytest.mark.parametrize("stated", ["another", "../..", 7, {"a": 1}, ""])
async def test_header_and_body_must_speak_of_one_request(
    fal_door: WebhookSender, redis: ArqRedis, stated: Any
) -> None:
    """A body that names another request than its header is nobody's."""
    job = await make_job(redis)
    assert await fal_door.post(job, webhook(stated)) == 403
    await nothing_came_of_it(redis, job, {"403": 1})


@pytest.mark.parametrize("request_id", ["../../x", "a/b", "a?b=c", "x" * 101])
async def test_a_request_id_that_could_lead_elsewhere_is_refused(
    fal_door: WebhookSender, redis: ArqRedis, request_id: str
) -> None:
    """It becomes part of the address at which the job is followed."""
    job = await make_job(redis)
    body = webhook(request_id)
    assert await fal_door.post(job, body, fal_door.fal.sign(body, request_id)) == 403
    await nothing_came_of_it(redis, job, {"403": 1})


async def test_a_huge_body_is_not_read(fal_door: WebhookSender, redis: ArqRedis) -> None:
    """More than 4 MiB is no result; polling finds it if it is one."""
    job = await make_job(redis)
    assert await fal_door.post(job, webhook() + b" " * 4 * 1024 * 1024) == 413
    await nothing_came_of_it(redis, job, {"413": 1})


async def test_a_refusal_is_logged_without_what_came(
    fal_door: WebhookSender, redis: ArqRedis
) -> None:
    """The log says why; the token, the signature and the payload are in no line of it."""
    job = await make_job(redis)
    lines: list[str] = []
    sink = logger.add(lines.append, level=0)
    signed = fal_door.fal.sign(b"other")
    await fal_door.post(job, captured.BODY, signed)
    logger.remove(sink)
    log = "".join(lines)
    assert "No key of fal's fits the signature" in log
    for secret in (TOKEN, "red apple", signed["X-Fal-Webhook-Signature"]):
        assert secret not in log
