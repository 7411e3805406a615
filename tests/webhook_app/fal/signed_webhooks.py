"""fal as webhook_app sees it: published keys, and deliveries signed with them."""

import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from arq.connections import ArqRedis
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.clock import Clock
from tests.infra.fal import test_signature as captured
from tests.infra.fal.answers import TASK
from tests.infra.loopback import serve as serve_app
from tests.webhook_app.client import serve, settings_for
from tests.worker.jobs.test_store import request
from worker.jobs.fal_webhooks import PATH
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Job, Status

REQUEST_ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
TOKEN = "a-token-of-this-job-alone-012345"
OTHER_TOKEN = "a-token-of-another-job-entirely1"
URL = "https://v3.fal.media/files/a.png"


class Fal:
    """Serve its keys, those of the real service among them, and sign deliveries."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.key = Ed25519PrivateKey.generate()
        self.is_away = False
        self.times_asked = 0
        self.app = Starlette(routes=[Route("/.well-known/jwks.json", self._jwks)])

    async def _jwks(self, _: Request) -> Response:
        self.times_asked += 1
        if self.is_away:
            return Response(status_code=503)
        x = base64.urlsafe_b64encode(self.key.public_key().public_bytes_raw()).decode()
        return JSONResponse({"keys": [*captured.JWKS["keys"], {"kty": "OKP", "x": x}]})

    def sign(self, body: bytes, request_id: str = REQUEST_ID, *, age: float = 0) -> dict[str, str]:
        timestamp, digest = int(self.clock() - age), hashlib.sha256(body).hexdigest()
        message = f"{request_id}\na|1\n{timestamp}\n{digest}".encode()
        return {
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": "a|1",
            "X-Fal-Webhook-Timestamp": str(timestamp),
            "X-Fal-Webhook-Signature": self.key.sign(message).hex(),
        }


def webhook(request_id: Any = REQUEST_ID, **changes: Any) -> bytes:
    """Return the webhook of a finished image."""
    content = {
        "request_id": request_id,
        "gateway_request_id": request_id,
        "status": "OK",
        "error": None,
        "payload": {"images": [{"url": URL, "file_size": None}], "seed": 2**70},
    }
    return json.dumps(content | changes).encode()


async def deliver(
    client: httpx.AsyncClient, address: str, body: bytes, headers: dict[str, str]
) -> httpx.Response:
    return await client.post(
        address, content=body, headers={"Content-Type": "application/json", **headers}
    )


@dataclass(frozen=True)
class WebhookSender:
    """webhook_app with fal in front of it."""

    client: httpx.AsyncClient
    fal: Fal
    clock: Clock

    async def post(
        self,
        job: Job,
        body: bytes = webhook(),
        headers: dict[str, str] | None = None,
        token: str = TOKEN,
    ) -> int:
        """Deliver a webhook for a job, signed by fal by default; return the status of the response."""
        signed = self.fal.sign(body) if headers is None else headers
        address = PATH.format(job_id=job.id, token=token)
        return (await deliver(self.client, address, body, signed)).status_code


@asynccontextmanager
async def open_webhook_sender(redis_url: str) -> AsyncIterator[WebhookSender]:
    """webhook_app in an instance of its own, at the time of the captured delivery."""
    clock = Clock(captured.SENT_AT)
    fal = Fal(clock)
    async with (
        serve_app(fal.app) as fal_url,
        serve(settings_for(redis_url, fal_rest_base_url=fal_url), clock) as client,
    ):
        yield WebhookSender(client, fal, clock)


async def make_job(
    redis: ArqRedis,
    status: Status = Status.SUBMITTING,
    token: str | None = TOKEN,
    request_id: str | None = None,
) -> Job:
    """Create a job that waits for fal's webhook, with its request id if that is known."""
    jobs = JobStore(redis, Limits(), Clock(captured.SENT_AT))
    job = await jobs.create(request(), f"origin-{token}")
    task = TASK.dumps().replace(TASK.request_id, request_id) if request_id else None
    await jobs.move(job, {Status.CREATED}, status, due=60, webhook_token=token, task=task)
    stored = await jobs.get(job.id)
    assert stored
    return stored


async def refusals(redis: ArqRedis) -> dict[str, int]:
    async with redis.pipeline() as pipe:
        pipe.hgetall("darkroom:fal-webhooks:refused")
        [counted] = await pipe.execute()
    return {status.decode(): int(number) for status, number in counted.items()}


async def is_due(redis: ArqRedis, job: Job) -> bool:
    """Return whether an image job is due now, by Redis' clock."""
    seconds, _ = await redis.time()
    due = await redis.zscore("darkroom:due:img_queue", job.id)
    return due is not None and due <= (seconds + 1) * 1000


async def nothing_came_of_it(redis: ArqRedis, job: Job, counted: dict[str, int]) -> None:
    """Check that the job is unchanged, and that every refusal is counted."""
    assert await JobStore(redis, Limits(), time.time).get(job.id) == job
    assert not await redis.exists(f"darkroom:fal-webhook:{job.id}")
    assert not await is_due(redis, job)
    assert await refusals(redis) == counted
