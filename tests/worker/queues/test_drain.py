"""The drain, with a conversation that the test controls."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from arq.connections import ArqRedis
from redis.exceptions import ConnectionError as RedisConnectionError

from infra.redis.client import connect
from infra.telegram.bot import TIMEOUT
from infra.telegram.outcomes import Postponed, Unavailable
from infra.telegram.throttle import PATIENCE_MS
from tests.valkey import ValkeyServer
from worker.main import TIMEOUTS
from worker.queues import drain as inbox
from worker.queues.drain import Conversation, drain
from worker.queues.inbox import Inbox
from worker.queues.names import Queue, Task

type Update = dict[str, Any]

AWAY = Unavailable("server", "Telegram: Bad Gateway", ambiguous=True)


class Handled:
    """Record the handled updates, and behave as they ask."""

    def __init__(self) -> None:
        self.ids: list[Any] = []
        self.told: list[Any] = []
        self.begun = 0
        self.problem: Exception | None = None
        self.probe_problem: Exception | None = None
        self.do: Callable[[], Awaitable[object]] | None = None

    async def handle(self, update: Update) -> str | None:
        self.begun += 1
        if self.problem:
            raise self.problem
        match update.get("do"):
            case "fail":
                raise RuntimeError("a handler's bug")
            case "apologize":
                return "KeyError"
            case "hang":
                await asyncio.sleep(60)
            case "something" if self.do:
                await self.do()
            case "lose redis":
                raise RedisConnectionError("away")
        self.ids.append(update["update_id"])
        return None

    async def tell(self, update: Update) -> None:
        if self.problem:
            raise self.problem
        self.told.append(update["update_id"])

    async def probe(self) -> None:
        if self.probe_problem:
            raise self.probe_problem


@pytest.fixture
def handled() -> Handled:
    return Handled()


@pytest.fixture
def conversation(redis: ArqRedis, handled: Handled) -> Conversation:
    return Conversation(Inbox(redis), handled.handle, handled.tell, handled.probe)


async def receive(conversation: Conversation, *bodies: str) -> None:
    for number, body in enumerate(bodies):
        await conversation.inbox.enqueue(number, "7", body.encode())


async def due_in(redis: ArqRedis) -> float:
    """Return the seconds until the newest drain."""
    ((_, due),) = await redis.zrevrange(Queue.UPDATES, 0, 0, withscores=True)
    seconds, microseconds = await redis.time()
    return due / 1000 - (seconds + microseconds / 1e6)  # type: ignore[no-any-return]  # redis-py's types


async def reasons(redis: ArqRedis) -> list[str]:
    keys = sorted(await redis.keys("darkroom:dead-letters:*"))
    return [(await redis.hget(key, "reason")).decode() for key in keys]  # type: ignore[misc]  # redis-py's types


async def test_drain_handles_every_update(
    conversation: Conversation, handled: Handled, redis: ArqRedis
) -> None:
    """One drain handles the waiting updates in order, and leaves the chat idle."""
    await receive(conversation, *(f'{{"update_id": {number}}}' for number in range(5)))
    await drain(conversation, "7")
    assert handled.ids == [0, 1, 2, 3, 4]
    assert not await redis.exists("darkroom:inbox:7", "darkroom:chats", "darkroom:head:7")


@pytest.mark.parametrize(
    "body",
    ['{"update_id": 1, "do": "fail"}', "no json", "[1]", "", "[" * 100_000, '{"text": "\\ud800"}'],
)
async def test_failing_update_does_not_block_its_chat(
    conversation: Conversation, handled: Handled, redis: ArqRedis, body: str
) -> None:
    """An update whose handler raises, or that is invalid, becomes a dead letter, and the next one is handled."""
    await receive(conversation, body, '{"update_id": 2}')
    await drain(conversation, "7")
    assert handled.ids == [2]
    assert len(await reasons(redis)) == 1


@pytest.mark.parametrize(
    "body",
    [
        '{"update_id": 1, "do": "fail"}',
        '{"update_id": 1, "do": "apologize"}',
        '{"update_id": 1, "text": "\\ud800"}',
        '{"update_id": 1, "number": ' + "9" * 5000 + "}",
        '{"update_id": 1, "deep": ' + "[" * 900 + "]" * 900 + "}",
    ],
)
async def test_user_is_notified_of_a_dead_letter(
    conversation: Conversation, handled: Handled, body: str
) -> None:
    """For every invalid update whose user can be read."""
    await receive(conversation, body)
    await drain(conversation, "7")
    assert handled.told == [1]


async def test_notification_waits_for_telegram(
    conversation: Conversation, handled: Handled, redis: ArqRedis
) -> None:
    """Until then the update stays at the head of its chat with its verdict, and is not tried again."""
    await receive(conversation, '{"update_id": 1, "do": "apologize"}', '{"update_id": 2}')

    async def handle_then_lose_telegram(update: Update) -> str | None:
        outcome = await handled.handle(update)
        handled.problem = AWAY
        return outcome

    losing = Conversation(
        conversation.inbox, handle_then_lose_telegram, handled.tell, handled.probe
    )
    await drain(losing, "7")
    assert (handled.told, await reasons(redis)) == ([], [])
    await drain(conversation, "7")
    handled.problem = None
    await drain(conversation, "7")
    assert (handled.begun, handled.told, handled.ids) == (2, [1], [2])
    assert await reasons(redis) == ["KeyError"]


async def test_update_waits_for_telegram_at_the_head_of_its_chat(
    conversation: Conversation, handled: Handled, redis: ArqRedis
) -> None:
    """However long the outage is, nothing is lost, nothing overtakes, and no attempt counts."""
    await receive(conversation, '{"update_id": 1}', '{"update_id": 2}')
    handled.problem = handled.probe_problem = Unavailable("network", "no answer", ambiguous=False)
    for _ in range(20):
        await drain(conversation, "7")
    assert handled.begun == 1, "later tries call getMe first"
    assert not await redis.exists("darkroom:lease:7"), "it holds no lease"
    assert 30 - 1 < await due_in(redis) < 45
    handled.problem = handled.probe_problem = None
    await drain(conversation, "7")
    assert handled.ids == [1, 2]
    assert await reasons(redis) == []


async def test_delays_grow_with_jitter(
    conversation: Conversation, handled: Handled, redis: ArqRedis
) -> None:
    """So that retries do not prolong an outage."""
    await receive(conversation, '{"update_id": 1}')
    handled.problem = handled.probe_problem = Unavailable("network", "no answer", ambiguous=False)
    waits = []
    for _ in range(4):
        await drain(conversation, "7")
        waits.append(await due_in(redis))
        await redis.delete(Queue.UPDATES)
    assert waits == sorted(waits)
    assert waits[0] < 4
    assert waits[3] > 10


async def test_retry_after_is_respected(
    conversation: Conversation, handled: Handled, redis: ArqRedis
) -> None:
    """A 429 of any length is waited out to the second, then the answer is sent."""
    await receive(conversation, '{"update_id": 1}')
    for seconds in (245, 34):
        handled.problem = Postponed(seconds)
        await redis.delete(Queue.UPDATES)
        await drain(conversation, "7")
        assert seconds - 1 < await due_in(redis) < seconds + 1.1
    handled.problem = None
    await drain(conversation, "7")
    assert handled.ids == [1]


async def test_outage_of_one_chat_does_not_block_others(
    conversation: Conversation, handled: Handled
) -> None:
    """Only the chat that Telegram refuses waits."""
    await receive(conversation, '{"update_id": 1}')
    await conversation.inbox.enqueue(2, "8", b'{"update_id": 2}')
    handled.problem = Postponed(60)
    await drain(conversation, "7")
    handled.problem = None
    await drain(conversation, "8")
    assert handled.ids == [2]


async def test_hanging_handler_becomes_a_dead_letter(
    conversation: Conversation, handled: Handled, redis: ArqRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its attempts; an update that was slow once is handled."""
    monkeypatch.setattr(inbox, "HANDLER_SECONDS", 0.05)
    await receive(conversation, '{"update_id": 1, "do": "hang"}', '{"update_id": 2}')
    for _ in range(inbox.MAX_ATTEMPTS):
        await drain(conversation, "7")
        assert await due_in(redis) > 1
    assert (handled.ids, handled.told) == ([], [])
    await drain(conversation, "7")
    assert (handled.ids, handled.told) == ([2], [1])
    (reason,) = await reasons(redis)
    assert "did not end" in reason


