import asyncio
import json
import random

import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from worker.queues.inbox import Inbox, QueuedUpdate, ReceivedUpdate
from worker.queues.names import Queue
from worker.queues.scripts import wake_list_key


@pytest.fixture
def inbox(redis: ArqRedis, clock: Clock) -> Inbox:
    assert clock  # the scripts' own
    return Inbox(redis)


async def arq_jobs(redis: ArqRedis, queue: Queue) -> list[tuple[str, list[str], float]]:
    """Return function, arguments and due time (seconds) of each waiting arq job, in arq's order."""
    jobs = []
    for job_id, score in await redis.zrange(queue, 0, -1, withscores=True):
        stored = json.loads(await redis.get(b"arq:job:" + job_id))
        jobs.append((stored["f"], stored["a"], score / 1000))
    return jobs


async def taken(inbox: Inbox, token: str) -> bytes:
    """The first update of chat 7, taken by `token`."""
    body = await inbox.take("7", token)
    assert body is not None
    return body


async def begun(inbox: Inbox, token: str, mark: str) -> QueuedUpdate:
    """The state of the first update of chat 7, an attempt of which starts."""
    head = await inbox.begin("7", token, mark, await taken(inbox, token))
    assert head is not None
    return head


async def test_update_enqueues_one_drain_for_an_idle_chat(inbox: Inbox, redis: ArqRedis) -> None:
    """One arq job drains all waiting updates of a chat."""
    for update_id in range(3):
        assert await inbox.enqueue(update_id, "7", b"{}")
    assert [(f, a) for f, a, _ in await arq_jobs(redis, Queue.UPDATES)] == [("drain", ["7"])]


async def test_repeated_update_is_enqueued_once(inbox: Inbox) -> None:
    """Telegram repeats updates; the inbox keeps the first."""
    assert await inbox.enqueue(5, "7", b"first")
    assert not await inbox.enqueue(5, "7", b"second")
    assert await taken(inbox, "me") == b"first"
    await begun(inbox, "me", "a")
    assert await inbox.finish("7", "me", "a") is None


async def test_updates_are_enqueued_in_one_script(inbox: Inbox, redis: ArqRedis) -> None:
    """Each result says whether the update is new; every chat's order is kept, and every idle chat gets one drain."""
    arrivals = [(1, "7", b"a"), (2, "8", b"b"), (1, "7", b"again"), (3, "7", b"c")]
    outcomes = await inbox.enqueue_all([ReceivedUpdate(*arrival) for arrival in arrivals])
    assert outcomes == [True, True, False, True]
    drains = {tuple(arguments) for _, arguments, _ in await arq_jobs(redis, Queue.UPDATES)}
    assert drains == {("7",), ("8",)}
    assert await taken(inbox, "me") == b"a"
    await begun(inbox, "me", "a")
    assert await inbox.finish("7", "me", "a") == b"c"
    assert await inbox.enqueue_all([]) == []


async def test_updates_leave_a_chat_in_order(inbox: Inbox) -> None:
    """Taking and finishing removes from the list's head."""
    for number in range(4):
        await inbox.enqueue(number, "7", b"%d" % number)
    seen, body = [], await inbox.take("7", "me")
    while body:
        seen.append(body)
        await inbox.begin("7", "me", body.decode(), body)
        body = await inbox.finish("7", "me", body.decode())
    assert seen == [b"0", b"1", b"2", b"3"]


async def test_chat_has_one_drain_at_a_time(inbox: Inbox) -> None:
    """A second drain finds the lease taken and ends."""
    await inbox.enqueue(1, "7", b"x")
    assert await inbox.take("7", "first") == b"x"
    assert await inbox.take("7", "second") is None
    assert await inbox.begin("7", "second", "a", b"x") is None


async def test_update_stays_until_it_is_finished(inbox: Inbox, redis: ArqRedis) -> None:
    """After a drain's death the next one takes the update again, and knows of the first attempt."""
    await inbox.enqueue(1, "7", b"x")
    assert (await begun(inbox, "dead", "a")).tries == 1
    await redis.delete("darkroom:lease:7")
    assert await taken(inbox, "next") == b"x"
    assert (await begun(inbox, "next", "b")).tries == 2


