"""The drain: one chat's updates, one after another, each removed only when it is done."""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from loguru import logger

from infra.metrics import Meter
from infra.redis import UNAVAILABLE
from infra.request_id import about, of_update
from infra.spans import note, span
from worker.queue import Inbox, Taken

# Well below the lease: a handler that hangs is given up before somebody else may take the chat.
HANDLER_SECONDS = 20
# After so long the chat goes on in a further drain, so that a flood from one leaves slots to the others.
DRAIN_SECONDS = 20
# Workers are killed for reasons of their own too: an update is blamed for the death of so many.
TRIES = 5


@dataclass(frozen=True)
class Conversation:
    """What the drain works with; worker/composition.py puts it together.

    `handle` answers with what kept an update from being handled, None when nothing did.
    """

    inbox: Inbox
    handle: Callable[[dict[str, Any]], Awaitable[str | None]]
    meter: Meter = field(default_factory=Meter)


async def drain(conversation: Conversation, chat: str) -> None:
    """Handle what waits in a chat's inbox, unless another drain holds the chat."""
    inbox, token = conversation.inbox, secrets.token_hex(8)
    until = time.monotonic() + DRAIN_SECONDS
    taken = await inbox.take(chat, token)
    while taken:
        taken = await _handle(conversation, chat, token, taken)
        if taken and time.monotonic() > until:
            await inbox.hand_on(chat, token)
            return


async def recover(conversation: Conversation) -> None:
    """Go on with every chat whose drain died."""
    if recovered := await conversation.inbox.recover():
        logger.warning("{} chats were left by a drain that died; they go on", recovered)


async def _handle(conversation: Conversation, chat: str, token: str, taken: Taken) -> Taken | None:
    update = _parse(taken.body)
    update_id = update.get("update_id") if update else None
    with about(of_update(update_id, taken.body), update=update_id, chat=chat):
        with conversation.meter.timed("darkroom_update_seconds"), span("handle update"):
            poison = await _try(conversation, taken, update)
            note(outcome="set aside" if poison else "ok")
        if poison:
            logger.error(
                "an update was set aside ({}); `python -m worker.poisoned` lists it", poison
            )
        return await conversation.inbox.finish(chat, token, taken, poison or "")


async def _try(
    conversation: Conversation, taken: Taken, update: dict[str, Any] | None
) -> str | None:
    """Why an update is to be set aside, None when it was handled. Without Redis it is left for a later drain."""
    if taken.tries > TRIES:
        return f"{TRIES} workers died of it, or lost Redis"
    update = _parse(taken.body)
    if update is None:
        return "it is no update"
    try:
        async with asyncio.timeout(HANDLER_SECONDS):
            return await conversation.handle(update)
    except TimeoutError:
        return f"it took more than {HANDLER_SECONDS} s"
    except UNAVAILABLE:
        raise
    except Exception as error:  # noqa: BLE001 - a handler's error must not hold its chat for ever
        logger.exception("update {} could not be handled", update.get("update_id"))
        return type(error).__name__


def _parse(body: bytes) -> dict[str, Any] | None:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return update if isinstance(update, dict) else None
