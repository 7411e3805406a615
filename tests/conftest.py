import gc

import pytest

pytest_plugins = ["tests.clock", "tests.object_store", "tests.valkey", "tests.visitors"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run on asyncio only, as arq and aiogram do."""
    return "asyncio"


# The modules and tests stay alive until the end. Each full collection that visits them takes a second.
gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()
