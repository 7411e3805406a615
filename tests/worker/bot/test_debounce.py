"""The same press twice within a second is one; a later one is another wish."""

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
    """How many jobs came of the result."""
    return await conversation.job_count(user) - 1


async def test_an_impatient_finger_starts_one_job(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """The second press is answered, and says nothing."""
    answers = [await conversation.press(anya, result, "🔁") for _ in range(3)]
    assert [answer.get("text") for answer in answers] == ["Запускаю ещё раз", None, None]
    assert await made(conversation, anya) == 1


async def test_presses_that_waited_behind_the_first_are_the_same(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """However long the first one took: the second counts from its end."""
    for _ in range(2):
        await anya.press(result, "🔁 Ещё раз")
    first, second = await conversation.updates()
    await conversation.disturb("sendMessage", status=429, retry_after=2)
    await conversation.handle(first)
    await conversation.handle(second)
    assert await made(conversation, anya) == 1


async def test_a_press_after_a_second_is_another_wish(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """An image takes three seconds: nobody waits for ten to order the next."""
    await conversation.press(anya, result, "🔁")
    redis = conversation.dispatcher["redis"]
    key = f"darkroom:pressed:{anya.id}:{anya.chat_id}"
    assert 0 < await redis.pttl(key) <= REPEATED_WITHIN_MS == 1000
    await redis.delete(key)
    await conversation.press(anya, result, "🔁")
    assert await made(conversation, anya) == 2


async def test_a_press_after_the_result_has_come_is_another_wish(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """Even within the second."""
    await conversation.press(anya, result, "🔁")
    job = await conversation.job(anya)
    await conversation.jobs.move(job, ACTIVE, Status.DONE, due=None)
    await conversation.press(anya, result, "🔁")
    assert await made(conversation, anya) == 2


async def test_a_press_after_a_cancellation_is_another_wish(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """Whoever has thought better of it may think better of that."""
    await conversation.press(anya, result, "🔁")
    await conversation.press(anya, await anya.last_from_bot(), "✖️")
    await conversation.press(anya, result, "🔁")
    assert await made(conversation, anya) == 2


async def test_a_press_on_another_button_is_another_wish(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """And so is the first one after it."""
    for label in ("🔁", "✨", "🔁"):
        await conversation.press(anya, result, label)
    assert await made(conversation, anya) == 3


async def test_one_update_that_is_handled_twice_is_one_press(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """A worker may die at any point of the first time."""
    await anya.press(result, "🔁 Ещё раз")
    (update,) = await conversation.updates()
    for _ in range(2):
        await conversation.handle(update)
    await conversation.dispatcher["redis"].delete(f"darkroom:pressed:{anya.id}:{anya.chat_id}")
    await conversation.handle(update)
    assert await made(conversation, anya) == 1


async def test_a_choice_for_a_text_is_taken_once(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """Within the second and after it, by an app that shows the buttons still; nothing is asked again."""
    offer = await conversation.hear(anya, "море")
    seen = len(await anya.from_bot())
    for _ in range(2):
        await anya.press(offer, "🎬 Видео")
    for update in await conversation.updates():
        await conversation.handle(update)
    await conversation.dispatcher["redis"].delete(f"darkroom:pressed:{anya.id}:{anya.chat_id}")
    answer = await conversation.press(anya, offer, "🎬 Видео")
    assert "устарела" in answer["text"]
    assert await made(conversation, anya) == 1
    assert len(await anya.from_bot()) == seen + 1


async def test_a_card_that_starts_is_started_once(
    conversation: Conversation, anya: User, result: Message
) -> None:
    """The second press comes to a card that is gone: it is not told off for it."""
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
