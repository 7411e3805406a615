import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiogram import Bot
from arq.connections import ArqRedis

from infra.i18n import Texts
from infra.telegram.bot import create_bot
from infra.telegram.delivery import Delivery
from infra.telegram.outcomes import Away, Postponed
from tests.processes import TOKEN
from tests.user import User, create_group, words
from tests.worker.generation.world import World
from tests.worker.jobs.test_store import request
from worker.bot.services.admin_contacts import Contacts
from worker.generation.progress import Progress
from worker.generation.send_attempts import Attempts
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
    return Progress(redis, jobs, attempts, Texts(), contacts, MessageIndex(redis))


async def order(jobs: JobStore, bot: Bot, user: User, origin: str) -> Job:
    """A job that became unconfirmed since its card was sent."""
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


async def test_a_card_without_news_leaves_its_turn_to_another(
    redis: ArqRedis, jobs: JobStore, bot: Bot, progress: Progress, user: User
) -> None:
    """Two jobs of a chat that are looked at in step: the first has been shown, so the second is."""
    await user.say("/start")
    first, second = [await order(jobs, bot, user, origin) for origin in ("one", "another")]
    await progress.show(first)
    await redis.delete(f"darkroom:edited:{user.id}")
    await progress.show(await read(jobs, first))
    await progress.show(second)
    cards = [words(message) for message in await user.from_bot()]
    assert ["⏳ Связь" in card for card in cards] == [True, True]


