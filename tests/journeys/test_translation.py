"""Russian words for a model that reads English only, over the real processes."""

import json
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.message import Message, has_job_id, is_photo, labels, words
from tests.processes import Installation
from tests.recordings import recording
from tests.user import User, create_user
from tests.valkey import ValkeyServer

pytestmark = pytest.mark.timeout(180)

SCHNELL, ROUTER = "fal-ai/flux/schnell", "openrouter/router"
#: Each interface language with its words for «as they are», for what the model got, and for the helper's costs.
LANGUAGES = [
    ("ru", "Мои слова как есть", "Модель получила: red cat", "помощник"),
    ("en", "My words as they are", "The model got: red cat", "helper"),
]
languages = pytest.mark.parametrize(("language", "as_written", "sent", "helper"), LANGUAGES)


@dataclass
class Fal:
    """The fake's requests of this installation, and how its language model behaves."""

    url: str
    http: httpx.AsyncClient

    async def behave(self, **behaviour: object) -> None:
        (await self.http.put(f"{self.url}/direct", json=behaviour)).raise_for_status()

    async def requests(self, endpoint: str) -> list[dict[str, Any]]:
        requests = (await self.http.get(f"{self.url}/requests")).json()
        return [request for request in requests if request["endpoint"] == endpoint]

    async def prompts(self) -> list[str]:
        """Return the prompts that the image model got, oldest first."""
        found = []
        for request in await self.requests(SCHNELL):
            given = await self.http.get(
                f"{self.url}/v1/models/requests/by-endpoint",
                params={
                    "endpoint_id": SCHNELL,
                    "request_id": request["request_id"],
                    "expand": "payloads",
                },
                headers={"authorization": "Key sandbox:key"},
            )
            found += [item["json_input"]["prompt"] for item in given.json()["items"]]
        return found


@pytest.fixture(scope="module")
def running() -> Iterator[Installation]:
    with (
        tempfile.TemporaryDirectory() as directory,
        ValkeyServer(Path(directory)) as valkey,
        Installation(Path(directory), valkey.url) as installation,
    ):
        yield installation


@pytest.fixture
async def fal(running: Installation) -> AsyncIterator[Fal]:
    async with httpx.AsyncClient(trust_env=False) as http:
        made = Fal(running.fal_url, http)
        yield made
        await made.behave()


@pytest.fixture
async def user(running: Installation, language: str) -> AsyncIterator[User]:
    async with await create_user(running.telegram_url, "Ann", language) as somebody:
        yield somebody


async def ordered(user: User, prompt: str) -> Message:
    await user.say(f"/image {prompt}")
    await user.wait_for(has_job_id)
    return await user.wait_for(is_photo, timeout=30)


@pytest.mark.slow
@languages
async def test_the_result_shows_the_words_as_the_model_got_them(
    user: User, fal: Fal, as_written: str, sent: str, helper: str
) -> None:
    """The user's own words stay on top, «as they are» repeats them untranslated, and the cost is in /money."""
    prompt = f"красный кот и вывеска «Открыто», {user.id}"
    result = await ordered(user, prompt)
    assert words(result).startswith(prompt)
    await user.press(result, next(label for label in labels(result) if label.startswith("ℹ️")))
    detailed = await user.wait_for(is_photo)
    assert f"{sent} and sign «Открыто», {user.id}" in words(detailed)
    assert (await fal.prompts())[-1] == f"red cat and sign «Открыто», {user.id}"
    (button,) = [label for label in labels(result) if as_written in label]
    assert re.search(r"\$0[.,]\d+", button)
    await user.press(result, button)
    again = await user.wait_for(is_photo, timeout=30)
    assert words(again).startswith(prompt)
    assert not any(as_written in label for label in labels(again))
    assert (await fal.prompts())[-1] == prompt
    await user.say("/money")
    assert helper in words(await user.wait_for_text("$"))


@pytest.mark.slow
@languages
async def test_a_repeated_order_is_translated_once(
    user: User, fal: Fal, as_written: str, sent: str, helper: str
) -> None:
    """Whatever is repeated gets the same words."""
    prompt = f"красный кот на крыше, {user.id}"
    await ordered(user, prompt)
    before = len(await fal.requests(ROUTER))
    await ordered(user, prompt)
    assert len(await fal.requests(ROUTER)) == before
    assert (await fal.prompts())[-2:] == [f"red cat on roof, {user.id}"] * 2


@pytest.mark.slow
@languages
async def test_a_set_is_translated_once(
    user: User, fal: Fal, as_written: str, sent: str, helper: str
) -> None:
    """All its jobs get the same words."""
    await fal.behave(delay=0.5)
    before = len(await fal.requests(ROUTER))
    await user.say(f"/image красный кот на мосту, {user.id} --formats 1:1,9:16,16:9")
    card = await user.wait_for(
        lambda message: any(as_written in label for label in labels(message)), timeout=60
    )
    await user.press(card, next(label for label in labels(card) if label.startswith("ℹ️")))
    await user.wait_for_text(f"{sent} on bridge, {user.id}")
    assert len(await fal.requests(ROUTER)) == before + 1
    assert (await fal.prompts())[-3:] == [f"red cat on bridge, {user.id}"] * 3


@pytest.mark.slow
@languages
@pytest.mark.parametrize(
    "behaviour",
    [
        {"status": 503},
        {"delay": 5},
        {"mode": "refuse"},
        {"mode": "nonsense"},
        {"mode": "wrong_language"},
    ],
    ids=lambda behaviour: "-".join(map(str, behaviour.values())),
)
async def test_an_order_goes_on_without_the_helper(
    user: User, fal: Fal, behaviour: dict[str, Any], as_written: str, sent: str, helper: str
) -> None:
    """The model gets the user's own words, and nothing says that a helper exists."""
    await fal.behave(**behaviour)
    prompt = f"синий кот с зонтом, {user.id}, {json.dumps(sorted(behaviour))[2:-2]}"
    result = await ordered(user, prompt)
    assert (await fal.prompts())[-1] == prompt
    text = words(result)
    assert text.startswith(prompt)
    assert sent.partition(":")[0] not in text
    assert not any(as_written in label for label in labels(result))


HELPER_BUTTONS = {
    "ru": ("✨ Улучшить", "📝 Описать", "🔎 Проверить надпись"),
    "en": ("✨ Improve", "📝 Describe", "🔎 Check the text"),
}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_logs_have_no_words(
    user: User, fal: Fal, running: Installation, language: str
) -> None:
    """Neither written nor spoken ones, nor what the language model makes of them, also where it fails."""
    secret = f"Sekretik{user.id}"
    result = await ordered(user, f"кот и вывеска «{secret}»")
    for button in HELPER_BUTTONS[language]:
        await user.press(result, button)
    await user.wait_for_text("✅")
    failing: list[dict[str, object]] = [{"mode": "error"}, {"status": 422}, {"answer": secret}]
    for number, behaviour in enumerate(failing):
        await fal.behave(**behaviour)
        await user.say(f"привет, {secret} {number}?")
        await ordered(user, f"пёс {number} и {secret}")
    await fal.behave(transcript=f"лиса и {secret}")
    await user.send_files(recording("лиса"), send_as="voice", caption="/image")
    await user.wait_for_text(secret)
    await user.ask_inline(secret)
    await ordered(user, f"последний {secret}")
    logs = running.web.log.read_text() + running.worker.log.read_text()
    assert "not translated" in logs
    assert not [line for line in logs.splitlines() if secret in line]
