"""Following what one has asked for."""

import re

import pytest

from tests.person import Person, words

# The first flow waits for the processes to start.
pytestmark = pytest.mark.timeout(150)

JOB_ID = re.compile(r"\b[0-9a-z]{16}\b")


async def test_a_person_asks_how_a_job_goes(ben: Person) -> None:
    """/status with the id of a picture that came says that it is done; somebody else's id is unknown."""
    await ben.say("/image a lighthouse at night")
    result = await ben.wait_for(lambda message: "photo" in message, timeout=20)
    found = JOB_ID.search(words(result))
    assert found
    await ben.say(f"/status {found[0]}")
    assert "✅" in words(await ben.wait_for_text(found[0]))
    await ben.say("/status 0000000000000000")
    await ben.wait_for_text("None of your jobs")
