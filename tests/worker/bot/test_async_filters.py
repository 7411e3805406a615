import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.user import User
from tests.worker.bot.conversation import Conversation


async def test_filters_use_no_thread(
    conversation: Conversation, anya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command, a text and a press pass the filters of every router in the event loop."""
    taken, to_thread = [], asyncio.to_thread

    async def take[T](function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        taken.append(function)
        return await to_thread(function, *args, **kwargs)

    monkeypatch.setattr(asyncio, "to_thread", take)
    await conversation.send_text(anya, "/help")
    card = await conversation.send_text(anya, "🖼 Изображение")
    await conversation.choose(anya, card, "Размер", "16:9")
    answer = await conversation.send_text(anya, "красное яблоко")
    assert (await conversation.job(anya)).id in answer["text"]
    assert taken == []
