from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.sandbox.telegram.methods import METHODS
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import ApiError
from infra.sandbox.telegram.sandbox import Sandbox, SandboxSettings, open_sandbox

ANYA = 1001
HOUR = 3600


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(
    settings: SandboxSettings, tmp_path: Path, clock: Clock
) -> AsyncIterator[Sandbox]:
    """A fake whose clock the test sets."""
    async with open_sandbox(replace(settings, data=tmp_path, clock=clock)) as sandbox:
        sandbox.users.start(ANYA)
        yield sandbox


async def call(sandbox: Sandbox, method: str, **values: object) -> Any:
    return await METHODS[method.lower()](sandbox, Parameters({"chat_id": ANYA, **values}))


async def test_callback_query_expires_after_fifteen_seconds(sandbox: Sandbox, clock: Clock) -> None:
    """Later the user's app has stopped waiting, and the query is too old."""
    message = await call(sandbox, "sendMessage", text="Sure?")
    user = sandbox.users.find(ANYA)
    assert user
    query_id = sandbox.callbacks.press(user, message, "yes")
    clock.now += 14
    assert await call(sandbox, "answerCallbackQuery", callback_query_id=query_id)
    clock.now += 2
    with pytest.raises(ApiError, match="query is too old and response timeout expired"):
        await call(sandbox, "answerCallbackQuery", callback_query_id=query_id)


async def test_message_can_be_deleted_for_two_days(sandbox: Sandbox, clock: Clock) -> None:
    """Older messages cannot be deleted."""
    message = await call(sandbox, "sendMessage", text="For ever")
    clock.now += 48 * HOUR + 1
    with pytest.raises(ApiError, match="message can't be deleted for everyone"):
        await call(sandbox, "deleteMessage", message_id=message["message_id"])


async def test_deleted_message_is_invalid_first_and_not_found_later(
    sandbox: Sandbox, clock: Clock
) -> None:
    """An hour after its user has deleted it, the bot's server knows that it no longer exists."""
    message_id = (await call(sandbox, "sendMessage", text="Queued"))["message_id"]
    sandbox.messages.delete_unseen(ANYA, message_id)
    edit = {"message_id": message_id, "text": "Running"}
    clock.now += HOUR - 1
    with pytest.raises(ApiError, match="Bad Request: MESSAGE_ID_INVALID"):
        await call(sandbox, "editMessageText", **edit)
    clock.now += 2
    with pytest.raises(ApiError, match="message to edit not found"):
        await call(sandbox, "editMessageText", **edit)


async def test_updates_expire_after_a_day(sandbox: Sandbox, clock: Clock) -> None:
    """An update that nobody fetched within 24 hours is deleted."""
    sandbox.updates.add("message", {"text": "yesterday"})
    clock.now += 23 * HOUR
    sandbox.updates.add("message", {"text": "today"})
    clock.now += 2 * HOUR
    updates = await call(sandbox, "getUpdates")
    assert [update["message"]["text"] for update in updates] == ["today"]


async def test_webhook_does_not_get_an_old_press(sandbox: Sandbox, clock: Clock) -> None:
    """An undelivered press expires after 150 seconds, a message after a day."""
    sandbox.updates.add("message", {})
    sandbox.updates.add("callback_query", {})
    message, press = sandbox.updates.pending(2)
    assert (message.expires - clock.now, press.expires - clock.now) == (24 * HOUR, 150)
