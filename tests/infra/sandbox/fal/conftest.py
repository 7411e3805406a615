import uuid
from collections.abc import AsyncIterator

import pytest

from infra.sandbox.fal.options import Options
from tests.infra.sandbox.fal.account import Account, account
from tests.infra.sandbox.fal.clock import Clock
from tests.infra.sandbox.fal.server import serve


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def pace() -> float:
    """Return a pace without waits; modules that test timing set their own."""
    return 0.0


@pytest.fixture(scope="module")
async def fal(
    tmp_path_factory: pytest.TempPathFactory, pace: float, clock: Clock
) -> AsyncIterator[str]:
    """Return the fake's base URL, shared by a module; each test has its own account."""
    async with serve(Options(tmp_path_factory.mktemp("fal"), pace, now=clock)) as address:
        yield address


@pytest.fixture
async def me(fal: str) -> AsyncIterator[Account]:
    """A new account; what its test changes about the models, and its faults, are forgotten."""
    async with account(fal, uuid.uuid4().hex) as mine:
        yield mine
        await mine.http.delete("/models")
        await mine.http.delete("/faults")
