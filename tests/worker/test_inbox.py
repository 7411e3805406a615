"""The drain, with a conversation that this test holds."""

import asyncio
from typing import Any

import pytest
from arq.connections import ArqRedis
from redis.exceptions import ConnectionError as RedisConnectionError

from worker import inbox
from worker.inbox import Conversation, drain
from worker.queue import Inbox

type Update = dict[str, Any]


class Handled:
    """Remembers the updates it was given, and behaves as they ask."""

    def __init__(self) -> None:
        self.ids: list[Any] = []

    async def __call__(self, update: Update) -> None:
        match update.get("do"):
            case "fail":
                raise RuntimeError("a handler's bug")
            case "hang":
                await asyncio.sleep(60)
            case "lose redis":
                raise RedisConnectionError("away")
        self.ids.append(update["update_id"])


@pytest.fixture
def handled() -> Handled:
    return Handled()


@pytest.fixture
def conversation(redis: ArqRedis, handled: Handled) -> Conversation:
    return Conversation(Inbox(redis), handled)


async def receive(conversation: Conversation, *bodies: str) -> None:
    for number, body in enumerate(bodies):
        await conversation.inbox.hand_over(number, "7", body.encode())


async def test_a_chat_is_drained_to_the_last_update(
    conversation: Conversation, handled: Handled, redis: ArqRedis
) -> None:
    """One drain handles what waits, in order, and leaves the chat idle."""
    await receive(conversation, *(f'{{"update_id": {number}}}' for number in range(5)))
    await drain(conversation, "7")
    assert handled.ids == [0, 1, 2, 3, 4]
    assert not await redis.exists("darkroom:inbox:7", "darkroom:chats")


@pytest.mark.parametrize(
    "body", ['{"update_id": 1, "do": "fail"}', "no json", "[1]", "", "[" * 100_000]
)
async def test_a_bad_update_does_not_hold_its_chat(
    conversation: Conversation, handled: Handled, body: str
) -> None:
    """A handler's bug, or a body that is no update, is passed over, and the next one is handled."""
    await receive(conversation, body, '{"update_id": 2}')
    await drain(conversation, "7")
    assert handled.ids == [2]


async def test_a_handler_that_hangs_is_given_up(
    conversation: Conversation, handled: Handled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time is bounded, below the lease of the chat."""
    monkeypatch.setattr(inbox, "HANDLER_SECONDS", 0.05)
    await receive(conversation, '{"update_id": 1, "do": "hang"}', '{"update_id": 2}')
    await drain(conversation, "7")
    assert handled.ids == [2]


async def test_an_update_is_kept_while_redis_is_away(
    conversation: Conversation, redis: ArqRedis
) -> None:
    """Nothing could be remembered: the update stays for a later drain."""
    await receive(conversation, '{"update_id": 1, "do": "lose redis"}')
    with pytest.raises(RedisConnectionError):
        await drain(conversation, "7")
    assert await redis.exists("darkroom:inbox:7")


async def test_a_long_talk_is_handed_on(
    conversation: Conversation,
    handled: Handled,
    redis: ArqRedis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After its time a drain leaves the rest to a further one, which goes on where it stopped."""
    monkeypatch.setattr(inbox, "DRAIN_SECONDS", 0)
    await receive(conversation, '{"update_id": 0}', '{"update_id": 1}')
    await drain(conversation, "7")
    assert handled.ids == [0]
    assert await redis.zcard("updates") == 2
    await drain(conversation, "7")
    assert handled.ids == [0, 1]
