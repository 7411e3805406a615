"""Fair slots under load, and pausing."""

import time

import pytest

from infra.redis.client import connect
from tests.flows.administration import limited, open_card
from tests.flows.orders import make_picture
from tests.message import is_photo, job_id, words
from tests.processes import Installation
from tests.user import User
from worker.jobs.store import JobStore
from worker.limits.limits import Limit, Limits
from worker.model import Job

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


async def test_batch_does_not_starve_other_users(
    installation: Installation, admin: User, anya: User, ben: User
) -> None:
    """Аня holds both fal slots and has three more jobs waiting when Ben orders: at most one starts before his."""
    async with limited(admin, Limit.FAL_SLOTS, "2"):
        held = [await hold_a_slot(anya) for _ in range(2)]
        for number in range(3):
            await anya.say(f"/image яблоко номер {number}")
        await anya.wait_for_text("Ждёт отправки", timeout=20)
        await ben.say("/image a pear")
        await ben.wait_for_text("Waiting to be sent", timeout=20)
        await anya.say(f"/cancel {held[0]}")
        await ben.wait_for(is_photo, timeout=30)
        await anya.wait_for(lambda message: "номер 2" in words(message) and is_photo(message), 30)
    (his,), hers = [await jobs_of(installation, user) for user in (ben, anya)]
    waited = [job for job in hers if job.id not in held]
    before = [job for job in waited if (job.submitted_at or 0) < (his.submitted_at or 0)]
    assert len(before) <= 1, "at most one of hers may start before his"
    await anya.say(f"/cancel {held[1]}")
    await anya.wait_for_text("снято с очереди", timeout=20)


async def hold_a_slot(user: User) -> str:
    """Order a job that fal accepts and never starts; return its id."""
    await user.say("/image груша #stuck")
    return job_id(await user.wait_for_text("вы следующие", timeout=20))


async def test_admin_pauses_and_resumes(admin: User, anya: User) -> None:
    """While paused, users see the admin's message; one press resumes."""
    await admin.press(await open_card(admin), "⏸ Приостановить")
    await admin.wait_for_text("что ответить людям")
    await admin.say("Пополняем счёт, вернёмся через час")
    card = await admin.wait_for_text("Новые задания не принимаются")
    try:
        await anya.say("/image красное яблоко")
        await anya.wait_for_text("Пополняем счёт")
    finally:
        await admin.press(card, "▶️ Продолжить")
    await admin.wait_for(lambda message: "не принимаются" not in words(message))
    await make_picture(anya, "красное яблоко")


async def jobs_of(installation: Installation, user: User) -> list[Job]:
    redis = connect(installation.redis_url)
    try:
        return list((await JobStore(redis, Limits(), time.time).page(user_id=user.id)).jobs)
    finally:
        await redis.aclose(close_connection_pool=True)
