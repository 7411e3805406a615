"""The prompt helper on the real processes: better words, a description, and a check that repairs the text."""

from collections.abc import Callable, Mapping

import httpx
import pytest

from infra.money import MICRO
from tests.fal_process import bills
from tests.flows.photographs import photograph
from tests.message import Message, is_photo, job_id, labels, words
from tests.processes import Installation
from tests.user import User

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

RU = {
    "words": "кот у вывески «Ромашка»",
    "improve": "✨ Улучшить",
    "keep": "Оставить мои слова",
    "photo": "Что сделать с этим изображением?",
    "describe": "📝 Описать",
    "make": "▶️ Сделать по этому описанию",
    "sign": "/image дверь, вывеска «Открыто» #typo",
    "check": "🔎 Проверить надпись",
    "wrong": "На изображении: «Октрыто»",
    "repair": "🖌 Исправить только это место",
    "right": "Всё верно: «Открыто»",
}
EN = {
    "words": "a cat at a sign “Daisy”",
    "improve": "✨ Improve",
    "keep": "Keep my words",
    "photo": "What shall I do with this image?",
    "describe": "📝 Describe",
    "make": "▶️ Make an image of it",
    "sign": "/image a door, a sign “Open” #typo",
    "check": "🔎 Check the text",
    "wrong": "On the image: “Oepn”",
    "repair": "🖌 Repair just this spot",
    "right": "The text is right: “Open”",
}
type Texts = Mapping[str, str]


@pytest.fixture(params=["ru", "en"])
def speaker(request: pytest.FixtureRequest, anya: User, ben: User) -> tuple[User, Texts]:
    return (anya, RU) if request.param == "ru" else (ben, EN)


def labelled(beginning: str) -> Callable[[Message], bool]:
    """Return whether a message has a button whose label starts so."""
    return lambda message: any(label.startswith(beginning) for label in labels(message))


async def result(user: User, after: Message) -> Message:
    """Wait for an image that came after a message."""
    return await user.wait_for(
        lambda message: is_photo(message) and message["message_id"] >= after["message_id"]
    )


async def test_text_is_made_from_a_fuller_version(speaker: tuple[User, Texts]) -> None:
    """The inscription and the words are in it."""
    user, t = speaker
    await user.say(t["words"])
    offer = await user.wait_for(labelled(t["improve"]))
    await user.press(offer, t["improve"])
    versions = await user.wait_for(labelled(t["keep"]))
    await user.press(versions, "1")
    card = await user.wait_for(labelled("▶️"))
    await user.press(card, next(label for label in labels(card) if label.startswith("▶️")))
    made = words(await result(user, offer))
    assert t["words"] in made
    assert len(made.partition("\n")[0]) > len(t["words"])


async def test_photo_is_described_and_made(speaker: tuple[User, Texts]) -> None:
    """The words of the image are the description."""
    user, t = speaker
    await user.send_photo(photograph())
    card = await user.wait_for_text(t["photo"])
    await user.press(card, t["describe"])
    described = await user.wait_for(labelled(t["make"]))
    description = words(described).split("\n")[1]
    await user.press(described, t["make"])
    assert description in words(await result(user, described))


async def test_misspelled_text_is_repaired(
    installation: Installation, speaker: tuple[User, Texts]
) -> None:
    """The check reads what is really there, before and after; fal's bills are in the ledger."""
    user, t = speaker
    await user.say(t["sign"])
    first = await user.wait_for(is_photo)
    await user.press(first, t["check"])
    found = await user.wait_for_text(t["wrong"])
    await user.press(found, t["repair"])
    repaired = await result(user, found)
    assert job_id(repaired) != job_id(first)
    await user.press(repaired, t["check"])
    await user.wait_for_text(t["right"])
    async with httpx.AsyncClient(trust_env=False) as http:
        billed = await bills(http, installation.fal_url)
    assert 0 < billed["openrouter/router/vision"] < 0.1 * MICRO
