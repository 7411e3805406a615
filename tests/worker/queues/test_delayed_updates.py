import pytest
from arq.connections import ArqRedis

from worker.queues.delayed_updates import PostponedUpdates
from worker.queues.inbox import Inbox
from worker.queues.names import Queue
from worker.queues.scripts import wake_list_key

BODY = b'{"update_id": 7}'


@pytest.fixture
def inbox(redis: ArqRedis) -> Inbox:
    return Inbox(redis)


async def test_an_update_is_looked_at_once_more_in_its_chats_order(
    redis: ArqRedis, inbox: Inbox
) -> None:
    """It comes behind whatever the chat has brought meanwhile, byte for byte."""
    postponed = PostponedUpdates(redis)
    await postponed.put_off(7, "1001", BODY, 1.0)
    await inbox.enqueue(8, "1001", b"{}")
    await postponed.resume(inbox, "1001", "7")
    assert await inbox.take("1001", "token") == b"{}"
    await inbox.begin("1001", "token", "mark", b"{}")
    assert await inbox.finish("1001", "token", "mark") == BODY


async def test_a_second_run_hands_nothing_over(redis: ArqRedis, inbox: Inbox) -> None:
    """arq may run a job twice; the chat sees the update once more, and no oftener."""
    postponed = PostponedUpdates(redis)
    await postponed.put_off(7, "1001", BODY, 1.0)
    for _ in range(2):
        await postponed.resume(inbox, "1001", "7")
    assert await inbox.take("1001", "token")
    await inbox.begin("1001", "token", "mark", BODY)
    assert await inbox.finish("1001", "token", "mark") is None


async def test_what_is_long_gone_is_no_error(redis: ArqRedis, inbox: Inbox) -> None:
    """A queue may have stood still for longer than updates are kept here."""
    await PostponedUpdates(redis).resume(inbox, "1001", "7")
    assert await inbox.take("1001", "token") is None


async def test_it_waits_in_the_queue_and_not_in_a_worker(redis: ArqRedis) -> None:
    """The job is due later; nothing of the update stands in it."""
    await PostponedUpdates(redis).put_off(7, "1001", BODY, 60.0)
    ((job_id, due),) = await redis.zrange(Queue.UPDATES, 0, -1, withscores=True)
    now = await redis.time()
    assert due / 1000 - now[0] > 50
    assert BODY not in await redis.get(b"arq:job:" + job_id)


async def test_a_sleeping_worker_hears_of_it(redis: ArqRedis) -> None:
    """Or it would come to the look only when its sleep is over, up to half a second after its time."""
    await PostponedUpdates(redis).put_off(7, "1001", BODY, 1.0)
    assert await redis.exists(wake_list_key(Queue.UPDATES))
