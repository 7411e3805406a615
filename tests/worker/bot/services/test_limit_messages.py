import pytest

from infra.fal.models_map import model
from infra.i18n import Texts
from infra.money import money
from infra.settings import Settings
from tests.user import User
from tests.worker.bot.conversation import Conversation, Said
from worker.bot.views.money_format import price
from worker.limits.limits import Limit, Limits, LimitStore
from worker.model import ACTIVE, Picture, Status
from worker.users.store import User as KnownUser
from worker.users.store import UserStore

ADMIN = 1001


@pytest.fixture
def settings() -> Settings:
    return Settings(
        _env_file=None,
        tg_admin_user_ids=frozenset({ADMIN}),
        user_max_jobs=2,
        user_daily_budget=0.05,
        team_daily_budget=0.1,
    )


@pytest.fixture
def limits(conversation: Conversation, settings: Settings) -> LimitStore:
    return LimitStore(conversation.dispatcher["redis"], Limits.of(settings))


async def test_jobs_under_way_are_limited_and_named(conversation: Conversation, anya: User) -> None:
    """The third is declined with the ids of the two that run; once one has ended it is taken."""
    await conversation.hear(anya, "/image красное яблоко")
    first = await conversation.job(anya)
    await conversation.hear(anya, "/image зелёное яблоко")
    refusal = (await conversation.hear(anya, "/image синее яблоко"))["text"]
    assert "У вас в работе 2 задания, а можно не больше 2 сразу" in refusal
    assert f"{first.id} красное яблоко" in refusal
    assert "/cancel" in refusal
    assert await conversation.job_count(anya) == 2
    await conversation.jobs.move(first, ACTIVE, Status.DONE, due=None)
    await conversation.hear(anya, "/image синее яблоко")
    assert await conversation.job_count(anya) == 3


async def test_a_spent_budget_says_how_much_when_it_resets_and_whom_to_ask(
    conversation: Conversation, anya: User, ben: User, limits: LimitStore
) -> None:
    """In the person's own language, with a link to the admin; a colleague's budget is their own."""
    redis = conversation.dispatcher["redis"]
    await UserStore(redis).introduce(KnownUser(ADMIN, name="Ольга", username="olga"))
    await limits.set(Limit.USER_MAX_JOBS, 0)
    await order_premium(conversation, anya, "яблоко")
    refusal = await conversation.hear(anya, "/image груша")
    assert (
        "Сегодня вы потратили $0,039 из $0,05, а это задание стоит примерно $0,039"
        in refusal["text"]
    )
    assert "Счёт обнулится через 16 ч." in refusal["text"]
    assert refusal["text"].endswith("Попросите увеличить бюджет: Ольга")
    (link,) = [e for e in refusal["entities"] if e["type"] in ("text_link", "text_mention")]
    assert str(ADMIN) in str(link)
    await conversation.hear(ben, "/image a pear")
    assert await conversation.job_count(ben) == 1


async def test_the_teams_budget_is_everybodys(
    conversation: Conversation, anya: User, ben: User, limits: LimitStore
) -> None:
    """Who has spent nothing hears that it was the team; without a known admin they are told to ask one."""
    await limits.set(Limit.USER_DAILY_BUDGET, 0)
    for fruit in ("яблоко", "груша"):
        await order_premium(conversation, anya, fruit)
    await conversation.hear(ben, "/image a pear")
    assert await conversation.job_count(ben) == 1
    await conversation.press(ben, await conversation.hear(ben, "/image"), "Premium")
    refusal = (await conversation.hear(ben, "/image an apple"))["text"]
    assert "the team has spent $0.081 of $0.10" in refusal.lower()
    assert "Ask the administrator" in refusal