async def test_handler_timeout_is_longer_than_those_of_its_calls() -> None:
    """A hanging call raises first, as an outage of Telegram and not as a failure of the update."""
    assert 2 * TIMEOUT + 4 * PATIENCE_MS / 1000 < inbox.HANDLER_SECONDS
    assert TIMEOUTS[Task.DRAIN] > inbox.DRAIN_SECONDS + inbox.HANDLER_SECONDS


async def test_long_handler_keeps_its_lease(redis: ArqRedis, handled: Handled) -> None:
    """The lease is renewed, so that no other drain starts the same update."""
    slow = Inbox(redis, lease_seconds=0.3)
    conversation = Conversation(slow, handled.handle, handled.tell, handled.probe)

    async def outlast_the_lease() -> None:
        for _ in range(8):
            await asyncio.sleep(0.1)
            assert await slow.take("7", "somebody else") is None

    handled.do = outlast_the_lease
    await receive(conversation, '{"update_id": 1, "do": "something"}')
    await drain(conversation, "7")
    assert handled.ids == [1]


async def test_handler_that_lost_its_lease_is_cancelled(redis: ArqRedis, handled: Handled) -> None:
    """Two drains of one chat never work at the same time."""
    slow = Inbox(redis, lease_seconds=0.3)
    conversation = Conversation(slow, handled.handle, handled.tell, handled.probe)

    async def lose_the_lease() -> None:
        await redis.set("darkroom:lease:7", "somebody else")
        await asyncio.sleep(5)

    handled.do = lose_the_lease
    await receive(conversation, '{"update_id": 1, "do": "something"}')
    async with asyncio.timeout(1):
        await drain(conversation, "7")
    assert handled.ids == []
    assert await redis.get("darkroom:lease:7") == b"somebody else"


