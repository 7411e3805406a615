"""/money: spending, and what the rest is enough for."""

from collections.abc import AsyncIterator

import pytest

from infra.settings import Settings
from tests.user import User
from tests.worker.bot.conversation import Conversation
from tests.worker.bot.handlers.test_admin import ADMIN
from worker.limits.limits import UNLIMITED, Limit, LimitStore


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, tg_admin_user_ids=frozenset({ADMIN}))


@pytest.fixture
def limits(conversation: Conversation) -> LimitStore:
    return LimitStore(conversation.dispatcher["redis"], UNLIMITED)


@pytest.fixture
async def admin(conversation: Conversation) -> AsyncIterator[User]:
    async with User(str(conversation.telegram.base_url), ADMIN) as user:
        await conversation.enter(user, "en")
        yield user


async def ask(conversation: Conversation, user: User) -> str:
    return str((await conversation.send_text(user, "/money"))["text"])


async def test_money_says_what_is_left_in_things(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """A standard image costs $0.003, a video of the usual settings $0.07."""
    await limits.set(Limit.USER_DAILY_BUDGET, 0.21)
    text = await ask(conversation, anya)
    assert "потратили $0 из $0,21, осталось $0,21" in text
    assert "хватит на 70 изображений" in text
    await conversation.send_text(anya, "/image яблоко")
    text = await ask(conversation, anya)
    assert "потратили $0,003 из $0,21" in text
    assert "С начала месяца: $0,003" in text
    assert "хватит на 69 изображений" in text


async def test_smaller_budget_counts(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """The team's budget may leave less; its sums are for admins only."""
    await limits.set(Limit.USER_DAILY_BUDGET, 5)
    await limits.set(Limit.TEAM_DAILY_BUDGET, 0.03)
    text = await ask(conversation, anya)
    assert "В бюджете команды на сегодня осталось $0,03" in text
    assert "хватит на 10 изображений или на 0 видео" in text
    assert "Команда сегодня" not in text


async def test_without_budgets_nothing_is_left_over(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """Only the spending is shown."""
    await limits.set(Limit.USER_DAILY_BUDGET, 0)
    await limits.set(Limit.TEAM_DAILY_BUDGET, 0)
    text = await ask(conversation, anya)
    assert "Сегодня вы потратили $0." in text
    assert "хватит" not in text


async def test_admin_sees_the_team(
    conversation: Conversation, admin: User, anya: User, limits: LimitStore
) -> None:
    """All users together."""
    await limits.set(Limit.TEAM_DAILY_BUDGET, 50)
    await conversation.send_text(anya, "/image яблоко")
    text = await ask(conversation, admin)
    assert "You have spent $0 of" in text
    assert "The team has spent $0.003 of $50 today; $50 is left." in text