async def test_an_admin_at_a_limit_is_sent_to_admin_and_to_nobody_else(
    conversation: Conversation, limits: LimitStore, language: str, said: Said
) -> None:
    """Nobody is asked to ask herself: over a budget, and while the work is paused."""
    async with User(str(conversation.telegram.base_url), ADMIN) as admin:
        await conversation.enter(admin, language)
        await order_premium(conversation, admin, "яблоко", said("Премиум", "Premium"))
        refusal = (await conversation.hear(admin, "/image груша"))["text"]
        assert refusal.endswith(said("Увеличьте бюджет в /admin.", "Raise the budget in /admin."))
        await limits.pause("Обед")
        refusal = (await conversation.hear(admin, "/image груша"))["text"]
        assert refusal.endswith(said("Продолжить можно в /admin.", "You can resume in /admin."))


async def test_a_new_day_has_a_new_budget(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """Days are UTC."""
    await limits.set(Limit.USER_MAX_JOBS, 0)
    await order_premium(conversation, anya, "яблоко")
    conversation.jobs.clock.advance(16 * 3600)  # type: ignore[attr-defined]  # the test's own clock
    await conversation.hear(anya, "/image груша")
    assert await conversation.job_count(anya) == 2


async def test_what_was_never_charged_is_given_back(conversation: Conversation, anya: User) -> None:
    """Cancelled before anything was sent: the budget is what it was."""
    await order_premium(conversation, anya, "яблоко")
    job = await conversation.job(anya)
    assert job.cost == 0.039
    await conversation.jobs.move(job, {Status.CREATED}, Status.CANCELLED, due=None)
    assert (await conversation.job(anya)).cost == 0
    await conversation.hear(anya, "/image груша")
    assert await conversation.job_count(anya) == 2


async def test_while_paused_orders_hear_the_admins_words(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """Nothing new begins, whichever way it was asked for; afterwards all is as before."""
    await conversation.hear(anya, "/image яблоко")
    await limits.pause("Переезжаем, вернёмся в 15:00 <скоро>")
    refusal = (await conversation.hear(anya, "/image груша"))["text"]
    assert "приостановил работу" in refusal
    assert refusal.endswith("Переезжаем, вернёмся в 15:00 <скоро>")
    await limits.pause("я" * 4096)
    assert "яяя…" in (await conversation.hear(anya, "/image груша"))["text"]
    await limits.pause("")
    assert "приостановил работу" in (await conversation.hear(anya, "/image груша"))["text"]
    await limits.resume()
    await conversation.hear(anya, "/image груша")
    assert await conversation.job_count(anya) == 2


async def test_the_estimate_stands_on_the_card_before_and_moves_with_the_settings(
    conversation: Conversation, anya: User
) -> None:
    """Four pictures cost four times as much."""
    card = await conversation.hear(anya, "/image")
    assert "≈ $0,003" in card["text"]
    await conversation.press(anya, card, "4 шт.")
    await conversation.press(anya, await conversation.look(anya, card), "Премиум")
    assert "≈ $0,16" in (await conversation.look(anya, card))["text"]


@pytest.mark.parametrize(
    ("dollars", "shown"),
    [(0, "$0"), (0.003, "$0,003"), (0.039, "$0,039"), (4.804, "$4,80"), (5, "$5")],
)
def test_money_is_said_as_users_do(texts: Texts, dollars: float, shown: str) -> None:
    """Thousandths only where there is little else."""
    assert money(texts.speaking("ru"), dollars) == shown


async def order_premium(
    conversation: Conversation, user: User, prompt: str, label: str = "Премиум"
) -> None:
    card = await conversation.hear(user, "/image")
    await conversation.press(user, card, label)
    await conversation.hear(user, prompt)


def test_an_enlargement_costs_by_the_size_of_what_it_enlarges() -> None:
    """Four megapixels cost four times as much as one; a picture of unknown size counts as one."""
    enlarger = model("fal-ai/clarity-upscaler")
    large, unknown = Picture(key="a", pixels=2048 * 2048), Picture(key="b")
    assert price(enlarger, {"scale": 2}, [unknown]) == pytest.approx(0.12)
    assert price(enlarger, {"scale": 2}, [large]) == pytest.approx(0.48)
