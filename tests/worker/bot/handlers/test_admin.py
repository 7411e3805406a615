import pytest
from aiogram.types import BotCommandScopeChat

from infra.errors import FailureKind
from infra.fal.model import Work
from infra.fal.models.catalogue import MODELS
from infra.i18n import Texts
from infra.settings import Settings
from tests.user import Message, User
from tests.worker.bot.conversation import ADMIN, Conversation, Localized, labels
from worker.bot.commands import set_commands
from worker.bot.views.admin_card import STEPS
from worker.bot.views.job_card import FAILURES
from worker.comparisons.ranking import ranking_key
from worker.limits.limits import Limit, Limits, LimitStore
from worker.model import ACTIVE, Status
from worker.operations.reconciliation import (
    Difference,
    DifferenceKind,
    Reconciliation,
    ReconciliationStore,
    Total,
)
from worker.users.roles import Role
from worker.users.store import UserStore


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, tg_admin_user_ids=frozenset({ADMIN}))


async def open_view(conversation: Conversation, admin: User, *presses: str) -> Message:
    """Return the admin's card after these presses."""
    card = await conversation.send_text(admin, "/admin")
    for label in presses:
        await conversation.press(admin, card, label)
        card = await conversation.look(admin, card)
    return card


async def test_admin_command_is_unknown_to_others(conversation: Conversation, anya: User) -> None:
    """Other users get the answer for an unknown command."""
    assert "Такой команды нет" in (await conversation.send_text(anya, "/admin"))["text"]


@pytest.mark.parametrize("command", ["/Admin", "/ADMIN"])
async def test_admin_command_in_any_case(
    conversation: Conversation, admin: User, command: str, localized: Localized
) -> None:
    """Phones capitalise."""
    assert localized("Всего", "In all") in (await conversation.send_text(admin, command))["text"]


async def test_help_lists_admin_only_for_admins(
    conversation: Conversation, admin: User, anya: User
) -> None:
    assert "/admin" in (await conversation.send_text(admin, "/help"))["text"]
    assert "/admin" not in (await conversation.send_text(anya, "/help"))["text"]


async def test_menu_lists_admin_for_admins(
    conversation: Conversation,
    admin: User,
    anya: User,
    texts: Texts,
    localized: Localized,
    language: str,
) -> None:
    """After /start, a change of the language and every start of the service."""

    async def menu_of(user: User) -> dict[str, str]:
        answer = await conversation.telegram.get(f"/bot?user={user.id}")
        return {one["command"]: one["description"] for one in answer.json()["commands"]}

    users = UserStore(conversation.dispatcher["redis"])
    await conversation.send_text(admin, "/start")
    assert localized("Управление", "Administration") in (await menu_of(admin))["admin"]
    await conversation.enter(admin, "en" if language == "ru" else "ru")
    assert localized("Administration", "Управление") in (await menu_of(admin))["admin"]
    await conversation.bot.delete_my_commands(scope=BotCommandScopeChat(chat_id=ADMIN))
    await set_commands(conversation.bot, texts, users, frozenset({ADMIN, anya.id + 1_000_000}))
    assert localized("Administration", "Управление") in (await menu_of(admin))["admin"]
    assert "admin" not in await menu_of(anya)


async def test_former_admin_loses_the_admin_menu(
    conversation: Conversation, admin: User, texts: Texts
) -> None:
    """At the first start without the role."""

    async def menu_now() -> dict[str, str]:
        answer = await conversation.telegram.get(f"/bot?user={admin.id}")
        return {one["command"]: one["description"] for one in answer.json()["commands"]}

    users = UserStore(conversation.dispatcher["redis"])
    await conversation.send_text(admin, "/start")
    card = await conversation.send_text(admin, "/lang")
    await conversation.press(admin, card, "English")
    await set_commands(conversation.bot, texts, users, frozenset({ADMIN}))
    assert "admin" in await menu_now()
    await set_commands(conversation.bot, texts, users, frozenset())
    menu = await menu_now()
    assert "admin" not in menu
    assert "settings" in menu
    assert await users.admins_before() == set()


