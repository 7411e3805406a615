"""A press has one answer, with its outcome: no start is announced that a limit forbids."""

from pathlib import Path

import pytest

from infra.settings import Settings
from infra.storage.store import Storage
from tests.user import Message, User, words
from tests.worker.bot.conversation import Conversation
from tests.worker.bot.results import Darkroom
from worker.limits.limits import Limit, Limits, LimitStore


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


async def forbid(conversation: Conversation) -> None:
    """Spend everybody's budget."""
    limits = LimitStore(conversation.dispatcher["redis"], Limits.of(Settings(_env_file=None)))
    await limits.set(Limit.USER_DAILY_BUDGET, 0.0001)


async def refused(conversation: Conversation, user: User, message: Message, *presses: str) -> None:
    """Check that the last of these presses is refused in one message, without a toast."""
    for label in presses[:-1]:
        await conversation.press(user, message, label)
        message = await conversation.look(user, message)
    before = len(await user.from_bot())
    answer = await conversation.press(user, message, presses[-1])
    assert answer.get("text") is None
    *earlier, refusal = await user.from_bot()
    assert len(earlier) == before
    assert "Сегодня вы потратили" in words(refusal)
    assert await conversation.job_count(user) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "presses", [("🔁",), ("🎲",), ("✨",), ("⬆️", "⬆️ ×2")], ids=["again", "seed", "vary", "upscale"]
)
async def test_press_over_budget_gets_only_the_refusal(
    conversation: Conversation, darkroom: Darkroom, anya: User, presses: tuple[str, ...]
) -> None:
    _, result = await darkroom.make(anya, order="/image яблоко --seed 7")
    await forbid(conversation)
    await refused(conversation, anya, result, *presses)


async def test_card_over_budget_gets_only_the_refusal(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """The card stays for later."""
    _, result = await darkroom.make(anya)
    await conversation.press(anya, result, "🎬")
    card = await anya.last_from_bot()
    await forbid(conversation)
    await refused(conversation, anya, card, "▶️ Без описания")
    assert await conversation.is_shown(anya, card)


async def test_choice_over_budget_gets_only_the_refusal(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """The choice stays."""
    await darkroom.make(anya)
    offer = await conversation.send_text(anya, "волны")
    await forbid(conversation)
    await refused(conversation, anya, offer, "🎬")


async def test_missing_original_is_not_announced(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """The answer says only that it is gone."""
    done, result = await darkroom.make(anya)
    await darkroom.files.delete(done.files[0].key)
    answer = await conversation.press(anya, result, "📄")
    assert answer.get("text") is None
    assert "больше нет" in words(await anya.last_from_bot())
