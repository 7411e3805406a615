import pytest

pytest_plugins = ["tests.clock", "tests.object_store", "tests.valkey", "tests.visitors"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run on asyncio only, as arq and aiogram do."""
    return "asyncio"
