"""What people make of pictures that they have."""

import pytest

from tests.flows.photographs import another, painted_over, photograph
from tests.message import is_clip, is_photo, words
from tests.person import Person

# The first flow waits for the processes to start.
pytestmark = pytest.mark.timeout(150)


async def test_a_person_edits_a_photo_by_its_caption(anya: Person) -> None:
    """A photo with words comes back changed, in the same proportions; an answer to it changes it once more."""
    await anya.send_photo(photograph(), caption="пусть будет закат --seed 7")
    first = await anya.wait_for(is_photo, timeout=20)
    assert "пусть будет закат" in words(first)
    await anya.say("а теперь ночь", first["message_id"])
    second = await anya.wait_for(is_photo, timeout=20)
    assert "а теперь ночь" in words(second)
    assert second["message_id"] != first["message_id"]


async def test_a_person_joins_an_album(anya: Person) -> None:
    """Three photos with a caption on the first become one picture, once all are there."""
    photos = [photograph(colour) for colour in ("seagreen", "tomato", "gold")]
    await anya.send_files(*photos, caption="соедини их", send_as="photo")
    assert "соедини их" in words(await anya.wait_for(is_photo, timeout=20))


async def test_a_person_paints_over_what_to_change(anya: Person) -> None:
    """The photo comes back from Telegram's editor with a stroke on it, and only that place is repainted."""
    await anya.send_photo(photograph())
    card = await anya.wait_for_text("Что сделать с этим изображением?")
    await anya.press(card, "🖌 Изменить часть")
    await anya.wait_for_text("Отметьте, что изменить")
    await anya.send_photo(painted_over(), caption="воздушный шар")
    assert "воздушный шар" in words(await anya.wait_for(is_photo, timeout=20))


async def test_a_mask_that_is_none_is_explained(anya: Person) -> None:
    """Another picture altogether: the job says what a mask is, and costs nothing."""
    await anya.send_photo(photograph())
    card = await anya.wait_for_text("Что сделать с этим изображением?")
    await anya.press(card, "🖌 Изменить часть")
    await anya.wait_for_text("Отметьте, что изменить")
    await anya.send_photo(another(), caption="воздушный шар")
    await anya.wait_for_text("Эта маска не подходит", timeout=20)


async def test_a_person_brings_a_photo_to_life(ben: Person) -> None:
    """«Animate» under the photo, then words: a clip comes."""
    await ben.send_photo(photograph())
    card = await ben.wait_for_text("What shall I do with this image?")
    await ben.press(card, "🎬 Animate")
    await ben.wait_for_text("Describe what happens")
    await ben.say("the waves roll in")
    result = await ben.wait_for(is_clip, timeout=30)
    assert "the waves roll in" in words(result)


async def test_a_person_enlarges_a_photo(ben: Person) -> None:
    """No words are needed: a press, and it is twice as wide."""
    await ben.send_photo(photograph())
    card = await ben.wait_for_text("What shall I do with this image?")
    await ben.press(card, "⬆️ Upscale")
    card = await ben.wait_for_text("how many times larger")
    await ben.press(card, "▶️ Start")
    result = await ben.wait_for(is_photo, timeout=20)
    assert max(size["width"] for size in result["photo"]) == 1280
