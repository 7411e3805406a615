import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from aiogram import Bot
from arq.connections import ArqRedis

from infra.i18n import Texts
from infra.telegram.bot import create_bot
from infra.telegram.delivery import Delivery
from infra.telegram.outcomes import Postponed, Unavailable
from infra.telegram.throttle import BOT_KEY, Throttle, ThrottledError, chat_key
from tests.processes import TOKEN
from tests.user import User, create_group, words
from tests.worker.generation.world import World
from tests.worker.jobs.test_store import request
from worker.bot.services.admin_contacts import Contacts
from worker.bot.services.progress_cards import ProgressCards
from worker.generation import clock_edits
from worker.generation.card_lock import CardLock
from worker.generation.progress import Progress
from worker.generation.send_attempts import Attempts
from worker.jobs.job_set import JobSets
from worker.jobs.message_index import MessageIndex
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import UNSENT, Job, Status
from worker.users.store import UserStore


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Bot]:
    bot = create_bot(TOKEN, world.telegram_url)
    yield bot
    await bot.session.close()


@pytest.fixture
def jobs(redis: ArqRedis) -> JobStore:
    return JobStore(redis, Limits(), time.time)


@pytest.fixture
def progress(redis: ArqRedis, jobs: JobStore, bot: Bot) -> Progress:
    contacts = Contacts(UserStore(redis), frozenset())
    attempts = Attempts(redis, jobs, Delivery(bot))
    sets, messages = JobSets(redis, jobs), MessageIndex(redis)
    cards, card_lock = ProgressCards(Texts(), contacts, jobs.clock), CardLock(redis)
    return Progress(jobs, sets, attempts, cards, messages, card_lock, Throttle(redis))


async def order(jobs: JobStore, bot: Bot, user: User, origin: str) -> Job:
    """Return a job that became unconfirmed after its card was sent."""
    request_cancellation = request(user.id).model_copy(update={"chat_id": user.id})
    job = await jobs.create(request_cancellation, origin)
    card = await bot.send_message(user.id, "⏳")
    await jobs.update_fields(job.id, progress_message_id=card.message_id)
    await jobs.move(job, {Status.CREATED}, Status.UNCONFIRMED, due=None)
    return await read(jobs, job)


async def read(jobs: JobStore, job: Job) -> Job:
    found = await jobs.get(job.id)
    assert found
    return found


@pytest.mark.slow
async def test_unchanged_card_uses_no_edit(
    redis: ArqRedis, jobs: JobStore, bot: Bot, progress: Progress, user: User
) -> None:
    """Two jobs of a chat are polled together: the first card is current, so the second one is edited."""
    await user.say("/start")
    first, second = [await order(jobs, bot, user, origin) for origin in ("one", "another")]
    await progress.show(first)
    await redis.delete(chat_key(user.id))
    await progress.show(await read(jobs, first))
    await progress.show(second)
    cards = [words(message) for message in await user.from_bot()]
    assert ["⏳ Связь" in card for card in cards] == [True, True]


