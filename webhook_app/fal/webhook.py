"""fal's webhooks: https://docs.fal.ai/model-apis/model-endpoints/webhooks.

The job's token is checked first: that costs one read from Redis, and a request without it cannot make this process read
a body, hash it or fetch keys. fal repeats a webhook for hours unless the answer is 2xx; it treats 3xx as a final
failure.
"""

import asyncio
import json
import re
import secrets
from contextlib import suppress

from loguru import logger
from starlette.exceptions import HTTPException
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response

from infra.errors import ProviderError, SignatureError
from infra.fal.tasks import TaskId
from infra.observability.request_id import about
from infra.observability.tracing import span
from infra.redis.client import UNAVAILABLE
from webhook_app.fal.signature_verifier import Signatures
from webhook_app.http.request_body import read_body
from webhook_app.state import State
from worker.jobs.fal_webhooks import Webhook
from worker.model import is_job_id


class FalState(State):
    signatures: Signatures


type Request = StarletteRequest[FalState]


MAX_BODY = 4 * 1024 * 1024
# Seconds. fal waits 15 s for an answer, then sends the webhook again.
_TIMEOUT_SECONDS = 10.0
_RETRY = {"Retry-After": "5"}
# It becomes part of a URL.
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


async def receive_webhook(request: Request) -> Response:
    """Verify the webhook, store it, and wake the worker that polls its job."""
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            await store_webhook(request)
    except HTTPException as refusal:
        logger.warning("fal webhook refused: {}", refusal.detail)
        with suppress(*UNAVAILABLE):
            await request.state["webhooks"].count_refusal(refusal.status_code)
        raise
    except (TimeoutError, *UNAVAILABLE) as error:
        logger.warning("fal webhook not stored, fal has to repeat it: {}", type(error).__name__)
        raise HTTPException(
            503, "The webhook could not be stored; send it again.", headers=_RETRY
        ) from error
    return Response()


async def store_webhook(request: Request) -> None:
    job_id: str = request.path_params["job_id"]
    token: str = request.path_params["token"]
    job = await request.state["jobs"].get(job_id) if is_job_id(job_id) else None
    expected = job.webhook_token if job else None
    # An unknown job and a wrong token give the same error.
    if job is None or not expected or not secrets.compare_digest(token.encode(), expected.encode()):
        raise HTTPException(404, "No job has this id and token.")
    with (
        about(job.request_id, job=job.id, chat=job.chat_id),
        span("receive fal webhook", model=job.request.model),
    ):
        body = await read_body(request.receive, request.headers.get("Content-Length"), MAX_BODY)
        # A dict, so that the value that is verified is the value that is used when a header is repeated.
        headers = dict(request.headers)
        try:
            await request.state["signatures"].verify(headers, body)
        except SignatureError as error:
            raise HTTPException(401, str(error)) from error
        except ProviderError as error:
            raise HTTPException(503, str(error), headers=_RETRY) from error
        request_id = identify_request(headers["x-fal-webhook-request-id"], body)
        known = TaskId.loads(job.task).request_id if job.task else request_id
        if request_id != known or not _REQUEST_ID.fullmatch(request_id):
            raise HTTPException(403, "The webhook names a request that is not this job's.")
        await request.state["webhooks"].enqueue(job, Webhook(request_id, body))
        logger.debug("fal webhook stored: job {}", job.id)


def identify_request(signed_id: str, body: bytes) -> str:
    """Return the request's id. The header may contain the id of the request's last attempt instead."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return signed_id
    stated = content.get("request_id") if isinstance(content, dict) else None
    if stated is None or stated == signed_id:
        return signed_id
    if not isinstance(stated, str) or content.get("gateway_request_id") != signed_id:
        raise HTTPException(403, "Header and body name different requests.")
    return stated
