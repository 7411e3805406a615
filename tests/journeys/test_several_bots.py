"""Two bots in one installation that share webhook_app, worker and Redis, and no data."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from tests.message import has_job_id, is_photo, words
from tests.processes import Installation, free_port, said_on_failure
from tests.user import User
from tests.valkey import ValkeyServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
#: The users that each bot's Telegram knows from the start.
_ANNA, _BORIS = 1001, 1002
_NIGHT_TOKEN = "4300000000:sandbox-token-of-the-other-bot-0123456789"


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, str]]:
    """Run with webhooks; each bot has its own Telegram, whose address comes second for the second bot."""
    folder = tmp_path_factory.mktemp("bots")
    with ValkeyServer(folder) as valkey:
        installation = Installation(
            folder, valkey.url, "webhook", settings={"bots_file": "bots.toml"}
        )
        night = f"http://127.0.0.1:{free_port()}"
        port = night.rpartition(":")[2]
        options = ("--port", port, "--data", str(folder / "night"), "--token", _NIGHT_TOKEN)
        telegram = installation.process("night", "-m", "infra.sandbox.telegram", *options)
        _write_table(folder, installation, valkey.url, night)
        try:
            telegram.start().wait_for(f"{night}/users")
            with installation:
                yield installation, night
        finally:
            telegram.stop()


def _write_table(folder: Path, installation: Installation, redis_url: str, night: str) -> None:
    (folder / "bots.toml").write_text(f"""
[day]
tg_bot_token = "{installation.environment["tg_bot_token"]}"
redis_url = "{redis_url}?db=1"
tg_allowed_user_ids = [{_ANNA}, {_BORIS}]

[night]
tg_bot_token = "{_NIGHT_TOKEN}"
tg_api_base = "{night}"
redis_url = "{redis_url}?db=2"
tg_allowed_user_ids = [{_ANNA}]
user_daily_budget = 0.0001
""")


@pytest.fixture
async def stack(several: tuple[Installation, str]) -> AsyncIterator[AsyncExitStack]:
    with said_on_failure(several[0]):
        async with AsyncExitStack() as entered:
            yield entered


async def test_bots_share_no_history(
    several: tuple[Installation, str], stack: AsyncExitStack
) -> None:
    """A user's image by one bot is not in the other's /my, though both use the same chat id."""
    installation, night = several
    by_day = await stack.enter_async_context(User(installation.telegram_url, _ANNA))
    by_night = await stack.enter_async_context(User(night, _ANNA))
    await by_day.say("/image лиса на снегу")
    assert "лиса" in words(await by_day.wait_for(is_photo, timeout=20))
    await by_night.say("/my")
    await by_night.wait_for_text("Здесь будет всё")
    async with httpx.AsyncClient(base_url=installation.api_url) as api:
        day = (await api.get("/bots/day/jobs")).json()
        assert len(day["jobs"]) == 1
        assert (await api.get("/bots/night/jobs")).json()["jobs"] == []
        # fal's webhook reached the bot that owns the job.
        assert (await api.get("/bots/day/health")).json()["fal_webhooks"] == "arriving"
        assert (await api.get("/bots/night/health")).json()["fal_webhooks"] == "silent"


async def test_bots_share_no_allowlist_and_no_limits(
    several: tuple[Installation, str], stack: AsyncExitStack
) -> None:
    """A user of one bot is a stranger to the other; a budget counts only for the bot that sets it."""
    installation, night = several
    stranger = await stack.enter_async_context(User(night, _BORIS))
    await stranger.say("/image сова")
    refusal = await stranger.wait_for_text(str(_BORIS))
    assert not has_job_id(refusal)
    poor = await stack.enter_async_context(User(night, _ANNA))
    await poor.say("/image сова")
    await poor.wait_for_text("бюджет")
    welcome = await stack.enter_async_context(User(installation.telegram_url, _BORIS))
    await welcome.say("/image сова")
    await welcome.wait_for(is_photo, timeout=20)
