import pytest

from infra.fal.models.catalogue import model
from infra.i18n import Texts
from infra.money import money, money_left
from infra.settings import Settings
from tests.message import Message
from tests.user import User
from tests.worker.bot.conversation import ADMIN, Conversation, Localized
from worker.bot.views.money_format import price
from worker.limits.limits import Limit, Limits, LimitStore
from worker.model import ACTIVE, Picture, Status
from worker.users.roles import Role
from worker.users.store import User as KnownUser
from worker.users.store import UserStore


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


async def test_job_limit_names_the_active_jobs(conversation: Conversation, anya: User) -> None:
    """The third is declined with the ids of the two active ones; after one ends, it is accepted."""
    await conversation.send_text(anya, "/image красное яблоко")
    first = await conversation.job(anya)
    await conversation.send_text(anya, "/image зелёное яблоко")
    refusal = (await conversation.send_text(anya, "/image синее яблоко"))["text"]
    assert "У вас в работе 2 задания, а можно не больше 2 сразу" in refusal
    assert f"{first.id} красное яблоко" in refusal
    assert "Могу поставить" in refusal
    assert await conversation.job_count(anya) == 2
    await conversation.jobs.move(first, ACTIVE, Status.DONE, due=None)
    await conversation.send_text(anya, "/image синее яблоко")
    assert await conversation.job_count(anya) == 3


async def test_daily_budget_message(
    conversation: Conversation, anya: User, ben: User, limits: LimitStore
) -> None:
    """How much is spent, when it resets and whom to ask, in the user's language; other users have their own."""
    redis = conversation.dispatcher["redis"]
    await UserStore(redis).introduce(KnownUser(ADMIN, name="Ольга", username="olga"))
    await limits.set(Limit.USER_MAX_JOBS, 0)
    await order_premium(conversation, anya, "яблоко")
    refusal = await order_premium(conversation, anya, "груша")
    assert (
        "Сегодня вы потратили $0,039 из $0,05, осталось $0,011. Это задание стоит примерно $0,039."
        in refusal["text"]
    )
    assert "Счёт обнулится через 16 ч." in refusal["text"]
    assert refusal["text"].endswith("Попросите увеличить бюджет: Ольга")
    (link,) = [e for e in refusal["entities"] if e["type"] in ("text_link", "text_mention")]
    assert str(ADMIN) in str(link)
    await conversation.send_text(ben, "/image a pear")
    assert await conversation.job_count(ben) == 1


async def test_team_budget_message(
    conversation: Conversation, anya: User, ben: User, limits: LimitStore
) -> None:
    """A user who spent nothing gets it, too; without a known admin it says to ask one."""
    await limits.set(Limit.USER_DAILY_BUDGET, 0)
    for fruit in ("яблоко", "груша"):
        await order_premium(conversation, anya, fruit)
    await conversation.send_text(ben, "/image a pear")
    assert await conversation.job_count(ben) == 1
    card = await conversation.send_text(ben, "/image")
    await conversation.choose(ben, card, "Model", "Nano Banana")
    refusal = (await conversation.send_text(ben, "/image an apple"))["text"]
    assert "the team has spent $0.081 of $0.10 today, $0.019 is left." in refusal.lower()
    assert "Ask the administrator" in refusal


@pytest.mark.parametrize("limit", [limit for limit in Limit if limit.is_money])
async def test_refusal_names_the_budget(
    conversation: Conversation,
    anya: User,
    limits: LimitStore,
    language: str,
    localized: Localized,
    limit: Limit,
) -> None:
    """Which one, how much of it is left and when it starts again: a day's tomorrow, a month's in days."""
    redis = conversation.dispatcher["redis"]
    await conversation.enter(anya, language)
    await UserStore(redis).set_role(anya.id, Role.GUEST)
    for each in Limit:
        await limits.set(each, 0.05 if each is limit else 0)
    await order_premium(conversation, anya, "яблоко")
    refusal = (await order_premium(conversation, anya, "груша"))["text"]
    assert localized("осталось $0,011.", "$0.011 is left.") in refusal
    assert (localized("месяц", "month") in refusal) == limit.is_monthly
    assert (localized("оманда", "he team") in refusal) == limit.startswith("team")
    assert (localized("Гости", "Guests") in refusal) == limit.startswith("guest")
    when = localized("Счёт обнулится через ", "The budget starts over in ")
    # The test's clock shows 2027-01-15, 08:00 UTC.
    wait = localized("16 дней", "16 days") if limit.is_monthly else localized("16 ч", "16 h")
    assert f"{when}{wait}." in refusal


