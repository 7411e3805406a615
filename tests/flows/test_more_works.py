"""Works beyond edits and upscales: background, edges, erasing, two frames, and works on a video."""

import io
from collections.abc import Mapping

import pytest
from PIL import Image

from tests.flows.footage import footage
from tests.flows.orders import make_picture
from tests.flows.photographs import SIZE, painted_over, photograph
from tests.message import Message, is_clip, is_photo, job_id, labels, words
from tests.processes import Installation
from tests.user import User

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

RU = {
    "photo": "Что сделать с этим изображением?",
    "more": "Ещё…",
    "background": "✂️ Убрать фон",
    "edges": "↔️ Дорисовать",
    "erase": "🧽 Стереть",
    "frames": "🎞 Два кадра",
    "start": "▶️ Начать",
    "extend": "⏩ Продолжить",
    "upscale": "⬆️ Увеличить видео",
}
EN = {
    "photo": "What shall I do with this image?",
    "more": "More…",
    "background": "✂️ No background",
    "edges": "↔️ Outpaint",
    "erase": "🧽 Erase",
    "frames": "🎞 Two frames",
    "start": "▶️ Start",
    "extend": "⏩ Continue",
    "upscale": "⬆️ Upscale video",
}
type Texts = Mapping[str, str]


@pytest.fixture(params=["ru", "en"])
def speaker(request: pytest.FixtureRequest, anya: User, ben: User) -> tuple[User, Texts]:
    return (anya, RU) if request.param == "ru" else (ben, EN)


def is_document(message: Message) -> bool:
    return "document" in message


def start_of(card: Message) -> str:
    """Return the button that starts the order, with its price."""
    return next(label for label in labels(card) if label.startswith("▶️"))


async def choose(user: User, t: Texts, card: Message, work: str) -> Message:
    """Open the fold of works, press one, and return the card as it is then."""
    await user.press(card, t["more"])
    card = await user.wait_for(lambda message: t[work] in labels(message))
    await user.press(card, t[work])
    return await user.wait_for(
        lambda message: (
            message["message_id"] == card["message_id"] and f"✓ {t[work]}" in labels(message)
        )
    )


async def result_bytes(user: User, message: Message) -> bytes:
    return await user.file(message["document"]["file_id"])


async def test_background_is_removed_and_stays_transparent(
    installation: Installation, speaker: tuple[User, Texts]
) -> None:
    """A photo comes back as a PNG file with transparency and a thumbnail, at the price that was shown."""
    user, t = speaker
    await user.send_photo(photograph())
    card = await user.wait_for_text(t["photo"])
    card = await choose(user, t, card, "background")
    await user.press(card, start_of(card))
    result = await user.wait_for(is_document, timeout=30)
    assert result["document"]["thumbnail"]
    with Image.open(io.BytesIO(await result_bytes(user, result))) as image:
        assert image.format == "PNG"
        assert image.getchannel("A").getextrema()[0] == 0
    assert "0.018" in words(result).replace(",", ".")
    # Again, from the stored photo; then everything is deleted.
    await user.press(result, next(label for label in labels(result) if label.startswith("🔁")))
    again = await user.wait_for(
        lambda message: is_document(message) and message["message_id"] > result["message_id"],
        timeout=30,
    )
    assert job_id(again) != job_id(result)


async def test_edges_are_drawn_to_a_format(speaker: tuple[User, Texts]) -> None:
    """A 4:3 photo becomes 16:9, and its height stays."""
    user, t = speaker
    await user.send_photo(photograph())
    card = await user.wait_for_text(t["photo"])
    card = await choose(user, t, card, "edges")
    await user.press(card, next(label for label in labels(card) if label.startswith("16:9")))
    card = await user.wait_for(
        lambda message: any(label.startswith("✓ 16:9") for label in labels(message))
    )
    await user.press(card, start_of(card))
    result = await user.wait_for(is_photo, timeout=30)
    largest = result["photo"][-1]
    assert largest["height"] == SIZE[1]
    assert largest["width"] == round(SIZE[1] * 16 / 9)


async def test_marked_part_is_erased_without_words(speaker: tuple[User, Texts]) -> None:
    """The card asks for the mask, and then for a press only."""
    user, t = speaker
    await user.send_photo(photograph())
    card = await user.wait_for_text(t["photo"])
    card = await choose(user, t, card, "erase")
    assert not [label for label in labels(card) if label.startswith("▶️")]
    await user.send_photo(painted_over())
    card = await user.wait_for(
        lambda message: (
            message["message_id"] > card["message_id"]
            and any(label.startswith("▶️") for label in labels(message))
        )
    )
    await user.press(card, start_of(card))
    result = await user.wait_for(is_photo, timeout=30)
    assert result["photo"][-1]["width"] == SIZE[0]


