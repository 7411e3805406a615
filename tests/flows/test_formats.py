"""Formats: one idea in several shapes from one press, and a free crop."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from PIL import Image

from tests.flows.orders import make_picture
from tests.message import Message, is_photo, labels, words
from tests.processes import Installation
from tests.user import User, create_user

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

RATIOS = ("1:1", "4:5", "9:16", "16:9")
SAYS = {
    "ru": {
        "formats": "🔲 Форматы",
        "start": "▶️ Начать",
        "next": "Что дальше?",
        "stop": "✖️ Отменить все",
        "cancelled": "✖️ Отменено",
        "cropping": "✂️ Обрезаю, это бесплатно",
    },
    "en": {
        "formats": "🔲 Formats",
        "start": "▶️ Start",
        "next": "What next?",
        "stop": "✖️ Cancel all",
        "cancelled": "✖️ Cancelled",
        "cropping": "✂️ Cropping, at no cost",
    },
}


@pytest.fixture(params=["ru", "en"])
async def user(
    request: pytest.FixtureRequest, installation: Installation
) -> AsyncIterator[tuple[User, dict[str, str]]]:
    async with await create_user(installation.telegram_url, "Ann", request.param) as somebody:
        await somebody.say("/start")
        yield somebody, SAYS[request.param]


def starting(message: Message, beginning: str) -> str:
    return next(label for label in labels(message) if label.startswith(beginning))


def offers(beginning: str) -> Callable[[Message], bool]:
    return lambda message: any(label.startswith(beginning) for label in labels(message))


async def open_formats(user: User, says: dict[str, str]) -> Message:
    """Open the view of the formats on the card of an image."""
    await user.say("/image")
    card = await user.wait_for(offers(says["formats"]))
    await user.press(card, starting(card, says["formats"]))
    return await user.wait_for(offers("✓ 1:1"))


async def paid(installation: Installation) -> int:
    async with httpx.AsyncClient(base_url=installation.fal_url, trust_env=False) as http:
        return len((await http.get("/requests?queued=1")).raise_for_status().json())


async def photos(user: User) -> list[Message]:
    return [message for message in await user.from_bot() if is_photo(message)]


def size_of(message: Message) -> tuple[int, int]:
    largest = message["photo"][-1]
    return largest["width"], largest["height"]


async def test_one_press_makes_every_format(
    installation: Installation, user: tuple[User, dict[str, str]]
) -> None:
    """The words start four jobs, each paid for once; one album has them in their shapes, in order."""
    user_, says = user
    before = await paid(installation)
    await open_formats(user_, says)
    await user_.say("маяк")
    below = await user_.wait_for_text(says["next"], timeout=40)
    album = [message for message in await photos(user_) if "media_group_id" in message]
    ratios = [round(width / height, 2) for width, height in map(size_of, album)]
    assert ratios == [1.0, 0.8, 0.56, 1.78]
    assert await paid(installation) == before + 4
    assert [label for label in labels(below) if label.removeprefix("✓ ") in RATIOS] == [
        "✓ 1:1",
        *RATIOS[1:],
    ]
    # Each result has its own actions.
    await user_.press(below, "9:16")
    now = await user_.wait_for(lambda message: "✓ 9:16" in labels(message))
    assert "1:1" in labels(now)


async def test_chosen_formats_and_their_failure(
    installation: Installation, user: tuple[User, dict[str, str]]
) -> None:
    """Only the chosen formats are made; a failure is explained under the result, and nothing waits for it."""
    user_, says = user
    before = await paid(installation)
    card = await open_formats(user_, says)
    for ratio in ("1:1", "16:9"):
        await user_.press(card, starting(card, f"✓ {ratio}"))
        card = await user_.wait_for(offers(ratio))
    await user_.say("маяк #nsfw")
    ended = await user_.wait_for(
        lambda message: all(f"{ratio} · $0" in words(message) for ratio in RATIOS[1:3]), timeout=40
    )
    assert len([label for label in labels(ended) if "✏️" in label]) == 2
    assert await paid(installation) == before + 2


async def test_double_tap_orders_one_set(
    installation: Installation, user: tuple[User, dict[str, str]]
) -> None:
    """From a result, the button says the whole price; two taps on it pay for four images, which follow the result."""
    user_, says = user
    first = await make_picture(user_, "маяк")
    before = await paid(installation)
    rare = await user_.with_button(first, offers(says["formats"]))
    await user_.press(rare, starting(rare, says["formats"]))
    card = await user_.wait_for(offers(says["start"]))
    start = starting(card, says["start"])
    assert start.endswith("$0,16" if says is SAYS["ru"] else "$0.16")
    await asyncio.gather(*(user_.press(card, start) for _ in range(2)))
    await user_.wait_for_text(says["next"], timeout=40)
    album = [message for message in await photos(user_) if "media_group_id" in message]
    assert len(album) == 4
    assert await paid(installation) == before + 4


async def test_one_press_cancels_the_whole_set(
    installation: Installation, user: tuple[User, dict[str, str]]
) -> None:
    """The card of the set has one button; each job ends as cancelled, and can be started again by itself."""
    user_, says = user
    await open_formats(user_, says)
    await user_.say("маяк #stuck")
    card = await user_.wait_for(offers(says["stop"]))
    assert [ratio for ratio in RATIOS if ratio in words(card)] == [*RATIOS]
    await user_.press(card, says["stop"])
    ended = await user_.wait_for(
        lambda message: words(message).count(says["cancelled"]) == 4, timeout=40
    )
    assert [label.partition(" ")[0] for label in labels(ended)] == [*RATIOS]
    assert not await photos(user_)


async def test_crop_is_free(installation: Installation, user: tuple[User, dict[str, str]]) -> None:
    """A finished image comes again in another shape, with its buttons, and fal is not asked."""
    user_, says = user
    first = await make_picture(user_, "маяк")
    before = await paid(installation)
    rare = await user_.with_button(first, offers(says["formats"]))
    await user_.press(rare, starting(rare, says["formats"]))
    card = await user_.wait_for(offers("✂️"))
    answer = await user_.wait_for_answer(await user_.press(card, "✂️ 9:16"))
    assert answer["text"] == says["cropping"]
    cropped = await user_.wait_for(is_photo, timeout=25)
    width, height = size_of(cropped)
    assert round(width / height, 2) == 0.56
    assert height == size_of(first)[1]
    assert await paid(installation) == before
    assert "$" not in words(cropped)
    assert not [label for label in labels(cropped) if "🔁" in label]
    # It is a result like any other: it can be cropped again.
    rare = await user_.with_button(cropped, offers(says["formats"]))
    await user_.press(rare, starting(rare, says["formats"]))
    card = await user_.wait_for(offers("✂️"))
    await user_.press(card, "✂️ 1:1")
    square = await user_.wait_for(is_photo, timeout=25)
    image = Image.open(io.BytesIO(await user_.file(square["photo"][-1]["file_id"])))
    assert image.width == image.height == width
