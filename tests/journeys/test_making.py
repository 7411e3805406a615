"""The main job, whole: a person writes, and receives a picture or a clip. By polling and by webhook."""

import io
import re

import av
import pytest
from PIL import Image

from tests.person import Message, Person, buttons, words
from tests.processes import Installation

# The first journey of each mode waits for the processes to start.
pytestmark = pytest.mark.timeout(120)

JOB_ID = re.compile(r"\b[0-9a-z]{16}\b")


def job_id(message: Message) -> str:
    found = JOB_ID.search(words(message))
    assert found, words(message)
    return found[0]


async def test_a_prompt_becomes_a_picture(person: Person) -> None:
    """«Картинка», a prompt: a card with an id at once, then a photo with prompt, model, seed and that id."""
    await person.say("/start")
    await person.wait_for_text("Здравствуйте, Аня")
    assert await person.keyboard() == [["🖼 Картинка", "🎬 Клип"]]

    await person.say("🖼 Картинка")
    await person.wait_for_text("Опишите, что нарисовать")
    prompt = await person.say("красное яблоко на белом столе")
    card = await person.wait_for(lambda message: JOB_ID.search(words(message)))
    result = await person.wait_for(lambda message: "photo" in message, timeout=20)
    assert "красное яблоко" in words(result)
    assert "flux/schnell" in words(result)
    assert job_id(result) == job_id(card)
    assert result["reply_to_message"]["message_id"] == prompt["message_id"]

    largest = max(result["photo"], key=lambda size: size["width"])
    with Image.open(io.BytesIO(await person.file(largest["file_id"]))) as picture:
        assert picture.size == (largest["width"], largest["height"])
    done = await person.wait_for_text("✅ Готово за")
    assert done["message_id"] == card["message_id"]


async def test_a_prompt_becomes_a_clip(person: Person) -> None:
    """«Клип» with a choice of shape and no sound: a clip of that length and shape that decodes."""
    await person.say("🎬 Клип")
    card = await person.wait_for_text("Опишите, что снять")
    for label in ("4 с", "9:16", "🔇 Без звука"):
        wanted = next(button for button in buttons(card) if label in button["text"])
        if "✓" not in wanted["text"] and "•" not in wanted["text"]:
            await person.press(card, wanted["text"])
            card = await person.wait_for(lambda message: bool(buttons(message)))
    await person.say("кот на скейте")
    result = await person.wait_for(lambda message: "video" in message, timeout=40)
    video = result["video"]
    assert video["duration"] == 4
    assert video["width"] < video["height"]
    assert video["thumbnail"]["width"] <= 320
    data = io.BytesIO(await person.file(video["file_id"]))
    with av.open(data, "r") as clip:
        assert not clip.streams.audio
        assert next(clip.decode(video=0)).width == video["width"]


async def test_one_line_is_enough(english_person: Person) -> None:
    """/image with words after it starts at once, in the person's own language."""
    await english_person.say("/image a lighthouse at night")
    card = await english_person.wait_for(lambda message: JOB_ID.search(words(message)))
    await english_person.wait_for(lambda message: "photo" in message, timeout=20)
    await english_person.say(f"/status {job_id(card)}")
    status = await english_person.wait_for_text("✅")
    assert job_id(status) == job_id(card)


async def test_several_pictures_come_as_one_album(person: Person) -> None:
    """Three pictures of one prompt arrive together, with one caption."""
    await person.say("🖼 Картинка")
    card = await person.wait_for_text("Опишите, что нарисовать")
    three = next(button for button in buttons(card) if button["text"].strip("✓•· ").startswith("3"))
    await person.press(card, three["text"])
    await person.wait_for(lambda message: bool(buttons(message)))
    await person.say("три разных моря")
    last = await person.wait_for(lambda message: "photo" in message, timeout=25)
    album = [m for m in await person.from_bot() if m.get("media_group_id")]
    assert {m["media_group_id"] for m in album} == {last["media_group_id"]}
    assert len(album) == 3
    assert [bool(words(m)) for m in album] == [True, False, False]


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("#nsfw", "не пропустил описание"),
        ("#fail", "❌"),
        ("#black", "не пропустил описание"),
        ("#locked", "закончились деньги"),
        ("#empty", "не пропустил описание"),
        ("#badimage", "повреждённый файл"),
    ],
)
async def test_what_goes_wrong_is_said_with_what_to_do(
    person: Person, word: str, answer: str
) -> None:
    """Each way to fail ends in a text of its own and a button, in the card of the job."""
    await person.say(f"/image дом на горе {word}")
    failed = await person.wait_for_text(answer, timeout=25)
    assert len(buttons(failed)) == 1


async def test_a_lost_submit_is_never_posted_twice(
    installation: Installation, person: Person
) -> None:
    """Nobody knows whether fal has it: the person is told so, or fal says it by a webhook; it is not sent again."""
    await person.say("/image дом на горе #lost")
    if installation.mode == "webhook":
        await person.wait_for(lambda message: "photo" in message, timeout=20)
    else:
        await person.wait_for_text("не отправляю второй раз", timeout=20)


async def test_a_webhook_that_never_comes_costs_no_result(person: Person) -> None:
    """fal is asked as well: polls find what nobody told."""
    await person.say("/image дом на горе #nohook")
    await person.wait_for(lambda message: "photo" in message, timeout=20)


async def test_somebody_elses_job_looks_like_none(person: Person, english_person: Person) -> None:
    """An unknown id and a colleague's id get the same answer, word for word."""
    await person.say("/image берег")
    card = await person.wait_for(lambda message: JOB_ID.search(words(message)))
    await english_person.say(f"/status {job_id(card)}")
    theirs = await english_person.wait_for(lambda _: True)
    await english_person.say("/status 0123456789abcdef")
    unknown = await english_person.wait_for(lambda _: True)
    assert words(theirs) == words(unknown)


async def test_the_round_trip_is_measured(person: Person) -> None:
    """/ping answers with milliseconds."""
    await person.say("/ping")
    pong = await person.wait_for_text(" мс")
    assert re.search(r"\d+ мс", words(pong))