async def test_usage_by_user_and_by_model(
    conversation: Conversation, admin: User, anya: User, ben: User, localized: Localized
) -> None:
    """Names, jobs and money, the most expensive first; a day later the week still counts them."""
    for _ in range(2):
        await conversation.send_text(anya, "/image яблоко")
    card = await conversation.send_text(ben, "/image")
    await conversation.choose(ben, card, "Model", "Nano Banana")
    await conversation.send_text(ben, "a pear")
    text = (await open_view(conversation, admin))["text"]
    assert (
        localized(
            "Всего: 3 задания, $0,045; бюджет команды $50",
            "In all: 3 jobs, $0.045; the team’s budget is $50",
        )
        in text
    )
    one = localized("1 задание, $0,039", "1 job, $0.039")
    two = localized("2 задания, $0,006", "2 jobs, $0.006")
    assert f"• Ben — {one}\n• Аня — {two}" in text
    assert f"• Nano Banana — {one}\n• FLUX.1 schnell — {two}" in text
    conversation.jobs.clock.advance(24 * 3600)  # type: ignore[attr-defined]  # the test's own clock
    text = (await open_view(conversation, admin))["text"]
    assert localized("никто ничего не делал", "Nobody has made anything") in text
    text = (await open_view(conversation, admin, localized("7 дней", "7 days")))["text"]
    assert localized("Всего: 3 задания", "In all: 3 jobs") in text


