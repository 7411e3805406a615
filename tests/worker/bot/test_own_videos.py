"""Videos that users send, and pictures for the works that need two."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from anyio import Path as AsyncPath

from infra.fal.model import Work
from tests.infra.clips import make_clip
from tests.user import Message, User, words
from tests.worker.bot.conversation import Conversation, Localized, labels
from tests.worker.bot.drawings import drawing
from tests.worker.bot.test_forged_callbacks import press
from worker.bot.callback_data import Switch
from worker.model import Kind

EXTEND = "xai/grok-imagine-video/extend-video"
MAX_BYTES = 20 * 1024 * 1024


@pytest.fixture
async def film(tmp_path: Path) -> bytes:
    path = make_clip(tmp_path / "film.mp4", seconds=3, width=640, height=360)
    return await AsyncPath(path).read_bytes()


async def send(
    conversation: Conversation,
    user: User,
    content: bytes,
    caption: str = "",
    send_as: str = "video",
    change: Callable[[dict[str, Any]], object] | None = None,
) -> Message:
    await user.send_files(content, caption=caption, send_as=send_as)
    for update in await conversation.updates():
        if change:
            change(update["message"])
        await conversation.handle(update)
    return await user.last_from_bot()


@pytest.mark.parametrize("send_as", ["video", "document"])
async def test_video_without_words_asks_what_to_do(
    conversation: Conversation, anya: User, film: bytes, send_as: str
) -> None:
    """The card has the two works of a video; words then start the order at the shown price."""
    card = await send(conversation, anya, film, send_as=send_as)
    assert labels(card)[:2] == ["✓ ⏩ Продолжить", "⬆️ Увеличить видео"]
    assert "≈ $0,30" in words(card)
    await conversation.send_text(anya, "волна накрывает берег")
    request = (await conversation.job(anya)).request
    assert (request.model, request.kind) == (EXTEND, Kind.VIDEO)
    (given,) = request.pictures
    assert (given.size, given.frames) == ((640, 360), 30)


@pytest.mark.parametrize("caption", ["the wave breaks", "/video the wave breaks"])
async def test_caption_of_a_video_waits_for_a_press(
    conversation: Conversation, ben: User, film: bytes, caption: str
) -> None:
    """It may have been meant for an upscale."""
    card = await send(conversation, ben, film, caption)
    assert "the wave breaks" in words(card)
    assert await conversation.job_count(ben) == 0
    await conversation.press(ben, card, "▶️ Start · $0.30")
    assert (await conversation.job(ben)).request.prompt == "the wave breaks"


async def test_upscale_of_a_video_shows_a_price_for_each_factor(
    conversation: Conversation, anya: User, film: bytes
) -> None:
    """By the measured frames, and needs no words."""
    card = await send(conversation, anya, film)
    await conversation.press(anya, card, "⬆️ Увеличить видео")
    card = await conversation.look(anya, card)
    factors = [label for label in labels(card) if "×" in label]
    assert [label.removeprefix("✓ ").partition(" · ")[0] for label in factors] == ["×2", "×4"]
    assert len({label.partition(" · ")[2] for label in factors}) == 2
    said = await conversation.send_text(anya, "поярче")
    assert "слова не нужны" in words(said)
    await conversation.press(anya, card, "▶️ Начать")
    request = (await conversation.job(anya)).request
    assert (request.model, request.options) == ("fal-ai/seedvr/upscale/video", {"scale": 2})


@pytest.mark.parametrize(
    ("change", "ru", "en"),
    [
        (
            lambda message: message["video"].update(file_size=MAX_BYTES + 1),
            "тяжелее 20 МБ",
            "larger than 20 MB",
        ),
        (
            lambda message: message.update(animation=message.pop("video")),
            "С анимациями и GIF",
            "animations and GIFs",
        ),
        (
            lambda message: message.update(video_note={**message.pop("video"), "length": 240}),
            "С видеосообщениями",
            "video messages",
        ),
    ],
    ids=["heavy", "animation", "note"],
)
async def test_unusable_video_is_explained(
    conversation: Conversation,
    anya: User,
    ben: User,
    film: bytes,
    change: Callable[[dict[str, Any]], object],
    ru: str,
    en: str,
) -> None:
    """With the next step, and nothing is downloaded or ordered."""
    before = await conversation.calls("getFile")
    assert ru in words(await send(conversation, anya, film, change=change))
    assert en in words(await send(conversation, ben, film, change=change))
    assert await conversation.calls("getFile") == before


@pytest.mark.parametrize("content", [b"no video at all" * 99, b"\0\0\0\x18ftypmp42" + bytes(999)])
async def test_file_that_is_no_video_is_refused(
    conversation: Conversation, anya: User, content: bytes
) -> None:
    """By its content, whatever its name and type say."""

    def declare(message: dict[str, Any]) -> None:
        message["document"] |= {"mime_type": "video/mp4", "file_name": "film.mp4"}

    said = await send(conversation, anya, content, send_as="document", change=declare)
    assert "Это не видео, или файл повреждён" in words(said)
    assert await conversation.job_count(anya) == 0


async def test_image_of_a_video_is_not_ordered(
    conversation: Conversation, ben: User, film: bytes
) -> None:
    """The command under the video asks for something else."""
    said = await send(conversation, ben, film, "/image its first frame")
    assert "I make no images from videos" in words(said)
    assert await conversation.job_count(ben) == 0


async def test_photo_after_a_video_is_an_order_of_its_own(
    conversation: Conversation, anya: User, film: bytes
) -> None:
    """It does not join the video's card."""
    await send(conversation, anya, film)
    card = await send(conversation, anya, drawing(), send_as="photo")
    assert "Что сделать с этим изображением?" in words(card)
    card = await send(conversation, anya, film)
    assert labels(card)[0] == "✓ ⏩ Продолжить"


