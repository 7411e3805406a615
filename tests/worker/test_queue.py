import asyncio
import json
import random

import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from worker.queue import Arrival, Inbox, Queue, Taken, bell_key


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox(redis: ArqRedis, clock: Clock) -> Inbox:
    return Inbox(redis, clock)


async def arq_jobs(redis: ArqRedis, queue: Queue) -> list[tuple[str, list[str], float]]:
    """Function, arguments and due time (seconds) of each job that arq would run, in its order."""
    jobs = []
    for job_id, score in await redis.zrange(queue, 0, -1, withscores=True):
        stored = json.loads(await redis.get(b"arq:job:" + job_id))
        jobs.append((stored["f"], stored["a"], score / 1000))
    return jobs


async def taken(inbox: Inbox, token: str) -> Taken:
    """The first update of chat 7, in the hand of `token`."""
    update = await inbox.take("7", token)
    assert update is not None
    return update


async def test_an_update_wakes_one_drain_for_an_idle_chat(inbox: Inbox, redis: ArqRedis) -> None:
    """However many updates wait in a chat, one arq job drains them."""
    for update_id in range(3):
        assert await inbox.hand_over(update_id, "7", b"{}")
    assert [(f, a) for f, a, _ in await arq_jobs(redis, Queue.UPDATES)] == [("drain", ["7"])]


async def test_a_repeated_update_is_handed_over_once(inbox: Inbox) -> None:
    """Telegram repeats what it thinks was lost; the inbox keeps the first."""
    assert await inbox.hand_over(5, "7", b"first")
    assert not await inbox.hand_over(5, "7", b"second")
    first = await inbox.take("7", "me")
    assert first == Taken(b"first", tries=1)
    assert await inbox.finish("7", "me", first) is None


async def test_updates_that_come_together_are_handed_over_in_one_step(
    inbox: Inbox, redis: ArqRedis
) -> None:
    """Each is told whether it is new; every chat's order holds, and every idle chat gets one drain."""
    arrivals = [(1, "7", b"a"), (2, "8", b"b"), (1, "7", b"again"), (3, "7", b"c")]
    outcomes = await inbox.hand_over_all([Arrival(*arrival) for arrival in arrivals])
    assert outcomes == [True, True, False, True]
    drains = {tuple(arguments) for _, arguments, _ in await arq_jobs(redis, Queue.UPDATES)}
    assert drains == {("7",), ("8",)}
    first = await taken(inbox, "me")
    second = await inbox.finish("7", "me", first)
    assert (first.body, second and second.body) == (b"a", b"c")
    assert await inbox.hand_over_all([]) == []


async def test_updates_leave_a_chat_in_the_order_they_came(inbox: Inbox) -> None:
    """Taking and finishing walks the list from its head."""
    for number in range(4):
        await inbox.hand_over(number, "7", b"%d" % number)
    seen, taken = [], await inbox.take("7", "me")
    while taken:
        seen.append(taken.body)
        taken = await inbox.finish("7", "me", taken)
    assert seen == [b"0", b"1", b"2", b"3"]


async def test_a_chat_belongs_to_one_drain_at_a_time(inbox: Inbox) -> None:
    """The second drain finds the lease taken and goes away."""
    await inbox.hand_over(1, "7", b"x")
    assert await inbox.take("7", "first") == Taken(b"x", tries=1)
    assert await inbox.take("7", "second") is None


async def test_an_update_stays_until_it_is_done(inbox: Inbox, redis: ArqRedis) -> None:
    """A drain that dies leaves the update that it held: the next one takes it again, and is told so."""
    await inbox.hand_over(1, "7", b"x")
    await inbox.take("7", "dead")
    await redis.delete("darkroom:lease:7")
    assert await inbox.take("7", "next") == Taken(b"x", tries=2)


async def test_whoever_lost_the_lease_removes_nothing(inbox: Inbox, redis: ArqRedis) -> None:
    """A drain that was thought dead and comes back must not remove what the next one is doing."""
    await inbox.hand_over(1, "7", b"x")
    slow = await taken(inbox, "slow")
    await redis.delete("darkroom:lease:7")
    await inbox.take("7", "next")
    assert await inbox.finish("7", "slow", slow) is None
    assert await redis.exists("darkroom:inbox:7")