async def test_periods_fit_a_phone(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """The chosen period with its mark is not cut off."""
    card = await open_view(conversation, admin)
    rows = card["reply_markup"]["inline_keyboard"]
    today = localized("✓ Сегодня", "✓ Today")
    row = next(row for row in rows if row[0]["text"] == today)
    assert len(row) * max(len(button["text"]) for button in row) <= 35


async def test_usage_of_the_month_and_by_day(
    conversation: Conversation, admin: User, anya: User, localized: Localized
) -> None:
    """The month before counts among the thirty days, and not in this month; the budget of a month is shown."""
    redis = conversation.dispatcher["redis"]
    await LimitStore(redis, Limits()).set(Limit.TEAM_MONTHLY_BUDGET, 80)
    await conversation.send_text(anya, "/image яблоко")
    # From 2027-01-15 to 2027-02-02.
    conversation.jobs.clock.advance(18 * 24 * 3600)  # type: ignore[attr-defined]  # the test's own clock
    await conversation.send_text(anya, "/image груша")
    await conversation.send_text(anya, "/image груша")
    text = (await open_view(conversation, admin, localized("Месяц", "Month")))["text"]
    total = localized(
        "Всего: 2 задания, $0,006; бюджет команды $80",
        "In all: 2 jobs, $0.006; the team’s budget is $80",
    )
    assert total in text
    text = (await open_view(conversation, admin, localized("По дням", "By day")))["text"]
    first, last = (
        localized("1 задание, $0,003", "1 job, $0.003"),
        localized("2 задания, $0,006", "2 jobs, $0.006"),
    )
    second, fifteenth = (
        localized("2 февраля", "2 February"),
        localized("15 января", "15 January"),
    )
    assert f"• {second} — {last}\n• {fifteenth} — {first}" in text


async def test_comparisons_with_fals_bills(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """How to get one at first; then each day, and the differences of the newest day that has some."""
    button = localized("🧾 Сверка с fal", "🧾 fal’s bills")
    text = (await open_view(conversation, admin, button))["text"]
    assert "fal_admin_key" in text
    store = ReconciliationStore(conversation.dispatcher["redis"])
    sums = {"made_at": 0, "jobs": 3, "counted": 1.2}
    await store.save(Reconciliation(day="2027-01-14", billed=1.2, **sums))
    difference = Difference(
        kind=DifferenceKind.OTHER_SUM,
        counted=0.003,
        billed=0.25,
        job_id="0t70tdvz3114s59n",
        endpoint="fal-ai/flux/schnell",
    )
    totals = {DifferenceKind.OTHER_SUM: Total(number=1, dollars=0.247)}
    differing = Reconciliation(
        day="2027-01-13", billed=1.45, totals=totals, differences=(difference,), **sums
    )
    await store.save(differing)
    text = (await open_view(conversation, admin, button))["text"]
    assert (
        localized("14 января: $1,20, всё сходится", "14 January: $1.20, everything agrees") in text
    )
    assert f"\n{localized('13 января', '13 January')}\n" in text
    assert localized("fal взял больше на $0,25", "fal billed $0.25 more") in text
    counted = localized("учтено $0,003, счёт $0,25", "counted $0.003, billed $0.25")
    assert f"0t70tdvz3114s59n FLUX.1 schnell — {counted}" in text


async def test_state_shows_queues_failures_webhooks_and_workers(
    conversation: Conversation, admin: User, anya: User, localized: Localized
) -> None:
    """It is the first page to open when something does not work."""
    for failure in ("moderation", "busy", "picture_gone", "picture_too_small"):
        await conversation.send_text(anya, "/image яблоко")
        job = await conversation.job(anya)
        await conversation.jobs.move(job, ACTIVE, Status.FAILED, due=None, failure=failure)
    await conversation.send_text(anya, "/video яблоко")
    await conversation.agree(anya)
    conversation.jobs.clock.advance(180)  # type: ignore[attr-defined]  # the test's own clock
    job = await conversation.job(anya)
    await conversation.jobs.move(job, {Status.CREATED}, Status.SUBMITTING, due=0)
    await conversation.dispatcher["redis"].set("updates:health-check", b"")
    text = (await open_view(conversation, admin, "🚦"))["text"]
    for line in (
        localized(
            "У сервиса: 1 из 10; ждут своей очереди: 0",
            "At the service: 1 of 10; waiting for their turn: 0",
        ),
        localized("🖼 Активных: 0", "🖼 Active: 0"),
        localized("🎬 Активных: 1, самое давнее ждёт 3 мин", "🎬 Active: 1, the oldest for 3 min"),
        localized("проверка содержания — 1", "content check — 1"),
        localized("изображение не подошло — 2, ", "image not usable — 2, "),
        localized("за последний час не было", "none within the last hour"),
        localized("✅ сообщения, ❌ изображения, ❌ видео", "✅ messages, ❌ images, ❌ videos"),
    ):
        assert line in text.replace("\N{NO-BREAK SPACE}", " ")


async def test_limit_is_changed_by_a_press(
    conversation: Conversation, admin: User, anya: User, localized: Localized
) -> None:
    """It applies from the next order on, and wins over the settings."""
    limit = localized("Заданий сразу у человека", "A person’s jobs at once")
    card = await open_view(conversation, admin, "⚖️", f"{limit}: 5", "1")
    assert "✓ 1" in labels(card)
    await conversation.send_text(anya, "/image яблоко")
    assert (
        "а можно не больше 1 сразу" in (await conversation.send_text(anya, "/image груша"))["text"]
    )
    await conversation.press(admin, card, localized("← К лимитам", "← Limits"))
    assert f"{limit}: 1" in labels(await conversation.look(admin, card))


async def test_limit_is_changed_by_a_number(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """Typed as money; invalid input is asked for again, and the old card loses its buttons."""
    limit = localized("Бюджет человека на день: $5", "A person’s budget for a day: $5")
    card = await open_view(conversation, admin, "⚖️", limit)
    answer = await conversation.send_text(admin, "много")
    assert localized("Нужно число", "Please send a number") in answer["text"]
    answer = await conversation.send_text(admin, localized("$2,50", "$2.50"))
    assert localized("Сейчас: $2,50", "Now: $2.50") in answer["text"]
    assert labels(await conversation.look(admin, card)) == []
    redis = conversation.dispatcher["redis"]
    limits = await LimitStore(redis, Limits(user_daily_budget=5)).get()
    assert limits.user_daily_budget == 2.5


async def test_pause_with_a_message(
    conversation: Conversation, admin: User, anya: User, localized: Localized
) -> None:
    """Users get the admin's text; one press resumes."""
    await open_view(conversation, admin, localized("⏸ Приостановить", "⏸ Pause"))
    card = await conversation.send_text(admin, "Ждём пополнения счёта")
    assert localized("Новые задания не принимаются", "No new jobs are taken") in card["text"]
    assert "Ждём пополнения счёта" in (await conversation.send_text(anya, "/image яблоко"))["text"]
    assert await conversation.job_count(anya) == 0
    answer = await conversation.press(admin, card, localized("▶️ Продолжить", "▶️ Resume"))
    assert answer["text"] == localized("Работа продолжается", "Resumed")
    await conversation.send_text(anya, "/image яблоко")
    assert await conversation.job_count(anya) == 1


async def test_pause_without_a_message(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """One more press starts it."""
    presses = localized("⏸ Приостановить", "⏸ Pause"), localized("Без пояснения", "Without a word")
    card = await open_view(conversation, admin, *presses)
    assert localized("Новые задания не принимаются", "No new jobs are taken") in card["text"]
    assert localized("▶️ Продолжить", "▶️ Resume") in labels(card)


async def test_command_leaves_the_card(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """A command is not taken for the awaited input."""
    await open_view(conversation, admin, localized("⏸ Приостановить", "⏸ Pause"))
    await conversation.send_text(admin, "/image яблоко")
    assert await conversation.job_count(admin) == 1


async def test_admin_command_is_refused_in_a_group(
    conversation: Conversation, admin: User, localized: Localized, language: str
) -> None:
    """Names and money stay in the private chat."""
    chat = {"id": -100_500, "type": "supergroup", "title": "Команда"}
    message = {
        "message_id": 1,
        "date": 1_800_000_000,
        "chat": chat,
        "from": {"id": ADMIN, "is_bot": False, "first_name": "Аня", "language_code": language},
        "text": "/admin",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
    }
    await conversation.handle({"update_id": 1, "message": message})
    text = (await conversation.calls("sendMessage"))[-1]["text"]
    assert localized("личном чате", "private chat") in text


@pytest.mark.parametrize("limit", Limit)
def test_every_limit_fits_callback_data(limit: Limit) -> None:
    """64 bytes, for the longest id of an admin."""
    from worker.bot.admin_callback_data import AdminAction, RunCommand

    for step in STEPS[limit]:
        packed = RunCommand(owner=10**15, action=AdminAction.SET, about=f"{limit}={step}").pack()
        assert len(packed) <= 64


@pytest.mark.parametrize(
    ("text", "limit", "amount"),
    [
        ("5", Limit.FAL_SLOTS, 5),
        (" 0 ", Limit.FAL_SLOTS, 0),
        ("2.5", Limit.FAL_SLOTS, None),
        ("2.5", Limit.TEAM_DAILY_BUDGET, 2.5),
        ("$1,25", Limit.USER_DAILY_BUDGET, 1.25),
        ("-1", Limit.FAL_SLOTS, None),
        ("٣", Limit.FAL_SLOTS, None),
        ("1e9", Limit.FAL_SLOTS, None),
        ("1000000", Limit.TEAM_DAILY_BUDGET, None),
        ("", Limit.FAL_SLOTS, None),
    ],
)
def test_amount_formats(text: str, limit: Limit, amount: float | None) -> None:
    """Whole jobs, dollars with cents, nothing else."""
    assert limit.read_amount(text) == amount


def test_every_failure_has_a_name_for_admins(texts: Texts) -> None:
    """The failures of a user's image share one."""
    of_pictures = {kind for kind in FailureKind if kind.blames_picture}
    for kind in FAILURES:
        name = "picture" if kind in of_pictures else kind
        assert texts("ru", f"failed-{name}")


async def test_admin_makes_a_guest_and_a_member(
    conversation: Conversation, admin: User, anya: User, localized: Localized
) -> None:
    """On the card of a user, in one press each; the card of an admin offers neither."""
    users = UserStore(conversation.dispatcher["redis"])
    await conversation.send_text(anya, "/start")
    name = (await users.get(anya.id)).name
    guest, member = (
        localized("👤 Сделать гостем", "👤 Make a guest"),
        localized("Сделать участником", "Make a member"),
    )
    card = await open_view(conversation, admin, "👥", f"✅ {name}")
    assert localized("Роль: участник", "Role: member") in card["text"]
    await conversation.press(admin, card, guest)
    card = await conversation.look(admin, card)
    assert localized("Роль: гость", "Role: guest") in card["text"]
    assert (await users.get(anya.id)).role is Role.GUEST
    card = await open_view(conversation, admin, "👥")
    assert f"👤 {name}" in labels(card)
    card = await open_view(conversation, admin, "👥", f"👤 {name}", member)
    assert (await users.get(anya.id)).role is Role.MEMBER
    own = (await users.get(ADMIN)).name
    card = await open_view(conversation, admin, "👥", f"⭐ {own}")
    assert not {guest, member} & set(labels(card))


async def test_ranking_of_models(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """Empty at first; then by work, with titles, shares and models of few votes below."""
    card = await open_view(conversation, admin, "🏆")
    assert localized("Голосов пока нет", "No votes yet") in card["text"]
    redis, flux, banana = (
        conversation.dispatcher["redis"],
        "fal-ai/flux/schnell",
        "fal-ai/nano-banana-2",
    )
    votes = {f"{banana}>{flux}": 6, f"{flux}={banana}": 2, f"gone&co>{flux}": 1}
    await redis.hset(ranking_key(Work.IMAGE), mapping=votes)
    await redis.hset(ranking_key(Work.VIDEO), mapping={"one>two": 1})
    card = await open_view(conversation, admin, "🏆")
    assert localized("✓ 🖼 Изображение", "✓ 🖼 Image") in labels(card)
    lines = card["text"].splitlines()
    won = localized("(побед 6, поражений 0, ничьих 2)", "(won 6, lost 0, tied 2)")
    assert any(f"1. {MODELS[banana].title} — 88 % {won}" in line for line in lines)
    assert any(line.startswith(f"2. {MODELS[flux].title} — 11 %") for line in lines)
    assert lines.index(
        localized("Пока мало голосов (меньше 5):", "Few votes so far (less than 5):")
    )
    assert any(line.startswith("• gone&co") for line in lines)
    card = await open_view(conversation, admin, "🏆", localized("🎬 Видео", "🎬 Video"))
    assert "one" in card["text"]
    assert "88" not in card["text"]
