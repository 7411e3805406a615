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


async def test_delayed_update_is_handled_again_in_order(redis: ArqRedis, inbox: Inbox) -> None:
    """It follows the chat's updates of the meantime, byte for byte."""
    postponed = PostponedUpdates(redis)
    await postponed.put_off(7, "1001", BODY, 1.0)
    await inbox.enqueue(8, "1001", b"{}")
    await postponed.resume(inbox, "1001", "7")
    assert await inbox.take("1001", "token") == b"{}"
    await inbox.begin("1001", "token", "mark", b"{}")
    assert await inbox.finish("1001", "token", "mark") == BODY


async def test_second_run_enqueues_nothing(redis: ArqRedis, inbox: Inbox) -> None:
    """arq may run a job twice; the chat gets the update again only once."""
    postponed = PostponedUpdates(redis)
    await postponed.put_off(7, "1001", BODY, 1.0)
    for _ in range(2):
        await postponed.resume(inbox, "1001", "7")
    assert await inbox.take("1001", "token")
    await inbox.begin("1001", "token", "mark", BODY)
    assert await inbox.finish("1001", "token", "mark") is None


async def test_expired_update_is_no_error(redis: ArqRedis, inbox: Inbox) -> None:
    """A queue may have been stopped for longer than updates are stored here."""
    await PostponedUpdates(redis).resume(inbox, "1001", "7")
    assert await inbox.take("1001", "token") is None


async def test_delayed_update_waits_in_the_queue(redis: ArqRedis) -> None:
    """The arq job is due later; it does not contain the update."""
    await PostponedUpdates(redis).put_off(7, "1001", BODY, 60.0)
    ((job_id, due),) = await redis.zrange(Queue.UPDATES, 0, -1, withscores=True)
    now = await redis.time()
    assert due / 1000 - now[0] > 50
    assert BODY not in await redis.get(b"arq:job:" + job_id)


async def test_delayed_update_wakes_a_worker(redis: ArqRedis) -> None:
    """Otherwise one that is due soon would come up to half a second late."""
    await PostponedUpdates(redis).put_off(7, "1001", BODY, 0.4)
    assert await redis.exists(wake_list_key(Queue.UPDATES))
