"""/money: spending, and what the rest is enough for."""

import pytest

from infra.settings import Settings
from tests.user import User
from tests.worker.bot.conversation import ADMIN, Conversation, Localized
from worker.limits.limits import UNLIMITED, Limit, LimitStore
from worker.users.roles import Role
from worker.users.store import UserStore


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, tg_admin_user_ids=frozenset({ADMIN}))


@pytest.fixture
def limits(conversation: Conversation) -> LimitStore:
    return LimitStore(conversation.dispatcher["redis"], UNLIMITED)


async def ask(conversation: Conversation, user: User) -> str:
    return str((await conversation.send_text(user, "/money"))["text"])


async def test_money_says_what_is_left_in_things(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """A standard image costs $0.003."""
    await limits.set(Limit.USER_DAILY_BUDGET, 0.21)
    text = await ask(conversation, anya)
    assert "Вы потратили сегодня $0, с начала месяца $0." in text
    assert "Осталось на сегодня: $0,21 из $0,21" in text
    assert "хватит на 70 изображений" in text
    await conversation.send_text(anya, "/image яблоко")
    text = await ask(conversation, anya)
    assert "Вы потратили сегодня $0,003, с начала месяца $0,003." in text
    assert "Осталось на сегодня: $0,20 из $0,21" in text
    assert "хватит на 69 изображений" in text


async def test_things_cost_what_the_user_has_chosen(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """An image of Nano Banana costs $0.039, so that the same rest is enough for fewer of them."""
    await limits.set(Limit.USER_DAILY_BUDGET, 0.4)
    card = await conversation.send_text(anya, "/image")
    await conversation.choose(anya, card, "Модель", "Nano Banana")
    await conversation.send_text(anya, "яблоко")
    assert "хватит на 9 изображений" in await ask(conversation, anya)


async def test_whole_budget_is_not_left_after_a_tenth_of_a_cent(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """What is left is rounded down."""
    await limits.set(Limit.USER_DAILY_BUDGET, 5)
    await conversation.send_text(anya, "/image яблоко")
    assert "Осталось на сегодня: $4,99 из $5" in await ask(conversation, anya)


async def test_each_budget_that_applies_is_listed(
    conversation: Conversation, anya: User, limits: LimitStore, language: str, localized: Localized
) -> None:
    """A guest has those of a user, of a guest and of the team, for a day and a month; the smallest one counts."""
    await conversation.enter(anya, language)
    for number, limit in enumerate(each for each in Limit if each.is_money):
        await limits.set(limit, 10 + number)
    text = await ask(conversation, anya)
    assert localized("Осталось на месяц: $11 из $11", "Left for this month: $11 of $11") in text
    assert localized("гостя", "guest") not in text
    await UserStore(conversation.dispatcher["redis"]).set_role(anya.id, Role.GUEST)
    await limits.set(Limit.GUEST_MONTHLY_BUDGET, 0.03)
    text = await ask(conversation, anya)
    assert localized("по бюджету гостя: $12 из $12", "your guest budget today: $12 of $12") in text
    assert localized("гостя: $0,03 из $0,03", "month: $0.03 of $0.03") in text
    assert localized("хватит на 10 изображений", "enough for 10 images") in text


async def test_used_up_budget_says_when_it_starts_again(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """In hours for a day, in days for a month."""
    await limits.set(Limit.USER_DAILY_BUDGET, 0.002)
    assert "Счёт обнулится через 16 ч." in await ask(conversation, anya)
    await limits.set(Limit.USER_MONTHLY_BUDGET, 0.001)
    assert "Счёт обнулится через 16 дней." in await ask(conversation, anya)


async def test_month_begins_from_zero(conversation: Conversation, anya: User) -> None:
    """The month before does not count, and neither does the day before count as today."""
    await conversation.send_text(anya, "/image яблоко")
    conversation.jobs.clock.advance(24 * 3600)  # type: ignore[attr-defined]  # the test's own clock
    text = await ask(conversation, anya)
    assert "потратили сегодня $0, с начала месяца $0,003." in text
    conversation.jobs.clock.advance(16 * 24 * 3600)  # type: ignore[attr-defined]
    assert "потратили сегодня $0, с начала месяца $0." in await ask(conversation, anya)


async def test_smaller_budget_counts(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """The team's budget may leave less; its sums are for admins only."""
    await limits.set(Limit.USER_DAILY_BUDGET, 5)
    await limits.set(Limit.TEAM_DAILY_BUDGET, 0.03)
    text = await ask(conversation, anya)
    assert "Осталось у команды на сегодня: $0,03\n" in text
    assert "хватит на 10 изображений, а на видео не хватит" in text
    assert "Команда потратила" not in text


async def test_without_budgets_nothing_is_left_over(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """Only the spending is shown."""
    await limits.set(Limit.USER_DAILY_BUDGET, 0)
    await limits.set(Limit.TEAM_DAILY_BUDGET, 0)
    text = await ask(conversation, anya)
    assert "потратили сегодня $0, с начала месяца $0." in text
    assert "хватит" not in text


@pytest.mark.slow
async def test_admin_sees_the_team(
    conversation: Conversation, admin: User, anya: User, limits: LimitStore, localized: Localized
) -> None:
    """All users together."""
    await limits.set(Limit.TEAM_DAILY_BUDGET, 50)
    await conversation.send_text(anya, "/image яблоко")
    text = await ask(conversation, admin)
    for russian, english in (
        ("Вы потратили сегодня $0, с начала месяца $0.", "You have spent $0 today, $0 this month."),
        (
            "Команда потратила сегодня $0,003, с начала месяца $0,003.",
            "The team has spent $0.003 today, $0.003 this month.",
        ),
        (
            "Осталось у команды на сегодня: $49,99 из $50",
            "Left for the team today: $49.99 of $50",
        ),
    ):
        assert localized(russian, english) in text