async def test_forged_work_is_refused(conversation: Conversation, anya: User, film: bytes) -> None:
    """No button of the card leads from a video to an edit, nor from a photo to a longer video."""
    for content, send_as, work in (
        (film, "video", Work.IMAGE_EDIT),
        (drawing(), "photo", Work.EXTEND_VIDEO),
    ):
        card = await send(conversation, anya, content, send_as=send_as)
        forged = Switch(owner=anya.id, work=work).pack()
        answer = await press(conversation, anya, card, forged)
        assert "устарела" in answer["text"]
        assert labels(await conversation.look(anya, card)) == labels(card)


async def test_more_works_are_behind_one_button(conversation: Conversation, ben: User) -> None:
    """The card of a photo stays short; the fold has every work, and a way back."""
    card = await send(conversation, ben, drawing(), send_as="photo")
    assert labels(card)[:5] == [
        *("✓ ✏️ Edit", "🎬 Animate", "🖌 Repaint a part", "⬆️ Upscale"),
        "More…",
    ]
    await conversation.press(ben, card, "More…")
    fold = await conversation.look(ben, card)
    assert labels(fold) == [
        *("✓ ✏️ Edit", "🎬 Animate", "🖌 Repaint a part", "⬆️ Upscale"),
        *("✂️ No background", "↔️ Outpaint", "🧽 Erase", "🎞 Two frames"),
        "← Back",
    ]
    await conversation.press(ben, fold, "← Back")
    assert labels(await conversation.look(ben, card)) == labels(card)


async def test_format_that_the_image_has_cannot_start(
    conversation: Conversation, anya: User
) -> None:
    """The card says so instead of a price, and another format brings the button back."""
    card = await send(conversation, anya, drawing(size=(480, 480)), send_as="photo")
    await conversation.press(anya, card, "Ещё…")
    await conversation.press(anya, await conversation.look(anya, card), "↔️ Дорисовать")
    await conversation.choose(anya, card, "Размер", "1:1")
    shown = await conversation.look(anya, card)
    assert "уже такой формат" in words(shown)
    assert not [label for label in labels(shown) if label.startswith("▶️")]
    await conversation.choose(anya, card, "Размер", "9:16")
    await conversation.press(anya, await conversation.look(anya, card), "▶️ Начать")
    request = (await conversation.job(anya)).request
    assert (request.model, request.options) == (
        "fal-ai/flux-2-pro/outpaint",
        {"size": "9:16"},
    )


@pytest.mark.slow
async def test_words_before_the_last_frame_are_shown_and_used(
    conversation: Conversation, anya: User, language: str, localized: Localized
) -> None:
    """The card that still asks for the frame repeats them, and the order starts with them."""
    await conversation.enter(anya, language)
    card = await send(conversation, anya, drawing(), send_as="photo")
    await conversation.press(anya, card, localized("Ещё…", "More…"))
    frames = localized("🎞 Два кадра", "🎞 Two frames")
    await conversation.press(anya, await conversation.look(anya, card), frames)
    asked = words(await conversation.send_text(anya, "закат <3"))
    assert localized("Это первый кадр", "This is the first frame") in asked
    assert "\nзакат <3\n" in asked
    await send(conversation, anya, drawing("white"), send_as="photo")
    assert (await conversation.job(anya)).request.prompt == "закат <3"


async def test_last_frame_that_is_too_small_is_refused(
    conversation: Conversation, anya: User
) -> None:
    """Before a press could start the order."""
    card = await send(conversation, anya, drawing(), send_as="photo")
    await conversation.press(anya, card, "Ещё…")
    await conversation.press(anya, await conversation.look(anya, card), "🎞 Два кадра")
    assert "Это первый кадр" in words(await conversation.look(anya, card))
    card = await send(conversation, anya, drawing(size=(90, 60)), "закат", send_as="photo")
    assert "слишком мало" in words(card)
    assert not [label for label in labels(card) if label.startswith("▶️")]
    assert await conversation.job_count(anya) == 0
