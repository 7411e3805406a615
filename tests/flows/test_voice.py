"""Voice messages through the whole service."""

import pytest

from tests.message import is_photo, words
from tests.recordings import recording, video_note
from tests.user import User

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


async def test_spoken_words_become_an_image(anya: User) -> None:
    """A voice message, one press, and then an edit by voice in reply to the image; every card shows the words."""
    await anya.send_files(recording("кот на крыше"), send_as="voice")
    card = await anya.wait_for_text("🎤 кот на крыше", timeout=25)
    await anya.press(card, "🖼 Изображение")
    first = await anya.wait_for(is_photo, timeout=25)
    assert "кот на крыше" in words(first)
    await anya.send_files(
        recording("сделай фон синим."), send_as="voice", reply_to=first["message_id"]
    )
    second = await anya.wait_for(is_photo, timeout=25)
    assert "сделай фон синим" in words(second)


async def test_video_message_is_an_order(ben: User) -> None:
    """What is said in a video message is handled in the order of the chat, before the text that follows it."""
    await ben.send_files(video_note("a cat on a roof"), send_as="video_note")
    await ben.say("/image a dog")
    card = await ben.wait_for_text("🎤 a cat on a roof", timeout=25)
    image = await ben.wait_for(is_photo, timeout=25)
    assert "a dog" in words(image)
    assert card["message_id"] < image["message_id"]
