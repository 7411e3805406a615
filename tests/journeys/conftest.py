"""One running installation for each way that updates can come in, shared by a file of journeys."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.person import Person, create_person
from tests.processes import Installation, said_on_failure
from tests.valkey import ValkeyServer


@pytest.fixture(scope="module", params=["polling", "webhook"])
def installation(request: pytest.FixtureRequest) -> Iterator[Installation]:
    mode: str = request.param
    with (
        tempfile.TemporaryDirectory() as directory,
        ValkeyServer(Path(directory)) as valkey,
        Installation(Path(directory), valkey.url, mode) as running,
    ):
        yield running


@pytest.fixture
async def person(installation: Installation) -> AsyncIterator[Person]:
    """Somebody new, who speaks Russian."""
    async with await create_person(installation.telegram_url, "Аня") as somebody:
        with said_on_failure(installation):
            yield somebody


@pytest.fixture
async def english_person(installation: Installation) -> AsyncIterator[Person]:
    async with await create_person(installation.telegram_url, "Ben", "en") as somebody:
        with said_on_failure(installation):
            yield somebody
