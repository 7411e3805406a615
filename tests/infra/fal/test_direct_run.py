"""The language model and the speech model, against the fake."""

import base64
import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from infra.fal.direct_run import DirectRuns
from infra.fal.language_model import LanguageModel, LanguageModelError
from infra.fal.speech import SpeechError, SpeechModel
from infra.http_client import create_client
from infra.settings import Settings
from tests.fal_process import run_fal
from tests.recordings import recording

TRANSLATE = "Translate into English."


@pytest.fixture(scope="module")
def fal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_fal(tmp_path_factory.mktemp("fal"), "--pace", "0") as url:
        yield url


@pytest.fixture
async def http(fal: str) -> AsyncIterator[httpx.AsyncClient]:
    async with create_client() as client:
        yield client
        await client.delete(f"{fal}/direct")
        await client.delete(f"{fal}/faults")


@pytest.fixture
def settings(fal: str) -> Settings:
    key = SecretStr(f"{uuid.uuid4().hex}:secret")
    return Settings(_env_file=None, fal_run_base_url=fal, fal_api_key=key)


@pytest.fixture
def model(settings: Settings, http: httpx.AsyncClient) -> LanguageModel:
    return LanguageModel(DirectRuns.open(settings, http), settings.fal_text_model)


@pytest.fixture
def speech(settings: Settings, http: httpx.AsyncClient) -> SpeechModel:
    return SpeechModel(DirectRuns.open(settings, http), settings.fal_speech_model)


@pytest.mark.slow
async def test_a_completion_has_what_fal_bills_for_it(
    fal: str, settings: Settings, http: httpx.AsyncClient, model: LanguageModel
) -> None:
    """Its cost and request id are those of fal's billing event."""
    found = await model.complete("красный кот", system=TRANSLATE, timeout=5)
    assert found.text == "red cat"
    assert settings.fal_api_key is not None
    key = settings.fal_api_key.get_secret_value()
    answer = await http.get(
        f"{fal}/v1/models/billing-events", headers={"authorization": f"Key admin-{key}"}
    )
    (event,) = answer.json()["billing_events"]
    assert (event["request_id"], event["cost_total"]) == (found.request_id, found.cost)


async def test_images_go_to_the_vision_model(model: LanguageModel) -> None:
    """An image as a data URI is read there."""
    uri = (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
        "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    found = await model.complete("Describe it.", system="", images=[uri], timeout=5)
    assert "image" in found.text


@pytest.mark.parametrize(
    ("behaviour", "is_billed"),
    [
        *(({"status": status}, False) for status in (500, 429)),
        *(({"mode": mode}, True) for mode in ("error", "empty", "partial")),
    ],
)
async def test_an_answer_that_cannot_be_used_is_an_error(
    *,
    fal: str,
    http: httpx.AsyncClient,
    model: LanguageModel,
    behaviour: dict[str, object],
    is_billed: bool,
) -> None:
    """The error never quotes the prompt, and has what fal bills for the answer."""
    await http.put(f"{fal}/direct", json=behaviour)
    with pytest.raises(LanguageModelError) as raised:
        await model.complete("красный кот", system=TRANSLATE, timeout=5)
    assert "кот" not in str(raised.value)
    billed = raised.value.billed
    assert bool(billed and billed.cost > 0) is is_billed


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": True},
        {"status": 200, "body": "<html>"},
        {"status": 200, "body": "[1]"},
        {"status": 200, "body": '{"output": 1}'},
        {"status": 200, "body": '{"detail": [{"type": "internal_server_error"}]}'},
        {"status": 200, "body": '{"error": {"message": "overloaded", "code": 529}}'},
        {"status": 302, "location": "https://example.com/"},
        {"status": 429, "retry_after": "3600"},
        {"endless": True},
        {"half": True, "status": 200},
        {"status": 200, "body": r'{"output": "half of a character: \ud83d"}'},
        {"bomb": True},
        {"cut": True, "status": 200},
        {"status": 403, "body": '{"detail": "User is locked. Reason: Exhausted balance."}'},
    ],
)
async def test_a_broken_answer_is_an_error(
    fal: str, http: httpx.AsyncClient, model: LanguageModel, fault: dict[str, object]
) -> None:
    """It is not asked again: the broken answer may be billed."""
    await http.post(f"{fal}/faults", json={"operation": "run", "times": 1, **fault})
    with pytest.raises(LanguageModelError):
        await model.complete("красный кот", system=TRANSLATE, timeout=5)
    assert (await model.complete("кот", system=TRANSLATE, timeout=5)).text == "cat"


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ("null", 0),
        ('{"cost": -1}', 0),
        ('{"cost": NaN}', 0),
        ('{"cost": "1"}', 0),
        ('{"cost": 0.25}', 0.25),
        ('{"cost": 5000}', 1),
        ('{"cost": Infinity}', 1),
        (f'{{"cost": 1{"0" * 400}}}', 1),
    ],
)
async def test_an_absurd_cost_uses_up_no_budget(
    fal: str, http: httpx.AsyncClient, model: LanguageModel, usage: str, expected: float
) -> None:
    """One call counts as a dollar at most, and the answer is used."""
    body = f'{{"output": "red cat", "usage": {usage}}}'
    fault = {"operation": "run", "times": 1, "status": 200, "body": body}
    await http.post(f"{fal}/faults", json=fault)
    found = await model.complete("красный кот", system=TRANSLATE, timeout=5)
    assert (found.text, found.cost) == ("red cat", expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("0b5c-1", "0b5c-1"), ("0b5c-1, 0b5c-1", None), ("", None), ("a" * 1000, None)],
)
async def test_a_strange_request_id_is_left_out(given: str, expected: str | None) -> None:
    """A proxy may send the header twice; the ledger's rows have a space between their fields."""

    async def body() -> AsyncIterator[bytes]:
        yield b'{"output": "red cat"}'

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body(), headers={"x-fal-request-id": given})

    settings = Settings(_env_file=None, fal_api_key=SecretStr("a:b"))
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        run = await DirectRuns.open(settings, http).run("a/b", {}, timeout=2)
    assert run.request_id == expected


