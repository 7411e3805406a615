from collections.abc import AsyncIterator

import httpx
import pytest

from tests.valkey import ValkeyServer
from tests.webhook_app.door import serve, settings_for


@pytest.fixture(scope="module")
async def served(
    valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    settings = settings_for(valkey.url, media_dir=tmp_path_factory.mktemp("media"))
    async with serve(settings) as client:
        yield client


@pytest.fixture
def door(served: httpx.AsyncClient, valkey_url: str) -> httpx.AsyncClient:
    """The front door in webhook mode, its Redis empty; starting one anew for each test would take a while."""
    return served
