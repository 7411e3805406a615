"""Working beside others: limits that an admin sets while everything runs, and turns when fal's places are scarce."""

import pytest

from infra.redis import connect
from tests.flows.administration import limited, open_card
from tests.flows.orders import make_picture
from tests.message import is_photo, words
from tests.person import Person
from tests.processes import Installation
from worker.job_store import JobStore
from worker.jobs import Job
from worker.limits import Limit

# The first flow waits for the processes to start.
pytestmark = pytest.mark.timeout(150)


async def test_nobodys_batch_starves_the_others(
    installation: Installation, admin: Person, anya: Person, ben: Person
) -> None:
    """Аня orders five pictures, Ben one, fal takes two: his begins before those of hers that wait."""
    async with limited(admin, Limit.FAL_SLOTS, "2"):
        for number in range(5):
            await anya.say(f"/image яблоко номер {number} #slow")
        await anya.wait_for_text("Ждёт отправки", timeout=20)
        await ben.say("/image a pear #slow")
        await ben.wait_for(is_photo, timeout=30)
        await anya.wait_for(lambda message: "номер 4" in words(message) and "photo" in message, 30)
    (his,), hers = [await jobs_of(installation, person) for person in (ben, anya)]
    overtaken = [job for job in hers if (job.submitted_at or 0) > his.created_at]
    assert overtaken, "there was no line"
    between = [job for job in overtaken if (job.submitted_at or 0) < (his.submitted_at or 0)]
    assert len(between) <= 1, "one of hers may have been called up when he came, and no more"


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
        return list((await JobStore(redis).page(person_id=person.id)).jobs)
    finally:
        await redis.aclose(close_connection_pool=True)
