import pytest
from aiogram import Bot
from arq.connections import ArqRedis

from infra.errors import FailureKind
from infra.i18n import Texts
from infra.telegram.delivery import Delivery
from tests.user import User
from tests.worker.bot.conversation import Conversation
from worker.bot.admin_alerts import ALARMING, AdminAlerts
from worker.users.store import UserStore

UNREACHABLE = 4_999_999


@pytest.fixture
def alerts(redis: ArqRedis, bot: Bot, texts: Texts, ben: User) -> AdminAlerts:
    """Two admins: one who blocked the bot, and one who speaks English."""
    admins = frozenset({UNREACHABLE, ben.id})
    return AdminAlerts(redis, Delivery(bot), UserStore(redis), texts, admins)


async def test_admins_get_alerts_about_what_only_they_can_fix(
    alerts: AdminAlerts, ben: User
) -> None:
    """Each kind once an hour, in their language, whether or not the others can be reached."""
    said = len(await ben.from_bot())
    for _ in range(3):
        await alerts.notify(FailureKind.BALANCE)
    (told,) = (await ben.from_bot())[said:]
    assert "run out of money" in told["text"]
    await alerts.notify(FailureKind.KEY)
    assert "fal_api_key" in (await ben.last_from_bot())["text"]


@pytest.mark.parametrize(
    ("kind", "russian"),
    [
        (FailureKind.BALANCE, "закончились деньги"),
        (FailureKind.KEY, "Проверьте fal_api_key"),
        (FailureKind.STORAGE, "В хранилище нет места"),
    ],
)
async def test_alert_in_russian(
    redis: ArqRedis, bot: Bot, texts: Texts, anya: User, kind: FailureKind, russian: str
) -> None:
    """Each kind has its own text."""
    alerts = AdminAlerts(redis, Delivery(bot), UserStore(redis), texts, frozenset({anya.id}))
    await alerts.notify(kind)
    assert russian in (await anya.last_from_bot())["text"]


async def test_undelivered_alert_is_repeated(
    alerts: AdminAlerts, conversation: Conversation, redis: ArqRedis, ben: User
) -> None:
    """After a minute instead of an hour: Telegram may be down for a moment."""
    said = len(await ben.from_bot())
    for _ in range(2):
        await conversation.disturb("sendMessage", status=500)
    await alerts.notify(FailureKind.BALANCE)
    assert len(await ben.from_bot()) == said
    assert 0 < await redis.ttl("darkroom:alerted:balance") <= 60
    await redis.delete("darkroom:alerted:balance")
    await alerts.notify(FailureKind.BALANCE)
    assert len(await ben.from_bot()) == said + 1
    assert await redis.ttl("darkroom:alerted:balance") > 3000


async def test_other_failures_are_no_alert(alerts: AdminAlerts, ben: User) -> None:
    """A refused prompt concerns only its author."""
    said = len(await ben.from_bot())
    for kind in set(FailureKind) - ALARMING:
        await alerts.notify(kind)
    assert len(await ben.from_bot()) == said
