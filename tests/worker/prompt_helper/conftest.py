import uuid
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from arq.connections import ArqRedis
from pydantic import SecretStr

from infra.fal.direct_run import DirectRuns
from infra.fal.language_model import LanguageModel
from infra.http_client import create_client
from infra.settings import Settings
from tests.clock import Clock
from tests.fal_process import run_fal
from tests.worker.prompt_helper.helper import Helper
from worker.limits.limits import UNLIMITED
from worker.prompt_helper.charges import Charges


@pytest.fixture(scope="package")
def fal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_fal(tmp_path_factory.mktemp("fal"), "--pace", "0") as url:
        yield url


@pytest.fixture
async def helper(fal: str, redis: ArqRedis, clock: Clock) -> AsyncIterator[Helper]:
    """Translators with an account of their own at the fake."""
    key = SecretStr(f"{uuid.uuid4().hex}:secret")
    settings = Settings(_env_file=None, fal_run_base_url=fal, fal_api_key=key)
    async with create_client() as http, httpx.AsyncClient(trust_env=False) as plain:
        model = LanguageModel(DirectRuns.open(settings, http), settings.fal_text_model)
        charges = Charges(redis, UNLIMITED, clock)
        made = Helper(fal, key.get_secret_value(), plain, redis, model, charges)
        yield made
        await made.behave()
        await made.close()
