"""An additional language needs only a folder of texts."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.message import has_job_id, is_photo, labels, words
from tests.processes import ROOT, Installation, said_on_failure
from tests.user import User, create_user
from tests.valkey import ValkeyServer

pytestmark = pytest.mark.slow

#: As a translator would write them; missing texts stay English in this test.
GERMAN = {
    "language-name": "Deutsch",
    "language-set": "Ich spreche jetzt Deutsch.",
    "ask-language": "Welche Sprache soll ich sprechen?",
    "button-image": "🖼 Bild",
    "command-image": "ein Bild machen",
    "page-jobs": "Aufträge",
    "size-wide": "Breit",
    "words-size-wide": "breit",
    "words-quality-premium": "edel!",
}


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """A copy of the code with one more locale folder."""
    for name in ("webhook_app", "worker", "infra", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    german = tmp_path / "infra" / "locales" / "de"
    shutil.copytree(ROOT / "infra" / "locales" / "en", german)
    for file in german.glob("*.ftl"):
        text = file.read_text()
        for key, said in GERMAN.items():
            text = re.sub(rf"^{key} = .*$", f"{key} = {said}", text, flags=re.MULTILINE)
        file.write_text(text)
    with ValkeyServer(tmp_path) as valkey:
        settings = {"PYTHONPATH": str(tmp_path)}
        installed = Installation(tmp_path, valkey.url, warm=False, settings=settings)
        with installed, said_on_failure(installed):
            yield installed


async def menu(http: httpx.AsyncClient, user: User) -> list[str]:
    answer = await http.get("/bot", params={"user": user.id})
    return [command["description"] for command in answer.json()["commands"]]


async def test_new_locale_is_offered_and_used(installation: Installation) -> None:
    """Used automatically for its speakers in Telegram and the browser, and offered to all by /lang; menus and options
    follow."""
    url = installation.telegram_url
    async with (
        await create_user(url, "Jutta", "de-at") as jutta,
        await create_user(url, "Аня", "ru") as anya,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        for user, buttons in (
            (jutta, ["🖼 Bild", "🎬 Video"]),
            (anya, ["🖼 Изображение", "🎬 Видео"]),
        ):
            await user.say("/start")
            await user.wait_for(lambda message: "reply_markup" in message or words(message))
            assert await user.keyboard() == [buttons]
        assert "ein Bild machen" in await menu(http, jutta)
        assert "ein Bild machen" not in await menu(http, anya)

        await anya.say("/lang")
        card = await anya.wait_for(labels)
        assert labels(card) == ["Deutsch", "English", "✓ Русский"]
        await anya.press(card, "Deutsch")
        await anya.wait_for(lambda message: words(message) == GERMAN["language-set"])
        assert await anya.keyboard() == [["🖼 Bild", "🎬 Video"]]
        assert "ein Bild machen" in await menu(http, anya)
        await anya.say("🖼 Bild")
        await anya.wait_for(labels)
        await anya.say("edel ein Leuchtturm, breit")
        assert "Breit" in words(await anya.wait_for(has_job_id))
        await anya.wait_for(is_photo)

        preferred = {"Accept-Language": "de-CH, en;q=0.5"}
        page = await http.get(installation.api_url, headers=preferred)
    assert '<html lang="de"' in page.text
    assert GERMAN["page-jobs"] in page.text
