"""Working beside others: limits that an admin sets while everything runs, and turns when fal's places are scarce."""

import time

import pytest

from infra.redis.client import connect
from tests.flows.administration import limited, open_card
from tests.flows.orders import make_picture
from tests.message import is_photo, job_id, words
from tests.person import Person
from tests.processes import Installation
from worker.jobs.store import JobStore
from worker.limits.limits import Limit, Limits
from worker.model import Job

# The first flow waits for the processes to start.
pytestmark = pytest.mark.timeout(150)


async def test_nobodys_batch_starves_the_others(
    installation: Installation, admin: Person, anya: Person, ben: Person
) -> None:
    """Аня holds both of fal's places and has three more in line when Ben comes: he waits for one of them at most."""
    async with limited(admin, Limit.FAL_SLOTS, "2"):
        held = [await hold_a_place(anya) for _ in range(2)]
        for number in range(3):
            await anya.say(f"/image яблоко номер {number}")
        await anya.wait_for_text("Ждёт отправки", timeout=20)
        await ben.say("/image a pear")
        await ben.wait_for_text("Waiting to be sent", timeout=20)
        await anya.say(f"/cancel {held[0]}")
        await ben.wait_for(is_photo, timeout=30)
        await anya.wait_for(lambda message: "номер 2" in words(message) and is_photo(message), 30)
    (his,), hers = [await jobs_of(installation, person) for person in (ben, anya)]
    waited = [job for job in hers if job.id not in held]
    before = [job for job in waited if (job.submitted_at or 0) < (his.submitted_at or 0)]
    assert len(before) <= 1, "one of hers may be next when he comes, and no more"
    await anya.say(f"/cancel {held[1]}")
    await anya.wait_for_text("снято с очереди", timeout=20)


async def hold_a_place(person: Person) -> str:
    """A job that fal has, and does not begin: its id."""
    await person.say("/image груша #stuck")
    return job_id(await person.wait_for_text("вы следующие", timeout=20))


async def test_an_admin_pauses_and_goes_on(admin: Person, anya: Person) -> None:
    """People hear why nothing begins, in the admin's own words; one press, and it does."""
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


async def jobs_of(installation: Installation, person: Person) -> list[Job]:
    redis = connect(installation.redis_url)
    try:
        return list((await JobStore(redis, Limits(), time.time).page(person_id=person.id)).jobs)
    finally:
        await redis.aclose(close_connection_pool=True)
