"""Two equal presses within a second are one; a later press is another order."""

from pathlib import Path

import pytest

from infra.storage.store import Storage
from tests.user import Message, User
from tests.worker.bot.conversation import Conversation
from tests.worker.bot.results import Darkroom
from worker.bot.debounce import REPEATED_WITHIN_MS
from worker.model import ACTIVE, Status


@pytest.fixture
async def result(conversation: Conversation, files: Storage, tmp_path: Path, anya: User) -> Message:
    _, message = await Darkroom(conversation, files, tmp_path).make(anya)
    return message


async def made(conversation: Conversation, user: User) -> int:
    """Return how many jobs the result has led to."""
    return await conversation.job_count(user) - 1


async def test_double_press_starts_one_job(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """The second press is answered, without a text."""
    answers = [await conversation.press(anya, result, "🔁") for _ in range(3)]
    assert [answer.get("text") for answer in answers] == ["Запускаю ещё раз", None, None]
    assert await made(conversation, anya) == 1


@pytest.mark.slow
async def test_presses_queued_behind_the_first_are_the_same(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """The second counts from the end of the first press's handling."""
    for _ in range(2):
        await anya.press(result, "🔁 Ещё раз")
    first, second = await conversation.updates()
    await conversation.disturb("sendMessage", status=429, retry_after=2)
    await conversation.handle(first)
    await conversation.handle(second)
    assert await made(conversation, anya) == 1


async def test_press_after_a_second_is_another_order(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """An image takes three seconds: a window of ten would be too long."""
    await conversation.press(anya, result, "🔁")
    redis = conversation.dispatcher["redis"]
    key = f"darkroom:pressed:{anya.id}:{anya.chat_id}"
    assert 0 < await redis.pttl(key) <= REPEATED_WITHIN_MS == 1000
    await redis.delete(key)
    await conversation.press(anya, result, "🔁")
    assert await made(conversation, anya) == 2


async def test_press_after_the_result_is_another_order(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """Even within the second."""
    await conversation.press(anya, result, "🔁")
    job = await conversation.job(anya)
    await conversation.jobs.move(job, ACTIVE, Status.DONE, due=None)
    await conversation.press(anya, result, "🔁")
    assert await made(conversation, anya) == 2


async def test_press_after_a_cancellation_is_another_order(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """Even within the second."""
    await conversation.press(anya, result, "🔁")
    await conversation.press(anya, await anya.last_from_bot(), "✖️")
    await conversation.press(anya, result, "🔁")
    assert await made(conversation, anya) == 2


async def test_press_on_another_button_is_another_order(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """And so is the first button after it."""
    for label in ("🔁", "✨", "🔁"):
        await conversation.press(anya, result, label)
    assert await made(conversation, anya) == 3


async def test_repeated_update_is_one_press(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """A worker may die at any point of the first handling."""
    await anya.press(result, "🔁 Ещё раз")
    (update,) = await conversation.updates()
    for _ in range(2):
        await conversation.handle(update)
    await conversation.dispatcher["redis"].delete(f"darkroom:pressed:{anya.id}:{anya.chat_id}")
    await conversation.handle(update)
    assert await made(conversation, anya) == 1


async def test_choice_for_a_text_counts_once(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """Within the second and after it, from an app that still shows the buttons; the offer becomes the job message."""
    offer = await conversation.send_text(anya, "море")
    seen = len(await anya.from_bot())
    for _ in range(2):
        await anya.press(offer, "🎬 Видео")
    for update in await conversation.updates():
        await conversation.handle(update)
    await conversation.dispatcher["redis"].delete(f"darkroom:pressed:{anya.id}:{anya.chat_id}")
    answer = await conversation.press(anya, offer, "🎬 Видео")
    assert "устарела" in answer["text"]
    assert await made(conversation, anya) == 1
    assert len(await anya.from_bot()) == seen


@pytest.mark.slow
async def test_card_starts_once(conversation: Conversation, anya: User, result: Message) -> None:
    """The second press on a card that is gone gets no reproach."""
    await conversation.press(anya, result, "🎬")
    card = await anya.last_from_bot()
    for _ in range(2):
        await anya.press(card, "▶️ Без описания")
    for update in await conversation.updates():
        await conversation.handle(update)
    assert await made(conversation, anya) == 1
    first, second = (await conversation.calls("answerCallbackQuery"))[-2:]
    assert first["text"] == "Начинаю"
    assert second.get("text") is None
