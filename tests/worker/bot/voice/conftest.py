import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from arq.connections import ArqRedis

from infra.fal.client import FalClient
from infra.fal.direct_run import DirectRuns
from infra.fal.speech import SpeechModel
from infra.settings import Settings
from infra.telegram.files import TelegramFiles
from tests.clock import Clock
from tests.fal_process import run_fal
from tests.worker.bot.conversation import TOKEN
from tests.worker.bot.voice.hearing import Hearing
from worker.limits.limits import Limits
from worker.prompt_helper.charges import Charges
from worker.prompt_helper.transcription import Listener
from worker.prompt_helper.transcripts import Transcripts


@pytest.fixture(scope="package")
def fal_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_fal(tmp_path_factory.mktemp("fal"), "--pace", "0") as url:
        yield url


@pytest.fixture
def key() -> str:
    """The key of an account of this test, so that a late run of another one is not counted."""
    return f"{uuid.uuid4().hex}:key"


@pytest.fixture
async def hearing(fal_url: str, key: str) -> AsyncIterator[Hearing]:
    """The fake's speech model, as usual at the end of the test."""
    async with httpx.AsyncClient(base_url=fal_url, trust_env=False) as http:
        yield Hearing(http, key)
        await http.delete("/direct")


@pytest.fixture
async def listener(
    fal_url: str,
    key: str,
    telegram: httpx.AsyncClient,
    redis: ArqRedis,
    settings: Settings,
    clock: Clock,
    tmp_path: Path,
) -> AsyncIterator[Listener]:
    fal = Settings(
        _env_file=None,
        fal_api_key=key,
        fal_queue_base_url=fal_url,
        fal_rest_base_url=fal_url,
        fal_run_base_url=fal_url,
    )
    async with httpx.AsyncClient(trust_env=False) as http:
        yield Listener(
            TelegramFiles(http, str(telegram.base_url).rstrip("/"), TOKEN),
            FalClient(http, api_key=key, queue_base_url=fal_url, rest_base_url=fal_url),
            SpeechModel(DirectRuns.open(fal, http), fal.fal_speech_model),
            Transcripts(redis),
            Charges(redis, Limits.of(settings), clock),
            tmp_path / "incoming",
        )