async def test_album_of_two_is_the_first_and_the_last_frame(speaker: tuple[User, Texts]) -> None:
    """The words that the model needs make it a video."""
    user, t = speaker
    await user.send_files(photograph(), photograph("tomato"), send_as="photo")
    card = await user.wait_for(lambda message: t["more"] in labels(message), timeout=20)
    card = await choose(user, t, card, "frames")
    await user.say("the sun sets")
    result = await user.wait_for(is_clip, timeout=60)
    assert "the sun sets" in words(result)


async def test_result_is_the_first_frame_and_the_card_asks_for_the_last(
    speaker: tuple[User, Texts],
) -> None:
    """Words that come first are kept until the last frame is there."""
    user, t = speaker
    picture = await make_picture(user, "a hill")
    await user.press(picture, t["frames"])
    card = await user.wait_for(lambda message: f"✓ {t['frames']}" in labels(message))
    assert not [label for label in labels(card) if label.startswith("▶️")]
    await user.say("a storm comes")
    card = await user.wait_for(
        lambda message: (
            message["message_id"] > card["message_id"] and f"✓ {t['frames']}" in labels(message)
        )
    )
    assert not [label for label in labels(card) if label.startswith("▶️")]
    await user.send_photo(photograph("tomato"))
    result = await user.wait_for(is_clip, timeout=60)
    assert "a storm comes" in words(result)


async def test_own_video_is_continued(speaker: tuple[User, Texts]) -> None:
    """The result is longer than the video, and costs what the card showed: six seconds."""
    user, t = speaker
    await user.send_files(footage(3), caption="the wave breaks", send_as="video")
    card = await user.wait_for(lambda message: f"✓ {t['extend']}" in labels(message), timeout=20)
    assert "0.30" in start_of(card).replace(",", ".")
    await user.press(card, start_of(card))
    result = await user.wait_for(is_clip, timeout=60)
    assert result["video"]["duration"] == 9
    assert "0.30" in words(result).replace(",", ".")


async def test_own_video_is_upscaled(speaker: tuple[User, Texts]) -> None:
    """Sent as a file; the price before, by the measured frames, is the bill after."""
    user, t = speaker
    await user.send_files(footage(2))
    card = await user.wait_for(lambda message: f"✓ {t['extend']}" in labels(message), timeout=20)
    await user.press(card, t["upscale"])
    card = await user.wait_for(lambda message: f"✓ {t['upscale']}" in labels(message))
    shown = start_of(card)
    await user.press(card, shown)
    result = await user.wait_for(is_clip, timeout=60)
    assert result["video"]["width"] == 1280
    price = shown.rpartition("·")[2].strip()
    assert price in words(result)
    assert f"≈ {price}" not in words(result)


async def test_video_result_is_continued_by_a_button(speaker: tuple[User, Texts]) -> None:
    user, t = speaker
    await user.say("/video 4s a lighthouse")
    await user.agree()
    film = await user.wait_for(is_clip, timeout=60)
    await user.press(film, next(label for label in labels(film) if label.startswith("⏩")))
    card = await user.wait_for(lambda message: f"✓ {t['extend']}" in labels(message))
    await user.say("it lights up")
    longer = await user.wait_for(
        lambda message: is_clip(message) and message["message_id"] > card["message_id"],
        timeout=60,
    )
    assert longer["video"]["duration"] == film["video"]["duration"] + 6


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (footage(17), "до 15 с"),
        (footage(1), "хотя бы 2 с"),
        (footage(2, codec="mpeg4"), "кодеком H.264"),
        (footage(2)[:2000], "файл повреждён"),
        (footage(2, (96, 64)), "не меньше 128"),
    ],
    ids=["long", "short", "codec", "broken", "small"],
)
async def test_video_that_the_model_does_not_take_is_refused(
    anya: User, file: bytes, said: str
) -> None:
    """Before anything is paid, with the limit or the next step."""
    before = len(await anya.messages())
    await anya.send_files(file, caption="дальше шторм")
    answer = await anya.wait_for(
        lambda message: message["from"]["is_bot"] and said in words(message), timeout=20
    )
    assert not [label for label in labels(answer) if label.startswith("▶️")]
    assert not [m for m in (await anya.messages())[before:] if is_clip(m) and m["from"]["is_bot"]]
