"""/status."""

import pytest

from tests.flows.orders import make_picture
from tests.message import has_job_id, job_id, labels, words
from tests.user import User

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

UNKNOWN = "None of your jobs"


async def test_status_of_an_active_job(ben: User) -> None:
    """/status shows the progress and how to cancel."""
    await ben.say("/image a house on a hill #stuck")
    asked = job_id(await ben.wait_for(has_job_id))
    await ben.wait_for_text("you are next", timeout=20)
    await ben.say(f"/status {asked}")
    status = await ben.wait_for_text(asked)
    assert "you are next" in words(status)
    assert labels(status) == []
    await ben.say(words(status).rpartition("To cancel it: ")[2])
    await ben.wait_for_text("Cancelled.", timeout=20)


async def test_status_of_a_done_job(ben: User) -> None:
    """/status with the id of a delivered image says how long it took."""
    result = await make_picture(ben, "a lighthouse at night")
    await ben.say(f"/status {job_id(result)}")
    assert "✅ Done in" in words(await ben.wait_for_text(job_id(result)))


async def test_status_of_a_failed_job(ben: User) -> None:
    """/status gives the reason and the next step."""
    await ben.say("/image something forbidden #nsfw")
    failed = await ben.wait_for_text("❌", timeout=20)
    await ben.say(f"/status {job_id(failed)}")
    status = await ben.wait_for_text(job_id(failed))
    assert "content check" in words(status)
    assert labels(status) == labels(failed)
    assert len(labels(status)) == 1


async def test_status_of_another_users_job(anya: User, ben: User) -> None:
    """Other users get the answer for an unknown id, whether the job is done or not."""
    result = await make_picture(anya, "маяк ночью")
    await ben.say(f"/status {job_id(result)}")
    theirs = words(await ben.wait_for_text(UNKNOWN))
    await ben.say("/status 0000000000000000")
    assert words(await ben.wait_for_text(UNKNOWN)) == theirs
