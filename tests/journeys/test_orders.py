"""Orders of images and videos, by polling and by webhook."""

import io
import re

import av
import pytest
from PIL import Image

from tests.message import buttons, has_job_id, is_clip, is_photo, job_id, words
from tests.processes import Installation
from tests.user import User

# The first test of each mode waits for the processes to start.
pytestmark = pytest.mark.timeout(120)


async def test_prompt_becomes_an_image(anya: User) -> None:
    """«Изображение» and a prompt give a card with an id at once, then a photo with prompt, model, seed and that id."""
    await anya.say("/start")
    await anya.wait_for_text("Здравствуйте, Аня")
    assert await anya.keyboard() == [["🖼 Изображение", "🎬 Видео"]]

    await anya.say("🖼 Изображение")
    await anya.wait_for_text("Опишите, что нарисовать")
    prompt = await anya.say("красное яблоко на белом столе")
    card = await anya.wait_for(has_job_id)
    result = await anya.wait_for(is_photo, timeout=20)
    assert "красное яблоко" in words(result)
    assert result["message_id"] == card["message_id"]
    assert job_id(result) == job_id(card)
    assert result["reply_to_message"]["message_id"] == prompt["message_id"]

    largest = max(result["photo"], key=lambda size: size["width"])
    with Image.open(io.BytesIO(await anya.file(largest["file_id"]))) as picture:
        assert picture.size == (largest["width"], largest["height"])
    (shown,) = [message for message in await anya.from_bot() if has_job_id(message)]
    await anya.press(shown, "ℹ️ Подробности")
    assert "FLUX.1 schnell" in words(await anya.wait_for(is_photo))


async def test_prompt_becomes_a_video(anya: User) -> None:
    """«Видео» with a shape and without sound gives a decodable video of that duration and shape."""
    await anya.say("🎬 Видео")
    card = await anya.wait_for_text("Опишите, что снять")
    for label in ("Формат:", "9:16", "Звук: есть"):
        wanted = next(button for button in buttons(card) if label in button["text"])
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


async def test_image_command_with_a_prompt(ben: User) -> None:
    """/image with a prompt starts at once, in the user's language."""
    await ben.say("/image a lighthouse at night")
    card = await ben.wait_for(has_job_id)
    await ben.wait_for(is_photo, timeout=20)
    await ben.say(f"/status {job_id(card)}")
    status = await ben.wait_for_text("✅")
    assert job_id(status) == job_id(card)


@pytest.mark.slow
async def test_several_images_come_as_one_album(anya: User) -> None:
    """Three images of one prompt arrive together, with one caption."""
    await anya.say("🖼 Изображение")
    card = await anya.wait_for_text("Опишите, что нарисовать")
    for label in ("Количество:", "3"):
        wanted = next(button for button in buttons(card) if button["text"].startswith(label))
        await anya.press(card, wanted["text"])
        card = await anya.wait_for(buttons)
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
        # It is fetched again with growing delays first.
        pytest.param("#badimage", "повреждённый файл", marks=pytest.mark.slow),
    ],
)
async def test_failure_shows_its_reason_and_next_step(anya: User, word: str, answer: str) -> None:
    """Each kind of failure has its own text and button in the job's card."""
    await anya.say(f"/image дом на горе {word}")
    failed = await anya.wait_for_text(answer, timeout=25)
    assert len(buttons(failed)) == 1


@pytest.mark.slow
async def test_unconfirmed_submit_is_not_repeated(installation: Installation, anya: User) -> None:
    """Without a response to the submit, the user gets a message that it may be charged, or fal's webhook adopts the
    job; it is never posted again."""
    await anya.say("/image дом на горе #lost")
    if installation.mode == "webhook":
        await anya.wait_for(is_photo, timeout=20)
    else:
        await anya.wait_for_text("не отправляю второй раз", timeout=20)


@pytest.mark.slow
async def test_poll_finds_a_result_without_a_webhook(anya: User) -> None:
    """Polls find a result whose webhook never comes."""
    await anya.say("/image дом на горе #nohook")
    await anya.wait_for(is_photo, timeout=20)


async def test_another_users_job_looks_unknown(anya: User, ben: User) -> None:
    """An unknown id and another user's id get the same answer, word for word."""
    await anya.say("/image берег")
    card = await anya.wait_for(has_job_id)
    await ben.say(f"/status {job_id(card)}")
    theirs = await ben.wait_for(lambda _: True)
    await ben.say("/status 0123456789abcdef")
    unknown = await ben.wait_for(lambda _: True)
    assert words(theirs) == words(unknown)


async def test_ping(anya: User) -> None:
    """/ping answers with milliseconds."""
    await anya.say("/ping")
    pong = await anya.wait_for_text(" мс")
    assert re.search(r"\d+ мс", words(pong))
