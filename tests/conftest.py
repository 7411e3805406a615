import gc

import pytest

from infra.telegram.aiogram_models import import_aiogram

# As in a worker, before any test module imports it.
import_aiogram()

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
