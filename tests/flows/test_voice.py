"""Voice messages through the whole service."""

import pytest

from tests.message import is_photo, words
from tests.recordings import recording, video_note
from tests.user import User

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_spoken_words_become_an_image(anya: User, ben: User, language: str) -> None:
    """A voice message, one press, and then an edit by voice in reply to the image; every card shows the words."""
    user, order, image, edit = {
        "ru": (anya, "кот на крыше", "🖼 Изображение", "сделай фон синим"),
        "en": (ben, "a cat on a roof", "🖼 Image", "make the background blue"),
    }[language]
    await user.send_files(recording(order), send_as="voice")
    card = await user.wait_for_text(f"🎤 {order}", timeout=25)
    await user.press(card, image)
    first = await user.wait_for(is_photo, timeout=25)
    assert order in words(first)
    await user.send_files(recording(f"{edit}."), send_as="voice", reply_to=first["message_id"])
    second = await user.wait_for(is_photo, timeout=25)
    assert edit in words(second)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_video_message_is_an_order(anya: User, ben: User, language: str) -> None:
    """What is said in a video message is handled in the order of the chat, before the text that follows it."""
    user, spoken, written = {
        "ru": (anya, "кот на крыше", "пёс"),
        "en": (ben, "a cat on a roof", "a dog"),
    }[language]
    await user.send_files(video_note(spoken), send_as="video_note")
    await user.say(f"/image {written}")
    card = await user.wait_for_text(f"🎤 {spoken}", timeout=25)
    image = await user.wait_for(is_photo, timeout=25)
    assert written in words(image)
    assert card["message_id"] < image["message_id"]
