"""Fixtures: new users of an installation that the tests' folder or file provides."""

from collections.abc import AsyncIterator

import pytest

from tests.processes import Installation, said_on_failure
from tests.user import User, create_user


@pytest.fixture
async def anya(installation: Installation) -> AsyncIterator[User]:
    """A new user who speaks Russian."""
    async with await create_user(installation.telegram_url, "Аня") as somebody:
        with said_on_failure(installation):
            yield somebody


@pytest.fixture
async def ben(installation: Installation) -> AsyncIterator[User]:
    """A new user who speaks English."""
    async with await create_user(installation.telegram_url, "Ben", "en") as somebody:
        with said_on_failure(installation):
            yield somebody
