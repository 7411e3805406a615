"""Fixtures: new users of an installation that the tests' folder or file provides."""

from collections.abc import AsyncIterator

import pytest

from tests.person import Person, create_person
from tests.processes import Installation, said_on_failure


@pytest.fixture
async def anya(installation: Installation) -> AsyncIterator[Person]:
    """A new user who speaks Russian."""
    async with await create_person(installation.telegram_url, "Аня") as somebody:
        with said_on_failure(installation):
            yield somebody


@pytest.fixture
async def ben(installation: Installation) -> AsyncIterator[Person]:
    """A new user who speaks English."""
    async with await create_person(installation.telegram_url, "Ben", "en") as somebody:
        with said_on_failure(installation):
            yield somebody