async def test_update_is_kept_during_a_redis_outage(
    conversation: Conversation, handled: Handled, redis: ArqRedis
) -> None:
    """It stays for a later drain, and the attempt does not count."""
    await receive(conversation, '{"update_id": 1, "do": "lose redis"}')
    for _ in range(2 * inbox.MAX_ATTEMPTS):
        await drain(conversation, "7")
    assert await redis.exists("darkroom:inbox:7")
    assert await reasons(redis) == []


async def test_redis_outage_ends_a_drain_without_an_error(
    handled: Handled, mortal_valkey: ValkeyServer
) -> None:
    """The lease expires, and the chat is recovered; arq logs no failure."""
    redis = connect(mortal_valkey.url, retries=0)
    conversation = Conversation(Inbox(redis), handled.handle, handled.tell, handled.probe)

    async def stop() -> None:
        mortal_valkey.stop()

    handled.do = stop
    await receive(conversation, '{"update_id": 1, "do": "something"}')
    await drain(conversation, "7")
    mortal_valkey.start()
    assert await redis.llen("darkroom:inbox:7") == 1  # type: ignore[misc]  # redis-py's types
    await redis.aclose(close_connection_pool=True)


async def test_long_drain_continues_in_another(
    conversation: Conversation,
    handled: Handled,
    redis: ArqRedis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After its time a drain leaves the rest to another one, which continues there."""
    monkeypatch.setattr(inbox, "DRAIN_SECONDS", 0)
    await receive(conversation, '{"update_id": 0}', '{"update_id": 1}')
    await drain(conversation, "7")
    assert handled.ids == [0]
    assert await redis.zcard("updates") == 2
    await drain(conversation, "7")
    assert handled.ids == [0, 1]
