"""Orders that start with an uploaded image: edits, albums, masks, videos, upscales."""

import pytest

from tests.flows.photographs import another, painted_over, photograph
from tests.message import is_clip, is_photo, words
from tests.user import User

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


async def test_caption_edits_a_photo(anya: User) -> None:
    """A photo with a caption comes back edited in the same proportions; a reply to the result edits it again."""
    await anya.send_photo(photograph(), caption="пусть будет закат --seed 7")
    first = await anya.wait_for(is_photo, timeout=20)
    assert "пусть будет закат" in words(first)
    await anya.say("а теперь ночь", first["message_id"])
    second = await anya.wait_for(is_photo, timeout=20)
    assert "а теперь ночь" in words(second)
    assert second["message_id"] != first["message_id"]


async def test_album_becomes_one_image(anya: User) -> None:
    """Three photos with a caption on the first become one image, after all of them have arrived."""
    photos = [photograph(colour) for colour in ("seagreen", "tomato", "gold")]
    await anya.send_files(*photos, caption="соедини их", send_as="photo")
    assert "соедини их" in words(await anya.wait_for(is_photo, timeout=20))


async def test_mask_limits_the_edit(anya: User) -> None:
    """A photo that comes back from Telegram's editor with a stroke is repainted only there."""
    await anya.send_photo(photograph())
    card = await anya.wait_for_text("Что сделать с этим изображением?")
    await anya.press(card, "🖌 Изменить часть")
    await anya.wait_for_text("Отметьте, что изменить")
    await anya.send_photo(painted_over(), caption="воздушный шар")
    assert "воздушный шар" in words(await anya.wait_for(is_photo, timeout=20))


async def test_image_that_is_no_mask_is_refused(anya: User) -> None:
    """For an unrelated image the job explains what a mask is, and costs nothing."""
    await anya.send_photo(photograph())
    card = await anya.wait_for_text("Что сделать с этим изображением?")
    await anya.press(card, "🖌 Изменить часть")
    await anya.wait_for_text("Отметьте, что изменить")
    await anya.send_photo(another(), caption="воздушный шар")
    await anya.wait_for_text("Эта маска не подходит", timeout=20)


async def test_animate_a_photo(ben: User) -> None:
    """«Animate» under the photo, then a prompt: the user gets a video."""
    await ben.send_photo(photograph())
    card = await ben.wait_for_text("What shall I do with this image?")
    await ben.press(card, "🎬 Animate")
    await ben.wait_for_text("Describe what happens")
    await ben.say("the waves roll in")
    result = await ben.wait_for(is_clip, timeout=30)
    assert "the waves roll in" in words(result)


async def test_upscale_a_photo(ben: User) -> None:
    """One press, without a prompt, doubles the width."""
    await ben.send_photo(photograph())
    card = await ben.wait_for_text("What shall I do with this image?")
    await ben.press(card, "⬆️ Upscale")
    card = await ben.wait_for_text("how many times larger")
    await ben.press(card, "▶️ Start")
    result = await ben.wait_for(is_photo, timeout=20)
    assert max(size["width"] for size in result["photo"]) == 1280