async def test_an_answer_that_was_lost_costs_no_update(inbox: Inbox) -> None:
    """Redis dies after it has taken a step and before it says so; redis-py then repeats the command."""
    for number in range(3):
        await inbox.hand_over(number, "7", b"%d" % number)
    first = await taken(inbox, "me")
    assert (await taken(inbox, "me")).body == first.body == b"0", "the lease is the asker's own"
    await inbox.finish("7", "me", first)
    second = await inbox.finish("7", "me", first)
    assert second is not None
    assert second.body == b"1"


async def test_what_cannot_be_handled_is_set_aside(inbox: Inbox, redis: ArqRedis) -> None:
    """It leaves its chat with the reason, and the next update is there."""
    await inbox.hand_over(1, "7", b"bad")
    await inbox.hand_over(2, "7", b"good")
    bad = await taken(inbox, "me")
    assert await inbox.finish("7", "me", bad, "ValueError") == Taken(b"good", tries=1)
    assert await redis.zcard("darkroom:poisoned") == 1


async def test_an_empty_chat_is_idle_again(inbox: Inbox, redis: ArqRedis) -> None:
    """After the last update nothing is left in Redis but the memory of the ids, and the next one wakes a drain."""
    await inbox.hand_over(1, "7", b"x")
    await inbox.finish("7", "me", await taken(inbox, "me"))
    left = ("darkroom:inbox:7", "darkroom:lease:7", "darkroom:chats", "darkroom:tries:7")
    assert await redis.exists(*left) == 0
    await inbox.hand_over(2, "7", b"y")
    assert len(await arq_jobs(redis, Queue.UPDATES)) == 2


async def test_a_long_talk_goes_on_in_a_further_drain(inbox: Inbox, redis: ArqRedis) -> None:
    """Handing on gives the lease back and enqueues whoever continues."""
    await inbox.hand_over(1, "7", b"x")
    await inbox.take("7", "me")
    await inbox.hand_on("7", "me")
    assert len(await arq_jobs(redis, Queue.UPDATES)) == 2
    assert (await taken(inbox, "other")).body == b"x"


async def test_a_chat_whose_drain_died_is_recovered(
    inbox: Inbox, redis: ArqRedis, clock: Clock
) -> None:
    """Once the lease has run out, recovery enqueues one drain, and not a second while that one is on its way."""
    await inbox.hand_over(1, "7", b"x")
    await inbox.take("7", "dead")
    clock.advance(60)
    assert await inbox.recover() == 0, "the lease still stands"
    await redis.delete("darkroom:lease:7", Queue.UPDATES, bell_key(Queue.UPDATES))
    assert await inbox.recover() == 1
    assert await redis.exists(bell_key(Queue.UPDATES)), "a sleeping worker hears of it"
    assert await inbox.recover() == 0
    assert [f for f, _, _ in await arq_jobs(redis, Queue.UPDATES)] == ["drain"]


async def test_concurrent_drains_keep_order_and_overlap_nowhere(inbox: Inbox) -> None:
    """Twenty chats with twenty updates each, eight rival drains: every update once, in order, alone in its chat."""
    handled: dict[str, list[int]] = {str(chat): [] for chat in range(20)}
    busy: set[str] = set()

    async def drain(token: str) -> None:
        for chat in random.sample(sorted(handled), len(handled)):
            update = await inbox.take(chat, token)
            while update:
                assert chat not in busy
                busy.add(chat)
                await asyncio.sleep(0)
                handled[chat].append(int(update.body))
                busy.discard(chat)
                update = await inbox.finish(chat, token, update)

    for number in range(400):
        await inbox.hand_over(number, str(number % 20), b"%d" % number)
    await asyncio.gather(*(drain(f"drain-{i}") for i in range(8)))
    assert handled == {str(chat): list(range(chat, 400, 20)) for chat in range(20)}