async def test_clocks_of_many_cards_share_a_rate(
    redis: ArqRedis,
    jobs: JobStore,
    bot: Bot,
    progress: Progress,
    user: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Beyond it a card without news keeps its time: results and answers need Telegram's messages. News do not wait."""
    await user.say("/start")
    job = await order(jobs, bot, user, "update")
    monkeypatch.setattr(clock_edits, "_CLOCKS_PER_SECOND", 0)
    edits = []
    for show in (*[progress.show_time] * 12, progress.show):
        await redis.delete(chat_key(user.id), BOT_KEY)
        await jobs.update_fields(job.id, shown="another")
        await show(await read(jobs, job))
        edits.append((await read(jobs, job)).shown != "another")
    assert edits == [True] * 10 + [False] * 2 + [True]


def test_clocks_that_are_updated_at_once_reserve_their_edits() -> None:
    """Many cards of one run find out at the same time whether they have changed; only those that have use an edit."""
    now = 0.0
    edits = clock_edits.ClockEdits(lambda: now)
    with ExitStack() as run:
        assert [run.enter_context(edits.reserved()) for _ in range(12)] == [True] * 10 + [False] * 2
        edits.count()
    with ExitStack() as run:
        assert [run.enter_context(edits.reserved()) for _ in range(10)] == [True] * 9 + [False]
    now = 0.1
    with ExitStack() as run:
        assert all(run.enter_context(edits.reserved()) for _ in range(10))


async def test_final_edit_waits_for_a_running_edit(
    jobs: JobStore, bot: Bot, progress: Progress, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram keeps the last edit: sent in parallel, the older one could stay for ever."""
    await user.say("/start")
    job = await order(jobs, bot, user, "update")
    sending, go_on = asyncio.Event(), asyncio.Event()
    edit_card = Delivery.edit_card

    async def slow(*arguments: Any) -> None:
        sending.set()
        await go_on.wait()
        await edit_card(*arguments)

    with monkeypatch.context() as network:
        network.setattr(Delivery, "edit_card", slow)
        showing = asyncio.create_task(progress.show(job))
        await sending.wait()
        await jobs.move(job, {Status.UNCONFIRMED}, Status.FAILED, due=None, failure="busy")
        ended = await read(jobs, job)
        with pytest.raises(Postponed):
            await progress.conclude(ended)
        go_on.set()
        await showing
    await progress.conclude(ended)
    assert "❌" in words(await user.last_from_bot())


async def test_older_status_does_not_replace_the_end(
    jobs: JobStore, bot: Bot, progress: Progress, user: User
) -> None:
    """A poll that read the job before its end must not edit the card after it."""
    await user.say("/start")
    job = await order(jobs, bot, user, "update")
    await jobs.move(job, {Status.UNCONFIRMED}, Status.FAILED, due=None, failure="busy")
    await progress.conclude(await read(jobs, job))
    await progress.show(job)
    assert "❌" in words(await user.last_from_bot())


#: Errors of an edit, besides those of a deleted message.
GONE = (
    "MESSAGE_ID_INVALID",
    "message not found",
    "message to edit not found",
    "message can't be edited",
    "MESSAGE_EDIT_TIME_EXPIRED",
    "CHAT_WRITE_FORBIDDEN",
    "SOMETHING_NEW",
)


async def end(jobs: JobStore, job: Job) -> Job:
    await jobs.move(job, {job.status}, Status.FAILED, due=None, failure="busy")
    return await read(jobs, job)


class TestACardThatIsGone:
    @pytest.mark.slow
    @pytest.mark.parametrize("reason", GONE)
    async def test_end_is_sent_as_a_new_message(
        self,
        world: World,
        jobs: JobStore,
        bot: Bot,
        progress: Progress,
        user: User,
        reason: str,
    ) -> None:
        """For every reason that prevents the edit."""
        await user.say("/start")
        job = await end(jobs, await order(jobs, bot, user, "update"))
        refusal = {"method": "editMessageText", "status": 400, "description": reason}
        await world.http.post(f"{world.telegram_url}/faults", json=refusal)
        await progress.conclude(job)
        told = await user.last_from_bot()
        assert "❌" in words(told)
        assert (await read(jobs, job)).progress_message_id == told["message_id"]

    @pytest.mark.slow
    async def test_new_card_comes_with_the_next_status(
        self, redis: ArqRedis, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """One per status and not per poll: a user who deleted the card does not want it back."""
        await user.say("/start")
        job = await order(jobs, bot, user, "update")
        await user.delete(await user.last_from_bot())
        for _ in range(3):
            await progress.show(await read(jobs, job))
            await redis.delete(chat_key(user.id))
        assert await user.from_bot() == []
        await jobs.move(job, {Status.UNCONFIRMED}, Status.RUNNING, due=None)
        for _ in range(3):
            await progress.show(await read(jobs, job))
            await redis.delete(chat_key(user.id))
        (card,) = await user.from_bot()
        now = await read(jobs, job)
        assert (now.progress_message_id, now.card_missing) == (card["message_id"], None)

    async def test_unsent_first_card_comes_with_the_next_poll(
        self, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """Telegram was down when the user ordered."""
        await user.say("/start")
        job = await order(jobs, bot, user, "update")
        missing: dict[str, Any] = {"progress_message_id": None, "card_missing": UNSENT}
        await jobs.update_fields(job.id, **missing)
        await progress.show(await read(jobs, job))
        assert job.id in words(await user.last_from_bot())

    async def test_card_without_a_response_is_not_repeated_at_once(
        self, world: World, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """Its response was lost, and the next poll comes a moment later."""
        await user.say("/start")
        job = await order(jobs, bot, user, "update")
        before = len(await user.from_bot())
        missing: dict[str, Any] = {"progress_message_id": None, "card_missing": UNSENT}
        await jobs.update_fields(job.id, **missing)
        lost = {"method": "sendMessage", "after": True, "status": 502, "body": "<html>", "times": 9}
        await world.http.post(f"{world.telegram_url}/faults", json=lost)
        for _ in range(9):
            await progress.show(await read(jobs, job))
        assert len(await user.from_bot()) - before == 1
        await world.http.delete(f"{world.telegram_url}/faults")

    async def test_card_that_is_being_sent_is_not_sent_twice(
        self, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """The conversation sent it a moment ago and has no response yet."""
        await user.say("/start")
        job = await end(jobs, await order(jobs, bot, user, "update"))
        in_hand: dict[str, Any] = {"progress_message_id": None, "card_attempts": [jobs.clock()]}
        await jobs.update_fields(job.id, **in_hand)
        with pytest.raises(Unavailable):
            await progress.conclude(await read(jobs, job))


async def test_edits_wait_for_a_refused_message(
    redis: ArqRedis, world: World, jobs: JobStore, bot: Bot, progress: Progress, user: User
) -> None:
    """While Telegram refuses messages to a chat, no process edits a card there."""
    await user.say("/start")
    job = await order(jobs, bot, user, "one")
    fault = {"method": "sendMessage", "status": 429, "retry_after": 5}
    await world.http.post(f"{world.telegram_url}/faults", json=fault)
    async with create_bot(TOKEN, world.telegram_url, Throttle(redis)) as other:
        with pytest.raises(ThrottledError):
            await other.send_message(user.id, "…")
    assert not await progress.show(job)
    await redis.delete(chat_key(user.id))
    assert await progress.show(job)


class TestInAGroup:
    """Telegram allows twenty messages and edits a minute in a group; results come first."""

    async def done(self, jobs: JobStore, bot: Bot, group: Mapping[str, Any], origin: str) -> Job:
        """Return a job whose result was sent."""
        request_cancellation = request(1001).model_copy(update={"chat_id": group["id"]})
        job = await jobs.create(request_cancellation, origin)
        card = await bot.send_message(group["id"], "⏳")
        sent = {"progress_message_id": card.message_id, "sent_message_ids": [card.message_id + 1]}
        await jobs.update_fields(job.id, **sent)
        await jobs.move(job, {Status.CREATED}, Status.DONE, due=None)
        return await read(jobs, job)

    async def test_cards_after_results_are_deleted(
        self, world: World, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """Deletions do not count in Telegram's rates: none waits. The end of a failed job is always shown."""
        group = await create_group(world.telegram_url, "Студия", [user])
        first, second = [await self.done(jobs, bot, group, origin) for origin in ("one", "two")]
        await progress.conclude(first)
        await progress.conclude(second)
        assert not await user.in_chat(group).from_bot()
        failed = second.model_copy(update={"status": Status.FAILED, "sent_message_ids": ()})
        await progress.conclude(failed)
        (card,) = await user.in_chat(group).from_bot()
        assert "❌" in words(card)

    async def test_card_of_a_migrated_group_is_edited_in_the_old_chat(
        self, world: World, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """Telegram edits messages of the old chat, and users see both chats as one."""
        group = await create_group(world.telegram_url, "Студия", [user])
        job = await self.done(jobs, bot, group, "one")
        moved = user.in_chat(await user.in_chat(group).upgrade())
        await progress.conclude(job)
        (card,) = await moved.from_bot()
        assert job.id in words(card)
        assert card["chat"]["id"] == group["id"]

    @pytest.mark.slow
    async def test_end_in_a_migrated_group_is_a_new_message(
        self, world: World, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """If the card is gone, the new message is no reply: message ids differ there."""
        group = await create_group(world.telegram_url, "Студия", [user])
        job = await self.done(jobs, bot, group, "one")
        unsent: dict[str, Any] = {"failure": "busy", "sent_message_ids": None}
        await jobs.move(job, None, Status.FAILED, due=None, **unsent)
        job = await read(jobs, job)
        assert job.progress_message_id
        await bot.delete_message(group["id"], job.progress_message_id)
        moved = user.in_chat(await user.in_chat(group).upgrade())
        with pytest.raises(Postponed):
            await progress.conclude(job)
        await progress.conclude(await read(jobs, job))
        told = await moved.last_from_bot()
        assert job.id in words(told)
        assert "reply_to_message" not in told
