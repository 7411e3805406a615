"""Telegram's webhook: https://core.telegram.org/bots/api#setwebhook.

Telegram repeats an update that is not answered with 2xx and holds back the chat's next messages meanwhile. So the
answer is 200 for every body with the right secret that is stored in Redis, readable or not.
"""

import secrets
import time
from collections.abc import Sequence
from contextlib import suppress

from loguru import logger
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from infra.observability.request_id import HEADER, about, of_update
from infra.observability.tracing import record_first
from infra.redis.client import UNAVAILABLE, time_limit
from infra.telegram.registration import WEBHOOK_PATH
from webhook_app.http.request_body import read_body
from webhook_app.state import Request, State
from webhook_app.telegram.group_commit import GroupCommit
from webhook_app.telegram.update_ids import UNREADABLE, identify
from worker.queues.inbox import Inbox, ReceivedUpdate


class TelegramState(State):
    enqueue: GroupCommit[ReceivedUpdate, bool]


PATH = WEBHOOK_PATH
MAX_BODY = 1024 * 1024
# Telegram waits for the answer, so a Redis that hangs counts as not available.
_TIMEOUT_SECONDS = 2.0
# No browser reads this response, so it has no security headers.
_EMPTY = (b"content-length", b"0")
_REQUEST_ID = HEADER.lower().encode()


def enqueue_to(inbox: Inbox) -> GroupCommit[ReceivedUpdate, bool]:
    """Let concurrent updates share a round trip to Redis. Each 200 still waits for the write of its own update."""

    async def write(arrivals: Sequence[ReceivedUpdate]) -> Sequence[bool]:
        async with time_limit(_TIMEOUT_SECONDS):
            return await inbox.enqueue_all(arrivals)

    return GroupCommit(write)


async def receive_update(scope: Scope, receive: Receive, send: Send) -> None:
    """Check the secret, store the update in its chat's inbox, and answer 200. Raises HTTPException for a refusal.

    Plain ASGI, for speed: https://asgi.readthedocs.io/en/latest/specs/www.html.
    """
    state: TelegramState = scope["state"]
    begun = time.perf_counter()
    try:
        body = await read_update(scope, receive, state)
    except HTTPException as refusal:
        with suppress(*UNAVAILABLE):
            async with time_limit(_TIMEOUT_SECONDS):
                await state["inbox"].count_refusal(refusal.status_code)
        raise
    update = identify(body)
    request_id = of_update(update.id, body)
    with about(request_id, update=update.id, chat=update.chat):
        if update.chat == UNREADABLE:
            logger.warning("unreadable update stored: {} bytes", len(body))
        try:
            is_new = await state["enqueue"](ReceivedUpdate(update.id, update.chat, body))
        except UNAVAILABLE as error:
            logger.warning("update not stored, Telegram has to repeat it: {}", error)
            raise HTTPException(
                503, "The update could not be stored; send it again.", headers={"Retry-After": "1"}
            ) from error
        if is_new:
            record_first("receive update", time.perf_counter() - begun)
        logger.debug("update stored: {}", update.id)
    named = (_REQUEST_ID, request_id.encode())
    await send({"type": "http.response.start", "status": 200, "headers": [_EMPTY, named]})
    await send({"type": "http.response.body"})


async def explain_refusal(request: Request) -> Response:
    """Raise what `receive_update` has refused, so that the exception handlers answer it."""
    raise request.scope["refusal"]


async def read_update(scope: Scope, receive: Receive, state: TelegramState) -> bytes:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    expected = state["settings"].tg_webhook_secret
    given = headers.get(b"x-telegram-bot-api-secret-token", b"")
    if not expected or not secrets.compare_digest(given, expected.get_secret_value().encode()):
        raise HTTPException(401, "The secret token is missing or wrong.")
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type != b"application/json":
        raise HTTPException(415, "The content type must be application/json.")
    length = headers.get(b"content-length", b"").decode("latin-1")
    return await read_body(receive, length, MAX_BODY)
