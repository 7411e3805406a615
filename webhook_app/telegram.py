"""Telegram's webhook: https://core.telegram.org/bots/api#setwebhook.

Telegram repeats whatever is not answered with 2xx and holds the chat's next messages back meanwhile. So everything with
the right secret that is safely in Redis is a 200, readable or not.
"""

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress

from loguru import logger
from starlette.exceptions import HTTPException
from starlette.responses import Response

from infra.redis import UNAVAILABLE
from infra.request_id import HEADER, about, of_update
from infra.telegram.registration import WEBHOOK_PATH
from webhook_app.body import read_body
from webhook_app.group_commit import GroupCommit
from webhook_app.state import Request
from webhook_app.updates import UNREADABLE, Update, identify
from worker.queue import Arrival, Inbox

PATH = WEBHOOK_PATH
MAX_BODY = 1024 * 1024
# Telegram waits for us, so a Redis that hangs is as good as away.
_PATIENCE = 2.0


def hand_over_to(inbox: Inbox) -> GroupCommit[Arrival, bool]:
    """Updates that come together share a round trip to Redis; each 200 still waits for its own update's write."""

    async def write(arrivals: Sequence[Arrival]) -> Sequence[bool]:
        async with asyncio.timeout(_PATIENCE):
            return await inbox.hand_over_all(arrivals)

    return GroupCommit(write)


async def receive_update(request: Request) -> Response:
    """Check who knocks, and put the update safely into its chat's inbox."""
    try:
        body = await _read(request)
    except HTTPException as refusal:
        await _count(request, refusal)
        raise
    update = identify(body)
    request_id = of_update(update.id, body)
    with about(request_id, update=update.id, chat=update.chat):
        if update.chat == UNREADABLE:
            logger.warning("A body of {} bytes that is no update was kept", len(body))
        await _hand_over(request, update, body)
        logger.debug("update {} is kept", update.id)
    return Response(headers={HEADER: request_id})


async def _read(request: Request) -> bytes:
    _check_secret(request)
    _check_content_type(request)
    return await read_body(request, MAX_BODY)


async def _count(request: Request, refusal: HTTPException) -> None:
    with suppress(*UNAVAILABLE):
        async with asyncio.timeout(_PATIENCE):
            await request.state["inbox"].count_refusal(refusal.status_code)


def _check_secret(request: Request) -> None:
    expected = request.state["settings"].tg_webhook_secret
    given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
    if not expected or not secrets.compare_digest(
        given.encode(), expected.get_secret_value().encode()
    ):
        raise HTTPException(401, "The secret token is missing or wrong.")


def _check_content_type(request: Request) -> None:
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415, "An update comes as application/json.")


async def _hand_over(request: Request, update: Update, body: bytes) -> None:
    try:
        await request.state["hand_over"](Arrival(update.id, update.chat, body))
    except UNAVAILABLE as error:
        logger.warning("Redis is away ({}): an update has to come again", type(error).__name__)
        raise HTTPException(
            503, "The update could not be kept; send it again.", headers={"Retry-After": "1"}
        ) from error
