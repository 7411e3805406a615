"""Options in a prompt, and presets."""

import pytest

from tests.message import is_clip, is_photo, words
from tests.user import User

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


async def test_options_in_one_message(anya: User) -> None:
    """The job's card lists the parsed options, and the image has them."""
    await anya.say("/video 4s 9:16 без звука кот на скейте --seed 7")
    await anya.agree()
    card = await anya.wait_for_text("4 с · 9:16 · 720p · 🔇 Без звука · seed 7")
    assert "Видео" in words(card)
    result = await anya.wait_for(is_clip, timeout=30)
    assert result["video"]["height"] > result["video"]["width"]
    assert "кот на скейте" in words(result)


async def test_save_and_use_a_preset(ben: User) -> None:
    """A preset is saved from the card, listed by /presets, and used with one press."""
    await ben.say("🖼 Image")
    card = await ben.wait_for_text("Describe what to draw")
    await ben.press(card, "16:9")
    card = await ben.wait_for(lambda message: "✓ 16:9" in str(message.get("reply_markup")))
    await ben.press(card, "💾 Save as a preset")
    await ben.wait_for_text("What shall I call these settings?")
    await ben.say("Covers")
    await ben.wait_for_text("is saved")
    await ben.say("/presets")
    listed = await ben.wait_for_text("Choose one")
    await ben.press(listed, "🖼 Covers")
    shown = await ben.wait_for_text("Wide")
    await ben.press(shown, "✅ Use")
    await ben.wait_for_text("Describe what to draw")
    await ben.say("a red apple")
    result = await ben.wait_for(is_photo, timeout=20)
    largest = result["photo"][-1]
    assert largest["width"] / largest["height"] == pytest.approx(16 / 9, rel=0.02)
