"""Going on in words: how many messages and presses an image takes, and what taking back costs."""

import asyncio
from dataclasses import dataclass, field

import httpx
import pytest

from tests.message import Message, is_photo, labels, words
from tests.processes import Installation
from tests.user import User
from worker.jobs.store import UNDO_SECONDS

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


@dataclass
class Counted:
    """A user whose messages and presses are counted."""

    user: User
    said: int = 0
    pressed: int = 0
    results: list[Message] = field(default_factory=list)

    async def say(self, text: str) -> None:
        self.said += 1
        await self.user.say(text)

    async def press(self, label: str) -> None:
        self.pressed += 1
        offer = await self.user.wait_for(lambda message: _button(message, label))
        await self.user.press(offer, _button(offer, label))

    async def see_result(self) -> Message:
        result = await self.user.wait_for(is_photo, timeout=30)
        self.results.append(result)
        return result

    def efforts(self) -> tuple[int, int]:
        """Return the messages and presses since the last call."""
        found = (self.said, self.pressed)
        self.said = self.pressed = 0
        return found


def _button(message: Message, label: str) -> str:
    return next((each for each in labels(message) if each.startswith(label)), "")


async def requests_at_fal(installation: Installation) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{installation.fal_url}/requests")
        return len(answer.raise_for_status().json())


@pytest.fixture(params=["ru", "en"])
def someone(request: pytest.FixtureRequest, anya: User, ben: User) -> Counted:
    return Counted({"ru": anya, "en": ben}[request.param])


@pytest.fixture
def russian(request: pytest.FixtureRequest) -> bool:
    return bool(request.node.callspec.params["someone"] == "ru")


async def test_an_image_takes_one_message_and_at_most_one_press(
    someone: Counted, *, russian: bool
) -> None:
    """The first one by a command or in words, and each edit after it; the offer becomes the job's message."""
    await someone.say("/image красное яблоко" if russian else "/image a red apple")
    await someone.see_result()
    assert someone.efforts() == (1, 0)
    await someone.say("сделай фон синим" if russian else "make the background blue")
    await someone.press("✏️ Изменить последнюю" if russian else "✏️ Change the last one")
    edited = await someone.see_result()
    assert someone.efforts() == (1, 1)
    assert _button(edited, "↩️")
    await someone.say("кот на скейте" if russian else "a cat on a skateboard")
    await someone.press("🖼 Новое изображение" if russian else "🖼 New image")
    await someone.see_result()
    assert someone.efforts() == (1, 1)
    asked = "Что сделать с этими словами?" if russian else "What shall I do with these words?"
    assert not [message for message in await someone.user.from_bot() if asked in words(message)]


async def test_first_words_take_one_press(someone: Counted, *, russian: bool) -> None:
    """Someone who has just pressed Start writes what they want to see."""
    await someone.say("/start")
    await someone.user.wait_for_text("Просто напишите" if russian else "Just write")
    someone.efforts()
    await someone.say("красное яблоко" if russian else "a red apple")
    await someone.press("🖼 Изображение" if russian else "🖼 Image")
    await someone.see_result()
    assert someone.efforts() == (1, 1)


async def test_words_act_at_once_and_taking_them_back_costs_nothing(
    installation: Installation, someone: Counted, *, russian: bool
) -> None:
    """With the setting, an edit takes no press; what is taken back in time never reaches fal."""
    user = someone.user
    await someone.say("/settings")
    await someone.press("💬")
    await someone.press("изменить последнюю" if russian else "change the last one")
    await user.wait_for(lambda message: _button(message, "💬"))
    await someone.say("/image красное яблоко" if russian else "/image a red apple")
    await someone.see_result()
    someone.efforts()
    await someone.say("сделай фон синим" if russian else "make the background blue")
    edited = await someone.see_result()
    assert someone.efforts() == (1, 0)
    assert words(edited).startswith("сделай фон синим" if russian else "make the background blue")
    before = await requests_at_fal(installation)
    await someone.say("маяк у моря" if russian else "a lighthouse by the sea")
    card = await user.wait_for(lambda message: _button(message, "↩️"))
    answer = await user.wait_for_answer(await user.press(card, _button(card, "↩️")))
    assert ("ничего не потрачено" if russian else "nothing was spent") in answer["text"]
    offer = await user.wait_for(lambda message: _button(message, "🖼"))
    assert offer["message_id"] == card["message_id"]
    assert not _button(offer, "✏️")
    await asyncio.sleep(UNDO_SECONDS + 1)
    assert await requests_at_fal(installation) == before
    await user.press(offer, _button(offer, "🖼"))
    drawn = await user.wait_for(is_photo, timeout=30)
    assert words(drawn).startswith("маяк у моря" if russian else "a lighthouse by the sea")
    # A Russian prompt is translated, too.
    assert await requests_at_fal(installation) == before + (2 if russian else 1)
