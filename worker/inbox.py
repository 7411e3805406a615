"""The drain: one chat's updates, one after another, each removed only when it is done."""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from loguru import logger

from infra.redis import UNAVAILABLE
from worker.queue import Inbox

# Well below the lease: a handler that hangs is given up before somebody else may take the chat.
HANDLER_SECONDS = 20
# After so long the chat goes on in a further drain, so that a flood from one leaves slots to the others.
DRAIN_SECONDS = 20


@dataclass(frozen=True)
class Conversation:
    """What the drain works with; worker/composition.py puts it together."""

    inbox: Inbox
    handle: Callable[[dict[str, Any]], Awaitable[None]]


async def drain(conversation: Conversation, chat: str) -> None:
    """Handle what waits in a chat's inbox, unless another drain holds the chat."""
    inbox, token = conversation.inbox, secrets.token_hex(8)
    until = time.monotonic() + DRAIN_SECONDS
    body = await inbox.take(chat, token)
    while body is not None:
        await _handle(conversation, body)
        body = await inbox.finish(chat, token)
        if body is not None and time.monotonic() > until:
            await inbox.hand_on(chat, token)
            return


async def recover(conversation: Conversation) -> None:
    """Go on with every chat whose drain died."""
    if recovered := await conversation.inbox.recover():
        logger.warning("{} chats were left by a drain that died; they go on", recovered)


async def _handle(conversation: Conversation, body: bytes) -> None:
    """Handle one update; whatever it is, the chat goes on after it. Without Redis it is left for a later drain."""
    update = _parse(body)
    if update is None:
        logger.warning("set aside: a body of {} bytes that is no update", len(body))
        return
    try:
        async with asyncio.timeout(HANDLER_SECONDS):
            await conversation.handle(update)
    except TimeoutError:
        logger.error("update {} took more than {} s", update.get("update_id"), HANDLER_SECONDS)
    except UNAVAILABLE:
        raise
    except Exception:  # noqa: BLE001 - a handler's error must not hold its chat for ever
        logger.exception("update {} could not be handled", update.get("update_id"))


def _parse(body: bytes) -> dict[str, Any] | None:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return update if isinstance(update, dict) else None
