from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from infra.sandbox.fal.options import Options
from infra.sandbox.telegram.rates import RateLimits
from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.settings import Settings
from tests.infra.loopback import unused_url
from tests.infra.sandbox.fal.server import serve as serve_fal
from tests.infra.sandbox.telegram.server import serve as serve_telegram
from tests.processes import TOKEN

type Make = Callable[..., Settings]

FAL_KEY = "an-id:a-secret"


@pytest.fixture(scope="module")
async def telegram(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    settings = SandboxSettings(
        data=tmp_path_factory.mktemp("telegram"),
        token=TOKEN,
        limits=RateLimits(webhook_per_second=1000),
    )
    async with serve_telegram(settings) as url:
        yield url


@pytest.fixture(scope="module")
async def fal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with serve_fal(Options(tmp_path_factory.mktemp("fal"), pace=0, key=FAL_KEY)) as url:
        yield url


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return the settings of an installation in which nothing runs, except what a test adds."""

    def of(**given: object) -> Settings:
        nowhere = unused_url()
        led: dict[str, object] = {
            "tg_bot_token": TOKEN,
            "tg_api_base": nowhere,
            "fal_api_key": FAL_KEY,
            "fal_queue_base_url": nowhere,
            "fal_rest_base_url": nowhere,
            "fal_platform_base_url": nowhere,
            "fal_run_base_url": nowhere,
            "fal_text_model": "off",
            "redis_url": "unix:///nowhere",
            "media_dir": tmp_path / "media",
        }
        return Settings.model_validate({**led, **given})

    return of
