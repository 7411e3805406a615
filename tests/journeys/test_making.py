"""The main job, whole: a person writes, and receives a picture or a clip. By polling and by webhook."""

import io
import re

import av
import pytest
from PIL import Image

from tests.message import buttons, has_job_id, is_clip, is_photo, job_id, words
from tests.person import Person
from tests.processes import Installation

# The first journey of each mode waits for the processes to start.
pytestmark = pytest.mark.timeout(120)


async def test_a_prompt_becomes_a_picture(anya: Person) -> None:
    """«Изображение», a prompt: a card with an id at once, then a photo with prompt, model, seed and that id."""
    await anya.say("/start")
    await anya.wait_for_text("Здравствуйте, Аня")
    assert await anya.keyboard() == [["🖼 Изображение", "🎬 Видео"]]

    await anya.say("🖼 Изображение")
    await anya.wait_for_text("Опишите, что нарисовать")
    prompt = await anya.say("красное яблоко на белом столе")
    card = await anya.wait_for(has_job_id)
    result = await anya.wait_for(is_photo, timeout=20)
    assert "красное яблоко" in words(result)
    assert "flux/schnell" in words(result)
    assert job_id(result) == job_id(card)
    assert result["reply_to_message"]["message_id"] == prompt["message_id"]

    largest = max(result["photo"], key=lambda size: size["width"])
    with Image.open(io.BytesIO(await anya.file(largest["file_id"]))) as picture:
        assert picture.size == (largest["width"], largest["height"])
    done = await anya.wait_for_text("✅ Готово за")
    assert done["message_id"] == card["message_id"]


async def test_a_prompt_becomes_a_clip(anya: Person) -> None:
    """«Видео» with a choice of shape and no sound: a clip of that length and shape that decodes."""
    await anya.say("🎬 Видео")
    card = await anya.wait_for_text("Опишите, что снять")
    for label in ("4 с", "9:16", "🔇 Без звука"):
        wanted = next(button for button in buttons(card) if label in button["text"])
        if "✓" not in wanted["text"] and "•" not in wanted["text"]:
            await anya.press(card, wanted["text"])
            card = await anya.wait_for(buttons)
    await anya.say("кот на скейте")
    result = await anya.wait_for(is_clip, timeout=40)
    video = result["video"]
    assert video["duration"] == 4
    assert video["width"] < video["height"]
    assert video["thumbnail"]["width"] <= 320
    data = io.BytesIO(await anya.file(video["file_id"]))
    with av.open(data, "r") as clip:
        assert not clip.streams.audio
        assert next(clip.decode(video=0)).width == video["width"]


async def test_one_line_is_enough(ben: Person) -> None:
    """/image with words after it starts at once, in the person's own language."""
    await ben.say("/image a lighthouse at night")
    card = await ben.wait_for(has_job_id)
    await ben.wait_for(is_photo, timeout=20)
    await ben.say(f"/status {job_id(card)}")
    status = await ben.wait_for_text("✅")
    assert job_id(status) == job_id(card)


async def test_several_pictures_come_as_one_album(anya: Person) -> None:
    """Three pictures of one prompt arrive together, with one caption."""
    await anya.say("🖼 Изображение")
    card = await anya.wait_for_text("Опишите, что нарисовать")
    three = next(button for button in buttons(card) if button["text"].strip("✓•· ").startswith("3"))
    await anya.press(card, three["text"])
    await anya.wait_for(buttons)
    await anya.say("три разных моря")
    last = await anya.wait_for(is_photo, timeout=25)
    album = [m for m in await anya.from_bot() if m.get("media_group_id")]
    assert {m["media_group_id"] for m in album} == {last["media_group_id"]}
    assert len(album) == 3
    assert [bool(words(m)) for m in album] == [True, False, False]


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("#nsfw", "не пропустила это описание"),
        ("#fail", "❌"),
        ("#black", "не пропустила это описание"),
        ("#locked", "закончились деньги"),
        ("#empty", "ничего не сделала по этому описанию"),
        # It is fetched again with growing waits first.
        pytest.param("#badimage", "повреждённый файл", marks=pytest.mark.slow),
    ],
)
async def test_what_goes_wrong_is_said_with_what_to_do(
    anya: Person, word: str, answer: str
) -> None:
    """Each way to fail ends in a text of its own and a button, in the card of the job."""
    await anya.say(f"/image дом на горе {word}")
    failed = await anya.wait_for_text(answer, timeout=25)
    assert len(buttons(failed)) == 1


async def test_a_lost_submit_is_never_posted_twice(
    installation: Installation, anya: Person
) -> None:
    """Nobody knows whether fal has it: the person is told so, or fal says it by a webhook; it is not sent again."""
    await anya.say("/image дом на горе #lost")
    if installation.mode == "webhook":
        await anya.wait_for(is_photo, timeout=20)
    else:
        await anya.wait_for_text("не отправляю второй раз", timeout=20)


async def test_a_webhook_that_never_comes_costs_no_result(anya: Person) -> None:
    """fal is asked as well: polls find what nobody told."""
    await anya.say("/image дом на горе #nohook")
    await anya.wait_for(is_photo, timeout=20)


async def test_somebody_elses_job_looks_like_none(anya: Person, ben: Person) -> None:
    """An unknown id and a colleague's id get the same answer, word for word."""
    await anya.say("/image берег")
    card = await anya.wait_for(has_job_id)
    await ben.say(f"/status {job_id(card)}")
    theirs = await ben.wait_for(lambda _: True)
    await ben.say("/status 0123456789abcdef")
    unknown = await ben.wait_for(lambda _: True)
    assert words(theirs) == words(unknown)


async def test_the_round_trip_is_measured(anya: Person) -> None:
    """/ping answers with milliseconds."""
    await anya.say("/ping")
    pong = await anya.wait_for_text(" мс")
    assert re.search(r"\d+ мс", words(pong))