async def test_a_slow_model_is_left_after_the_time_limit(
    fal: str, http: httpx.AsyncClient, model: LanguageModel
) -> None:
    """Also if its answer comes in small pieces."""
    for fault in ({"delay": 5}, {"drip": 2, "status": 200}):
        await http.post(f"{fal}/faults", json={"operation": "run", **fault})
        began = time.monotonic()
        with pytest.raises(LanguageModelError):
            await model.complete("кот", system=TRANSLATE, timeout=0.3)
        assert time.monotonic() - began < 2


async def test_a_host_that_is_down_is_an_error(http: httpx.AsyncClient) -> None:
    """Nothing listens there."""
    settings = Settings(
        _env_file=None, fal_run_base_url="http://127.0.0.1:9", fal_api_key=SecretStr("a:b")
    )
    model = LanguageModel(DirectRuns.open(settings, http), "a/b")
    with pytest.raises(LanguageModelError):
        await model.complete("кот", system=TRANSLATE, timeout=2)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("google/gemini-2.5-flash", True), ("off", False), ("OFF", False)],
)
def test_a_model_is_switched_off_by_its_setting(given: str, *, expected: bool) -> None:
    """Without a key there is none either."""
    key = SecretStr("a:b")
    settings = Settings(
        _env_file=None, fal_api_key=key, fal_text_model=given, fal_speech_model=given
    )
    assert (settings.text_model is not None) is expected
    assert (settings.speech_model is not None) is expected
    assert Settings(_env_file=None, fal_api_key=None).text_model is None


async def test_a_transcript_has_its_text_and_price(speech: SpeechModel) -> None:
    """Silence is an empty text."""
    uri = _data_uri(recording("кот в шляпе", seconds=3))
    found = await speech.transcribe(uri, seconds=3, timeout=5)
    assert (found.text, found.language) == ("кот в шляпе", "rus")
    assert found.cost == pytest.approx(3 / 60 * 0.008)
    silent = _data_uri(recording(loudness=0))
    assert (await speech.transcribe(silent, seconds=1, timeout=5)).text == ""


async def test_half_of_a_character_is_left_out_of_a_transcript(
    fal: str, http: httpx.AsyncClient, speech: SpeechModel
) -> None:
    """Neither Redis nor Telegram takes it, and the recording is paid for."""
    fault = {"operation": "run", "times": 1, "status": 200}
    body = json.dumps({"text": "кот \ud83d в шляпе"})
    await http.post(f"{fal}/faults", json={**fault, "body": body})
    uri = _data_uri(recording("кот в шляпе", seconds=1))
    found = await speech.transcribe(uri, seconds=1, timeout=5)
    assert found.text.encode().decode().split() == ["кот", "в", "шляпе"]


async def test_a_transcript_that_cannot_be_used_is_paid_for(
    fal: str, http: httpx.AsyncClient, speech: SpeechModel
) -> None:
    """A model that repeats itself without end has understood nothing; a language is a short code."""
    body = json.dumps({"text": "кот " * 10_000, "language_code": "r" * 1000})
    await http.post(
        f"{fal}/faults", json={"operation": "run", "times": 1, "status": 200, "body": body}
    )
    found = await speech.transcribe(_data_uri(recording("кот", seconds=1)), seconds=30, timeout=5)
    assert (found.text, found.language) == ("", None)
    assert found.cost == pytest.approx(0.004)


async def test_a_file_without_sound_is_an_error_of_speech(speech: SpeechModel) -> None:
    """As is a model that is down."""
    with pytest.raises(SpeechError):
        await speech.transcribe("data:audio/ogg;base64,AAAA", seconds=1, timeout=5)


def _data_uri(content: bytes) -> str:
    return "data:audio/ogg;base64," + base64.b64encode(content).decode()


async def test_the_key_is_sent_over_http_addresses_only(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Another address is refused at the start, by the setting's name."""
    with pytest.raises(ValueError, match="fal_run_base_url"):
        DirectRuns.open(Settings(_env_file=None, fal_run_base_url=f"file://{tmp_path}"), http)