async def test_the_end_waits_for_an_edit_that_is_on_its_way(
    jobs: JobStore, bot: Bot, progress: Progress, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram shows what comes last: were both sent at once, the older news could cover the end for ever."""
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


async def test_old_news_do_not_cover_the_end(
    jobs: JobStore, bot: Bot, progress: Progress, user: User
) -> None:
    """A look that has read the job before it ended comes too late to show what it saw."""
    await user.say("/start")
    job = await order(jobs, bot, user, "update")
    await jobs.move(job, {Status.UNCONFIRMED}, Status.FAILED, due=None, failure="busy")
    await progress.conclude(await read(jobs, job))
    await progress.show(job)
    assert "❌" in words(await user.last_from_bot())


#: What an edit is answered, beside what a deleted message brings.
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
    @pytest.mark.parametrize("reason", GONE)
    async def test_the_end_is_told_in_a_new_message(
        self,
        world: World,
        jobs: JobStore,
        bot: Bot,
        progress: Progress,
        user: User,
        reason: str,
    ) -> None:
        """Whatever keeps the old one from being edited."""
        await user.say("/start")
        job = await end(jobs, await order(jobs, bot, user, "update"))
        refusal = {"method": "editMessageText", "status": 400, "description": reason}
        await world.http.post(f"{world.telegram_url}/faults", json=refusal)
        await progress.conclude(job)
        told = await user.last_from_bot()
        assert "❌" in words(told)
        assert (await read(jobs, job)).progress_message_id == told["message_id"]

    async def test_a_new_one_comes_with_the_next_status(
        self, redis: ArqRedis, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """One, and not at each look: who deleted it does not want the same again."""
        await user.say("/start")
        job = await order(jobs, bot, user, "update")
        await user.delete(await user.last_from_bot())
        for _ in range(3):
            await progress.show(await read(jobs, job))
            await redis.delete(f"darkroom:edited:{user.id}")
        assert await user.from_bot() == []
        await jobs.move(job, {Status.UNCONFIRMED}, Status.RUNNING, due=None)
        for _ in range(3):
            await progress.show(await read(jobs, job))
            await redis.delete(f"darkroom:edited:{user.id}")
        (card,) = await user.from_bot()
        now = await read(jobs, job)
        assert (now.progress_message_id, now.card_missing) == (card["message_id"], None)

    async def test_a_first_card_that_was_not_sent_comes_with_the_next_look(
        self, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """Telegram was away when its person asked."""
        await user.say("/start")
        job = await order(jobs, bot, user, "update")
        missing: dict[str, Any] = {"progress_message_id": None, "card_missing": UNSENT}
        await jobs.update_fields(job.id, **missing)
        await progress.show(await read(jobs, job))
        assert job.id in words(await user.last_from_bot())

    async def test_a_new_one_that_may_have_been_sent_is_not_sent_again_at_once(
        self, world: World, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """Its answer was lost, and the next look comes a moment later."""
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

    async def test_a_card_that_is_being_sent_is_not_sent_twice(
        self, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """The conversation has sent it a moment ago, and not heard yet that it came."""
        await user.say("/start")
        job = await end(jobs, await order(jobs, bot, user, "update"))
        in_hand: dict[str, Any] = {"progress_message_id": None, "card_attempts": [jobs.clock()]}
        await jobs.update_fields(job.id, **in_hand)
        with pytest.raises(Away):
            await progress.conclude(await read(jobs, job))


class TestInAGroup:
    """Telegram counts twenty messages and edits a minute there; results come first."""

    async def done(self, jobs: JobStore, bot: Bot, group: Mapping[str, Any], origin: str) -> Job:
        """A job whose result was sent."""
        request_cancellation = request(1001).model_copy(update={"chat_id": group["id"]})
        job = await jobs.create(request_cancellation, origin)
        card = await bot.send_message(group["id"], "⏳")
        sent = {"progress_message_id": card.message_id, "sent_message_ids": [card.message_id + 1]}
        await jobs.update_fields(job.id, **sent)
        await jobs.move(job, {Status.CREATED}, Status.DONE, due=None)
        return await read(jobs, job)

    async def test_ends_that_results_have_told_are_shown_one_by_one(
        self, world: World, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """The second waits for its turn; one that failed does not, for nothing else has told it."""
        group = await create_group(world.telegram_url, "Студия", [user])
        first, second = [await self.done(jobs, bot, group, origin) for origin in ("one", "two")]
        await progress.conclude(first)
        with pytest.raises(Postponed):
            await progress.conclude(second)
        failed = second.model_copy(update={"status": Status.FAILED, "sent_message_ids": ()})
        await progress.conclude(failed)
        cards = [words(message) for message in await user.in_chat(group).from_bot()]
        assert ["✅" in cards[0], "❌" in cards[1]] == [True, True]

    async def test_what_is_edited_gives_way_to_a_result_that_waits(
        self, world: World, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """Nothing is edited there until it could be sent."""
        group = await create_group(world.telegram_url, "Студия", [user])
        job = await self.done(jobs, bot, group, "one")
        await progress.give_way(group["id"], 1)
        with pytest.raises(Postponed):
            await progress.conclude(job)

    async def test_a_card_is_edited_where_it_stands_though_its_group_became_a_supergroup(
        self, world: World, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """Telegram edits messages of the old chat, and people see both chats as one."""
        group = await create_group(world.telegram_url, "Студия", [user])
        job = await self.done(jobs, bot, group, "one")
        moved = user.in_chat(await user.in_chat(group).upgrade())
        await progress.conclude(job)
        (card,) = await moved.from_bot()
        assert job.id in words(card)
        assert card["chat"]["id"] == group["id"]

    async def test_an_end_is_told_in_the_supergroup_that_a_group_has_become(
        self, world: World, jobs: JobStore, bot: Bot, progress: Progress, user: User
    ) -> None:
        """When its card is gone: in a message of its own, which answers nobody, since numbers differ there."""
        group = await create_group(world.telegram_url, "Студия", [user])
        job = await self.done(jobs, bot, group, "one")
        assert job.progress_message_id
        await bot.delete_message(group["id"], job.progress_message_id)
        moved = user.in_chat(await user.in_chat(group).upgrade())
        with pytest.raises(Postponed):
            await progress.conclude(job)
        await progress.conclude(await read(jobs, job))
        told = await moved.last_from_bot()
        assert job.id in words(told)
        assert "reply_to_message" not in told