async def test_death_before_the_handler_counts_no_attempt(inbox: Inbox, redis: ArqRedis) -> None:
    """Lost responses of Redis do not count against the update."""
    await inbox.enqueue(1, "7", b"x")
    for token in range(6):
        await inbox.take("7", str(token))
        await redis.delete("darkroom:lease:7")
    assert (await begun(inbox, "me", "a")).tries == 1


async def test_repeated_command_counts_one_attempt(inbox: Inbox) -> None:
    """redis-py repeats the command; its token says that it is the same attempt."""
    await inbox.enqueue(1, "7", b"x")
    heads = [await begun(inbox, "me", "a") for _ in range(3)]
    assert {head.tries for head in heads} == {1}


async def test_drain_without_the_lease_removes_nothing(inbox: Inbox, redis: ArqRedis) -> None:
    """A drain that lost its lease must not remove the update of the next one."""
    await inbox.enqueue(1, "7", b"x")
    await begun(inbox, "slow", "a")
    await redis.delete("darkroom:lease:7")
    await begun(inbox, "next", "b")
    assert await inbox.finish("7", "slow", "a") is None
    await inbox.put_off("7", "slow", 0, "a", waits=1)
    assert not await inbox.renew("7", "slow")
    assert await redis.exists("darkroom:inbox:7")
    assert await redis.get("darkroom:lease:7") == b"next"


async def test_repeated_script_loses_no_update(inbox: Inbox) -> None:
    """Redis dies after the script and before its response; redis-py repeats the command."""
    for number in range(3):
        await inbox.enqueue(number, "7", b"the same")
    assert await taken(inbox, "me") == await taken(inbox, "me"), "the lease is the caller's own"
    await begun(inbox, "me", "a")
    await inbox.finish("7", "me", "a")
    assert await inbox.finish("7", "me", "a") == b"the same"
    await begun(inbox, "me", "b")
    assert await inbox.finish("7", "me", "b") == b"the same", "one is left of three"
    await begun(inbox, "me", "c")
    assert await inbox.finish("7", "me", "c") is None


async def test_deferred_update_keeps_its_place(inbox: Inbox, redis: ArqRedis, clock: Clock) -> None:
    """A deferred drain returns to it, the chat's others wait behind it, and the attempt does not count."""
    await inbox.enqueue(1, "7", b"x")
    await redis.delete(Queue.UPDATES)
    await begun(inbox, "me", "a")
    await inbox.put_off("7", "me", 60, "a", waits=1, said=b"[]", unanswered_method="sendMessage")
    await inbox.enqueue(2, "7", b"y")
    ((task, arguments, due),) = await arq_jobs(redis, Queue.UPDATES)
    assert (task, arguments, due) == ("drain", ["7"], clock.now + 60)
    clock.advance(65)
    assert await inbox.recover() == 0, "its drain may still be on its way"
    head = await begun(inbox, "next", "b")
    assert (head.tries, head.waits, head.said) == (1, 1, b"[]")
    assert await inbox.finish("7", "next", "b", answered=["sendMessage"]) == b"y"
    assert await begun(inbox, "next", "c") == QueuedUpdate(), "the state is not the next one's"


async def test_lost_deferred_drain_is_recovered(
    inbox: Inbox, redis: ArqRedis, clock: Clock
) -> None:
    """The chat is found without its arq job."""
    await inbox.enqueue(1, "7", b"x")
    await inbox.take("7", "me")
    await inbox.put_off("7", "me", 60)
    await redis.delete(Queue.UPDATES)
    clock.advance(71)
    assert await inbox.recover() == 1


async def test_accepted_message_counts_for_every_chat(inbox: Inbox, clock: Clock) -> None:
    """A message that Telegram accepts in one chat ends the wait for such messages in others."""
    await inbox.enqueue(1, "7", b"x")
    await inbox.enqueue(2, "8", b"y")
    await begun(inbox, "me", "a")
    await inbox.put_off("7", "me", 0, "a", unanswered_method="sendMessage", unanswered_at=clock.now)
    clock.advance(5)
    await inbox.take("8", "other")
    await inbox.begin("8", "other", "b", b"y")
    await inbox.finish("8", "other", "b", answered=["sendMessage", "editMessageText"])
    assert (await begun(inbox, "me", "c")).answered_at == clock.now


