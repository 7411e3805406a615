"""What a plain order costs the worker, in counts that do not depend on the machine."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from redis.asyncio.connection import AbstractConnection

from tests.user import User
from tests.worker.bot.conversation import Conversation

ROOT = f"{Path(__file__).parents[3]}/"
OURS = tuple(f"{ROOT}{package}/" for package in ("infra", "worker"))


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count the calls of the product's own functions, by module."""
    calls: Counter[str] = Counter()
    monitoring, tool = sys.monitoring, sys.monitoring.PROFILER_ID

    def start(code: CodeType, _: int) -> Any:
        if not code.co_filename.startswith(OURS) or "/sandbox/" in code.co_filename:
            return monitoring.DISABLE
        calls[code.co_filename.removeprefix(ROOT)] += 1
        return None

    monitoring.use_tool_id(tool, "order cost")
    monitoring.register_callback(tool, monitoring.events.PY_START, start)
    monitoring.set_events(tool, monitoring.events.PY_START)
    try:
        yield calls
    finally:
        monitoring.set_events(tool, monitoring.events.NO_EVENTS)
        monitoring.free_tool_id(tool)


async def test_order_of_one_image_is_cheap(
    conversation: Conversation, anya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No card is built that nobody sees, and what handlers need is read in one round trip."""
    await conversation.send_text(anya, "/image лодка на озере")
    await anya.say("/image лодка на озере, масло, холст")
    (update,) = await conversation.updates()
    trips, send = 0, AbstractConnection.send_packed_command

    async def sent(self: AbstractConnection, *given: Any, **options: Any) -> None:
        nonlocal trips
        trips += 1
        await send(self, *given, **options)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", sent)
    with counted() as calls:
        await conversation.handle(update)
    assert trips <= 5, trips
    assert await conversation.job_count(anya) == 2
    assert calls.total() < 1000, calls.most_common(20)
    assert len(calls) <= 70, sorted(calls)
