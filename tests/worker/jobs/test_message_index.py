import pytest
from arq.connections import ArqRedis

from worker.jobs.message_index import KEPT_SECONDS, MessageIndex, ResultRef

PICTURE = ResultRef("0a1b2c3d4e5f6g7h", 2)


@pytest.fixture
def messages(redis: ArqRedis) -> MessageIndex:
    return MessageIndex(redis)


async def test_message_leads_to_its_result(messages: MessageIndex) -> None:
    """Message ids are unique only within a chat."""
    await messages.remember_sent(-1001, {5: PICTURE})
    assert await messages.find(-1001, 5) == PICTURE
    assert await messages.find(-1001, 6) is None
    assert await messages.find(1001, 5) is None


async def test_forgotten_message_is_not_found(messages: MessageIndex) -> None:
    """Forgetting again changes nothing."""
    await messages.remember_sent(1001, {5: PICTURE, 6: PICTURE})
    for _ in range(2):
        await messages.forget(1001, [5])
    await messages.forget(1001, [])
    assert await messages.find(1001, 5) is None
    assert await messages.find(1001, 6) == PICTURE


async def test_message_expires_after_a_month(messages: MessageIndex, redis: ArqRedis) -> None:
    """Redis expires it."""
    await messages.remember_sent(1001, {5: PICTURE})
    assert KEPT_SECONDS - 5 <= await redis.ttl("darkroom:message:1001:5") <= KEPT_SECONDS
