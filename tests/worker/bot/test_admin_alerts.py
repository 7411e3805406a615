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
    """Two admins: somebody whom the bot cannot write to, and a person who speaks English."""
    admins = frozenset({UNREACHABLE, ben.id})
    return AdminAlerts(redis, Delivery(bot), UserStore(redis), texts, admins)


async def test_admins_are_told_what_only_they_can_mend(alerts: AdminAlerts, ben: User) -> None:
    """Each kind once an hour, in their own language, whoever else cannot be reached."""
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
async def test_an_admin_who_speaks_russian_hears_it_in_russian(
    redis: ArqRedis, bot: Bot, texts: Texts, anya: User, kind: FailureKind, russian: str
) -> None:
    """Each kind has its own words."""
    alerts = AdminAlerts(redis, Delivery(bot), UserStore(redis), texts, frozenset({anya.id}))
    await alerts.notify(kind)
    assert russian in (await anya.last_from_bot())["text"]


async def test_an_alarm_that_nobody_has_heard_rings_again(
    alerts: AdminAlerts, conversation: Conversation, redis: ArqRedis, ben: User
) -> None:
    """A minute later instead of an hour: Telegram may be out of reach for a moment."""
    said = len(await ben.from_bot())
    for _ in range(2):
        await conversation.disturb("sendMessage", status=500)
    await alerts.notify(FailureKind.BALANCE)
    assert len(await ben.from_bot()) == said
    assert 0 < await redis.ttl("darkroom:alarmed:balance") <= 60
    await redis.delete("darkroom:alarmed:balance")
    await alerts.notify(FailureKind.BALANCE)
    assert len(await ben.from_bot()) == said + 1
    assert await redis.ttl("darkroom:alarmed:balance") > 3000


async def test_other_failures_are_no_alarm(alerts: AdminAlerts, ben: User) -> None:
    """A refused prompt is between its author and the model."""
    said = len(await ben.from_bot())
    for kind in set(FailureKind) - ALARMING:
        await alerts.notify(kind)
    assert len(await ben.from_bot()) == said
