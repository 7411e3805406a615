"""One installation of real processes for all flows of a pytest process."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.processes import Installation, said_on_failure
from tests.user import User
from tests.valkey import ValkeyServer

#: Аня, whom the fake Telegram knows from the start.
ADMIN_ID = 1001


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Run with webhooks, a fast fal and a Telegram without rate limits. A flow must not change it for the others."""
    settings = {"tg_admin_user_ids": str(ADMIN_ID)}
    with (
        ValkeyServer(tmp_path_factory.mktemp("valkey")) as valkey,
        Installation(
            tmp_path_factory.mktemp("flows"),
            valkey.url,
            "webhook",
            chat_burst=60,
            settings=settings,
        ) as running,
    ):
        yield running


@pytest.fixture
async def admin(installation: Installation) -> AsyncIterator[User]:
    async with User(installation.telegram_url, ADMIN_ID) as somebody:
        with said_on_failure(installation):
            yield somebody
