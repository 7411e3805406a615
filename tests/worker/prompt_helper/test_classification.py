"""The classification of short texts, against the fake's language model."""

import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from arq.connections import ArqRedis
from pydantic import SecretStr

from infra.fal.direct_run import DirectRuns
from infra.fal.language_model import LanguageModel
from infra.http_client import create_client
from infra.settings import Settings
from tests.fal_process import run_fal
from worker.limits.ledger import Ledger
from worker.limits.limits import UNLIMITED, Limit, Limits
from worker.prompt_helper.charges import Charges, Purpose
from worker.prompt_helper.classification import TIMEOUT, Classifier

ANYA = 7
KINDS = {"prompt": "a description", "complaint": "dissatisfaction"}


@pytest.fixture(scope="module")
def fal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_fal(tmp_path_factory.mktemp("fal"), "--pace", "0") as url:
        yield url


@pytest.fixture
async def http(fal: str) -> AsyncIterator[httpx.AsyncClient]:
    async with create_client() as client:
        yield client
        await client.delete(f"{fal}/direct")


@pytest.fixture
def settings(fal: str) -> Settings:
    key = SecretStr("helper:secret")
    return Settings(_env_file=None, fal_run_base_url=fal, fal_api_key=key)


@pytest.fixture
def classifier(settings: Settings, http: httpx.AsyncClient, redis: ArqRedis) -> Classifier:
    model = LanguageModel(DirectRuns.open(settings, http), settings.fal_text_model)
    return Classifier(model, Charges(redis, Limits.of(settings)))


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["complaint", " Complaint.\n", '"complaint"'])
async def test_kind_is_one_of_the_list(
    fal: str, http: httpx.AsyncClient, classifier: Classifier, redis: ArqRedis, answer: str
) -> None:
    """However the model writes it; what the call costs is counted."""
    await http.put(f"{fal}/direct", json={"answer": answer})
    assert await classifier.classify(ANYA, "ну такое", KINDS) == "complaint"
    assert (await Ledger(redis).read()).helper.jobs == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        *({"mode": mode} for mode in ("refuse", "nonsense", "wrong_language", "error", "empty")),
        *({"answer": "complaint or prompt"}, {"answer": "weather"}, {"status": 503}),
    ],
)
async def test_any_other_answer_is_none(
    fal: str, http: httpx.AsyncClient, classifier: Classifier, behaviour: dict[str, object]
) -> None:
    """The words go on as if the helper were off."""
    await http.put(f"{fal}/direct", json=behaviour)
    assert await classifier.classify(ANYA, "ну такое", KINDS) is None


@pytest.mark.parametrize("mode", ["error", "empty", "partial", "nonsense"])
async def test_answer_that_cannot_be_used_is_charged(
    fal: str, http: httpx.AsyncClient, classifier: Classifier, redis: ArqRedis, mode: str
) -> None:
    """Because fal bills it."""
    await http.put(f"{fal}/direct", json={"mode": mode})
    assert await classifier.classify(ANYA, "ну такое", KINDS) is None
    ledger = await Ledger(redis).read()
    assert ledger.helper.jobs == 1
    assert ledger.users[ANYA].dollars > 0


@pytest.mark.slow
async def test_slow_model_is_not_waited_for(
    fal: str, http: httpx.AsyncClient, classifier: Classifier
) -> None:
    """The user waits no longer than the limit."""
    await http.put(f"{fal}/direct", json={"delay": 5})
    began = time.monotonic()
    assert await classifier.classify(ANYA, "ну такое", KINDS) is None
    assert time.monotonic() - began < TIMEOUT + 1


async def test_helper_that_is_off_or_over_budget_is_not_asked(
    fal: str, http: httpx.AsyncClient, settings: Settings, redis: ArqRedis
) -> None:
    """Silently."""
    await http.put(f"{fal}/direct", json={"answer": "complaint"})
    model = LanguageModel(DirectRuns.open(settings, http), settings.fal_text_model)
    charges = Charges(redis, UNLIMITED.changed({Limit.USER_DAILY_BUDGET: 0.5}))
    assert await Classifier(None, charges).classify(ANYA, "ну такое", KINDS) is None
    assert await Classifier(model, charges).classify(ANYA, "ну такое", KINDS) == "complaint"
    await charges.charge(ANYA, 0.5, purpose=Purpose.SPEECH, request_id="r-1")
    assert await Classifier(model, charges).classify(ANYA, "ну такое", KINDS) is None
