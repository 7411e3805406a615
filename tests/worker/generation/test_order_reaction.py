"""A quick image in a group: the card comes only if the job takes longer, and the reaction shows the end."""

import pytest
from aiogram import Bot
from arq.connections import ArqRedis

from infra.i18n import Texts
from infra.telegram.delivery import Delivery
from infra.telegram.throttle import Throttle
from tests.clock import Clock
from tests.user import User, create_group, words
from tests.worker.generation.test_progress import bot, read
from tests.worker.generation.world import World
from tests.worker.jobs.test_store import request
from worker.bot.services.admin_contacts import Contacts
from worker.bot.services.progress_cards import ProgressCards
from worker.generation.card_lock import CardLock
from worker.generation.progress import Progress
from worker.generation.send_attempts import Attempts
from worker.jobs.job_set import JobSets
from worker.jobs.message_index import MessageIndex
from worker.jobs.order_reaction import QUICK_SECONDS, READY, WORKING
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import UNSENT, Job, Status
from worker.users.store import UserStore

__all__ = ["bot"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def jobs(redis: ArqRedis, clock: Clock) -> JobStore:
    return JobStore(redis, Limits(), clock)


@pytest.fixture
def progress(redis: ArqRedis, jobs: JobStore, bot: Bot) -> Progress:
    contacts = Contacts(UserStore(redis), frozenset())
    attempts = Attempts(redis, jobs, Delivery(bot))
    sets, messages = JobSets(redis, jobs), MessageIndex(redis)
    cards, card_lock = ProgressCards(Texts(), contacts, jobs.clock), CardLock(redis)
    return Progress(jobs, sets, attempts, cards, messages, card_lock, Throttle(redis))


@pytest.fixture
async def group(world: World, user: User) -> User:
    return user.in_chat(await create_group(world.telegram_url, "Студия", [user]))


@pytest.fixture
async def job(jobs: JobStore, bot: Bot, group: User) -> Job:
    """A job that was acknowledged by a reaction and runs."""
    order = await group.say("/image@darkroom_bot красное яблоко")
    place = {"chat_id": group.chat_id, "message_id": order["message_id"]}
    job = await jobs.create(request(group.id).model_copy(update=place), "one")
    await Delivery(bot).react(group.chat_id, order["message_id"], WORKING)
    await jobs.update_fields(job.id, reacted=True, card_missing=UNSENT)
    await jobs.move(job, {Status.CREATED}, Status.RUNNING, due=None)
    return await read(jobs, job)


async def reactions(group: User, job: Job) -> list[str]:
    found = [
        each for each in await group.messages() if each["message_id"] == job.request.message_id
    ]
    return [each["emoji"] for each in found[0].get("reactions", [])]


@pytest.mark.slow
async def test_card_comes_when_the_job_takes_longer(
    jobs: JobStore, progress: Progress, clock: Clock, group: User, job: Job
) -> None:
    """A poll after ten seconds sends it, once."""
    assert await progress.show(job)
    assert await group.from_bot() == []
    clock.advance(QUICK_SECONDS)
    await progress.show(job)
    (card,) = await group.from_bot()
    assert card["reply_to_message"]["message_id"] == job.request.message_id
    now = await read(jobs, job)
    assert now.progress_message_id == card["message_id"]
    await progress.show(now)
    assert len(await group.from_bot()) == 1


async def test_no_card_comes_just_before_the_result(
    jobs: JobStore, progress: Progress, clock: Clock, group: User, job: Job
) -> None:
    """Ten seconds pass while the image is sent; the card comes when its sends have no answer."""
    sending = {"status": Status.DELIVERING}
    await jobs.move(job, {Status.RUNNING}, Status.DELIVERING, due=None)
    clock.advance(QUICK_SECONDS)
    await progress.show(job.model_copy(update=sending))
    assert await group.from_bot() == []
    await jobs.update_fields(job.id, send_attempts=[1.0, 2.0])
    await progress.show(await read(jobs, job))
    assert len(await group.from_bot()) == 1


async def test_result_changes_the_reaction(
    jobs: JobStore, bot: Bot, progress: Progress, group: User, job: Job
) -> None:
    """No other message follows the image; a repetition changes nothing."""
    image = await bot.send_message(group.chat_id, "🖼")
    await jobs.update_fields(job.id, sent_message_ids=(image.message_id,))
    await jobs.move(job, {Status.RUNNING}, Status.DONE, due=None)
    for _ in range(2):
        await progress.conclude(await read(jobs, job))
    assert await reactions(group, job) == [READY]
    assert len(await group.from_bot()) == 1


async def test_failure_removes_the_reaction(
    jobs: JobStore, progress: Progress, group: User, job: Job
) -> None:
    """A message says why."""
    await jobs.move(job, {Status.RUNNING}, Status.FAILED, due=None, failure="busy")
    await progress.conclude(await read(jobs, job))
    assert await reactions(group, job) == []
    (card,) = await group.from_bot()
    assert "❌" in words(card)


@pytest.mark.slow
async def test_deleted_order_needs_no_reaction(
    jobs: JobStore, progress: Progress, group: User, job: Job
) -> None:
    """Its failure is shown nevertheless."""
    (order,) = [m for m in await group.messages() if m["message_id"] == job.request.message_id]
    await group.delete(order)
    await jobs.move(job, {Status.RUNNING}, Status.FAILED, due=None, failure="busy")
    await progress.conclude(await read(jobs, job))
    (card,) = await group.from_bot()
    assert "❌" in words(card)