async def test_state_of_a_removed_update_is_dropped(inbox: Inbox, redis: ArqRedis) -> None:
    """A worker of an earlier version removes an update and leaves the state of a newer one's."""
    await inbox.enqueue(1, "7", b"x")
    await inbox.enqueue(2, "7", b"y")
    await begun(inbox, "me", "a")
    await redis.lpop("darkroom:inbox:7")  # type: ignore[misc]  # redis-py's types
    assert await begun(inbox, "me", "b") == QueuedUpdate()


async def test_dead_letter_leaves_its_chat(inbox: Inbox, redis: ArqRedis) -> None:
    """It has its reason, and the next update is at the head."""
    await inbox.enqueue(1, "7", b"bad")
    await inbox.enqueue(2, "7", b"good")
    await begun(inbox, "me", "a")
    assert await inbox.finish("7", "me", "a", "ValueError") == b"good"
    (dead_letter,) = await redis.keys("darkroom:dead-letters:*")
    assert await redis.hget(dead_letter, "body") == b"bad"  # type: ignore[misc]  # redis-py's types


async def test_empty_chat_is_idle_again(inbox: Inbox, redis: ArqRedis) -> None:
    """After the last update only the remembered ids are in Redis, and the next one enqueues a drain."""
    await inbox.enqueue(1, "7", b"x")
    await begun(inbox, "me", "a")
    await inbox.finish("7", "me", "a")
    left = ("darkroom:inbox:7", "darkroom:lease:7", "darkroom:chats", "darkroom:head:7")
    assert await redis.exists(*left) == 0
    await inbox.enqueue(2, "7", b"y")
    assert len(await arq_jobs(redis, Queue.UPDATES)) == 2


async def test_released_chat_continues_in_another_drain(inbox: Inbox, redis: ArqRedis) -> None:
    """Deferring releases the lease and enqueues the next drain."""
    await inbox.enqueue(1, "7", b"x")
    await inbox.take("7", "me")
    await inbox.put_off("7", "me")
    assert len(await arq_jobs(redis, Queue.UPDATES)) == 2
    assert await taken(inbox, "other") == b"x"


async def test_chat_of_a_dead_drain_is_recovered(
    inbox: Inbox, redis: ArqRedis, clock: Clock
) -> None:
    """After the lease, recovery enqueues one drain, and no second one while that one is queued."""
    await inbox.enqueue(1, "7", b"x")
    await inbox.take("7", "dead")
    clock.advance(60)
    assert await inbox.recover() == 0, "the lease has not expired"
    await redis.delete("darkroom:lease:7", Queue.UPDATES, wake_list_key(Queue.UPDATES))
    assert await inbox.recover() == 1
    assert await redis.exists(wake_list_key(Queue.UPDATES)), "a sleeping worker is woken"
    assert await inbox.recover() == 0
    assert [f for f, _, _ in await arq_jobs(redis, Queue.UPDATES)] == ["drain"]


async def test_concurrent_drains_keep_order_without_overlap(inbox: Inbox) -> None:
    """Twenty chats with twenty updates each, eight drains: every update once, in order, alone in its chat."""
    handled: dict[str, list[int]] = {str(chat): [] for chat in range(20)}
    busy: set[str] = set()

    async def drain(token: str) -> None:
        for chat in random.sample(sorted(handled), len(handled)):
            body = await inbox.take(chat, token)
            while body:
                assert chat not in busy
                busy.add(chat)
                await inbox.begin(chat, token, body.decode(), body)
                handled[chat].append(int(body))
                busy.discard(chat)
                body = await inbox.finish(chat, token, body.decode())

    for number in range(400):
        await inbox.enqueue(number, str(number % 20), b"%d" % number)
    await asyncio.gather(*(drain(f"drain-{i}") for i in range(8)))
    assert handled == {str(chat): list(range(chat, 400, 20)) for chat in range(20)}
