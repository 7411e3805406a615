"""The buttons of a result, and replies to it."""

import io
import re

import pytest
from PIL import Image

from tests.flows.orders import make_picture
from tests.message import Message, is_clip, is_photo, job_id, labels, words
from tests.user import User

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


async def press(user: User, message: Message, label: str) -> str:
    """Press a button; return the bot's answer to the press."""
    answer = await user.wait_for_answer(await user.press(message, label))
    text: str = answer.get("text", "")
    return text


async def original(user: User, message: Message) -> Image.Image:
    """Return the result that was sent as a file."""
    await press(user, message, "📄 Оригинал")
    sent = await user.wait_for(lambda message: "document" in message)
    return Image.open(io.BytesIO(await user.file(sent["document"]["file_id"])))


async def shown(user: User, message: Message) -> bytes:
    """Return the photo in the chat."""
    return await user.file(message["photo"][-1]["file_id"])


async def seed(user: User, message: Message) -> str:
    """Return the seed in the details of a result, and hide them again."""
    number = message["message_id"]
    await press(user, message, "ℹ️ Подробности")
    detailed = await user.wait_for(lambda now: now["message_id"] == number and "seed" in words(now))
    found = re.search(r"seed (\d+)", words(detailed))
    assert found, words(detailed)
    await press(user, detailed, "✕ Скрыть")
    hidden = await user.wait_for(lambda now: now["message_id"] == number)
    assert words(hidden) == words(message)
    return found[1]


async def test_repeat_creates_another_job(anya: User) -> None:
    """«Again» makes another image from the same prompt, as a job of its own."""
    first = await make_picture(anya, "маяк ночью")
    assert await press(anya, first, "🔁 Ещё раз") == "Запускаю ещё раз"
    second = await anya.wait_for(is_photo, timeout=25)
    assert second["message_id"] != first["message_id"]
    assert words(second).startswith("маяк ночью")
    assert job_id(second) != job_id(first)
    assert await seed(anya, second) != await seed(anya, first)


async def test_repeat_keeps_a_chosen_seed(anya: User) -> None:
    """«Again» keeps a seed that was ordered, so the image is the same; another button uses a new seed."""
    first = await make_picture(anya, "маяк ночью --seed 7")
    await press(anya, first, "🔁 Ещё раз")
    same = await anya.wait_for(is_photo, timeout=25)
    assert await press(anya, first, "🎲 Другой seed") == "Запускаю ещё раз"
    other = await anya.wait_for(is_photo, timeout=25)
    assert [await seed(anya, message) for message in (first, same)] == ["7", "7"]
    assert await seed(anya, other) != "7"
    assert words(other).startswith("маяк ночью")
    assert len({job_id(message) for message in (first, same, other)}) == 3
    pictures = [await shown(anya, message) for message in (first, same, other)]
    assert pictures[0] == pictures[1] != pictures[2]


async def test_variations_and_upscale(anya: User) -> None:
    """Four variations come as an album with its buttons below; the second is upscaled to double width and height."""
    first = await make_picture(anya, "лодка у берега")
    await press(anya, first, "✨ Варианты")
    below = await anya.wait_for_text("Что дальше?", timeout=30)
    album = [message for message in await anya.from_bot() if "media_group_id" in message]
    assert len(album) == 4
    assert await press(anya, below, "⬆️ Увеличить") == "Какое изображение увеличить?"
    asked = await anya.wait_for(lambda message: "4" in labels(message))
    await anya.press(asked, "2")
    asked = await anya.wait_for_text("Во сколько раз увеличить?")
    await anya.press(asked, "⬆️ ×2")
    enlarged = await anya.wait_for(is_photo, timeout=30)
    chosen = album[1]["photo"][-1]
    picture = await original(anya, enlarged)
    assert picture.width > 1.5 * chosen["width"]


async def test_animate_a_result(anya: User) -> None:
    """The card asks for a prompt and has the video's settings; the result is a playable video."""
    still = await make_picture(anya, "волны у маяка")
    await press(anya, still, "🎬 Оживить")
    await anya.wait_for_text("≈", timeout=10)
    await anya.say("волны бьются о камни")
    clip = await anya.wait_for(is_clip, timeout=40)
    assert words(clip).startswith("волны бьются о камни")
    assert clip["video"]["duration"] >= 4
    assert {"⏩ Продолжить", "⬆️ Увеличить"} <= set(labels(clip))


async def test_delete_a_result(anya: User) -> None:
    """After a confirmation the image is gone from the chat, the storage and /my."""
    result = await make_picture(anya, "яблоко на столе")
    assert (await original(anya, result)).format == "PNG"
    assert "Удалить совсем" in await press(anya, result, "🗑 Удалить")
    asked = await anya.wait_for(lambda message: "← Оставить" in labels(message))
    assert await press(anya, asked, "🗑 Да, удалить совсем") == "Удалено"
    gone = {"type": "deleted", "message_id": result["message_id"]}
    await anya.wait_for_event(lambda event: gone.items() <= event.items())
    assert not [message for message in await anya.from_bot() if "яблоко" in words(message)]
    await anya.say("/status")
    await anya.wait_for_text("нет заданий")


async def test_reply_edits_the_result(anya: User) -> None:
    """A reply to the result, or to the buttons below an album, edits the image that the message is about."""
    first = await make_picture(anya, "сад у дома")
    await anya.say("зимой", first["message_id"])
    edited = await anya.wait_for(is_photo, timeout=30)
    assert words(edited).startswith("зимой")
    await press(anya, edited, "ℹ️ Подробности")
    await anya.wait_for_text("Nano Banana")
    await press(anya, edited, "✨ Варианты")
    below = await anya.wait_for_text("Что дальше?", timeout=30)
    await anya.say("ночью", below["message_id"])
    asked = await anya.wait_for_text("О каком из 4 изображений речь?")
    await anya.press(asked, "3")
    edited = await anya.wait_for(is_photo, timeout=30)
    assert words(edited).startswith("ночью")


async def test_reply_to_a_video_continues_it(ben: User) -> None:
    """The words are what happens next; the card shows the price and offers other work before anything is spent."""
    await ben.say("/video 8s no sound a boat at sea")
    await ben.agree()
    video = await ben.wait_for(is_clip, timeout=60)
    await ben.say("it turns to the shore", video["message_id"])
    card = await ben.wait_for_text("it turns to the shore\nStart?")
    assert {"✓ ⏩ Continue", "⬆️ Upscale video"} <= set(labels(card))
    assert "Cost: ≈ $0.30" in words(card)


async def test_other_description_of_a_video(ben: User) -> None:
    """The card has the settings of the video, and its words make another one."""
    await ben.say("/video 8s no sound a boat at sea")
    await ben.agree()
    video = await ben.wait_for(is_clip, timeout=60)
    assert labels(video)[:2] == ["🔁 Again · $0.21", "✏️ New description"]
    await press(ben, video, "✏️ New description")
    card = await ben.wait_for(lambda message: "✓ 8 s · $0.21" in labels(message))
    assert "Cost: ≈ $0.21" in words(card)
    await ben.say("a boat in a storm")
    other = await ben.wait_for(is_clip, timeout=60)
    assert words(other).startswith("a boat in a storm")
    assert other["video"]["duration"] == 8