async def test_limit_message_for_an_admin(
    conversation: Conversation, limits: LimitStore, language: str, localized: Localized
) -> None:
    """Over a budget and while paused, it points to /admin instead of a contact."""
    async with User(str(conversation.telegram.base_url), ADMIN) as admin:
        await conversation.enter(admin, language)
        await order_premium(conversation, admin, "яблоко")
        refusal = (await order_premium(conversation, admin, "груша"))["text"]
        assert refusal.endswith(
            localized("Увеличьте бюджет в /admin.", "Raise the budget in /admin.")
        )
        await limits.pause("Обед")
        refusal = (await conversation.send_text(admin, "/image груша"))["text"]
        assert refusal.endswith(
            localized("Продолжить можно в /admin.", "You can resume in /admin.")
        )


async def test_a_new_day_has_a_new_budget(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """Days are UTC."""
    await limits.set(Limit.USER_MAX_JOBS, 0)
    await order_premium(conversation, anya, "яблоко")
    conversation.jobs.clock.advance(16 * 3600)  # type: ignore[attr-defined]  # the test's own clock
    await order_premium(conversation, anya, "груша")
    assert await conversation.job_count(anya) == 2


async def test_uncharged_job_releases_its_reservation(
    conversation: Conversation, anya: User
) -> None:
    """A job that is cancelled before its submit does not change the budget."""
    await order_premium(conversation, anya, "яблоко")
    job = await conversation.job(anya)
    assert job.cost == 0.039
    await conversation.jobs.move(job, {Status.CREATED}, Status.CANCELLED, due=None)
    assert (await conversation.job(anya)).cost == 0
    await order_premium(conversation, anya, "груша")
    assert await conversation.job_count(anya) == 2


async def test_pause_message_answers_every_order(
    conversation: Conversation, anya: User, limits: LimitStore
) -> None:
    """Nothing starts by any way to order; afterwards all ways work."""
    await conversation.send_text(anya, "/image яблоко")
    await limits.pause("Переезжаем, вернёмся в 15:00 <скоро>")
    refusal = (await conversation.send_text(anya, "/image груша"))["text"]
    assert "приостановил работу" in refusal
    assert refusal.endswith("Переезжаем, вернёмся в 15:00 <скоро>")
    await limits.pause("я" * 4096)
    assert "яяя…" in (await conversation.send_text(anya, "/image груша"))["text"]
    await limits.pause("")
    assert "приостановил работу" in (await conversation.send_text(anya, "/image груша"))["text"]
    await limits.resume()
    await conversation.send_text(anya, "/image груша")
    assert await conversation.job_count(anya) == 2


async def test_card_shows_the_price_of_its_settings(conversation: Conversation, anya: User) -> None:
    """Four images cost four times as much."""
    card = await conversation.send_text(anya, "/image")
    assert "≈ $0,003" in card["text"]
    await conversation.choose(anya, card, "Количество", "4 шт.")
    await conversation.choose(anya, card, "Модель", "Nano Banana")
    assert "≈ $0,16" in (await conversation.look(anya, card))["text"]


@pytest.mark.parametrize(
    ("dollars", "shown"),
    [(0, "$0"), (0.003, "$0,003"), (0.039, "$0,039"), (4.804, "$4,80"), (5, "$5")],
)
def test_money_format(texts: Texts, dollars: float, shown: str) -> None:
    """Tenths of a cent only in small amounts."""
    assert money(texts.speaking("ru"), dollars) == shown


@pytest.mark.parametrize(
    ("dollars", "shown"),
    [(4.997, "$4,99"), (5, "$5"), (0.29, "$0,29"), (0.0119, "$0,011"), (0, "$0"), (-1, "$0")],
)
def test_what_is_left_is_rounded_down(texts: Texts, dollars: float, shown: str) -> None:
    """After spending a tenth of a cent of $5, not $5 is left."""
    assert money_left(texts.speaking("ru"), dollars) == shown


async def order_premium(conversation: Conversation, user: User, prompt: str) -> Message:
    """Order an image for $0.039; return the answer."""
    return await conversation.send_text(user, f"/image {prompt} --model nano-banana")


def test_upscale_price_depends_on_the_size() -> None:
    """Four megapixels cost four times as much as one; an unknown size counts as one."""
    enlarger = model("fal-ai/clarity-upscaler")
    large, unknown = Picture(key="a", pixels=2048 * 2048), Picture(key="b")
    assert price(enlarger, {"scale": 2}, [unknown], unknown=1) == pytest.approx(0.12)
    assert price(enlarger, {"scale": 2}, [large], unknown=1) == pytest.approx(0.48)
