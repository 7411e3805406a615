import pytest

pytest_plugins = ["tests.clock", "tests.valkey", "tests.visitors"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The service runs on asyncio alone: arq and aiogram do."""
    return "asyncio"
