from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from aiogram import Bot
from arq.connections import ArqRedis
from pydantic import SecretStr

from infra.i18n import Texts
from infra.settings import Settings
from infra.telegram.delivery import Delivery
from tests.fal_process import run_fal
from tests.infra.loopback import unused_url
from tests.user import User
from worker.bot.admin_alerts import AdminAlerts
from worker.operations.model_watch import ModelWatch
from worker.users.store import UserStore

KEY = "any:thing"


@pytest.fixture
def fal(tmp_path: Path) -> Iterator[str]:
    with run_fal(tmp_path) as url:
        yield url


def _watch(url: str, redis: ArqRedis, bot: Bot, texts: Texts, *admins: int) -> ModelWatch:
    settings = Settings(_env_file=None, fal_api_key=SecretStr(KEY), fal_platform_base_url=url)
    alerts = AdminAlerts(redis, Delivery(bot), UserStore(redis), texts, frozenset(admins))
    return ModelWatch(settings, redis, alerts.tell_all, texts)


@pytest.mark.slow
async def test_admins_are_warned_once_of_what_changed_at_fal(
    fal: str, redis: ArqRedis, bot: Bot, texts: Texts, anya: User
) -> None:
    """A deprecated model and a price that moved by more than a tenth; the next day is silent."""
    watch = _watch(fal, redis, bot, texts, anya.id)
    said = len(await anya.from_bot())
    await watch.run()
    assert len(await anya.from_bot()) == said
    async with httpx.AsyncClient(base_url=f"{fal}/models/") as control:
        for endpoint, facts in (
            ("fal-ai/veo3.1", {"status": "deprecated"}),
            ("fal-ai/nano-banana-2", {"unit_price": 0.1}),
            ("fal-ai/flux/dev", {"unit_price": 0.026}),
        ):
            (await control.patch(endpoint, json=facts)).raise_for_status()
    for _ in range(2):
        await watch.run()
    (told,) = (await anya.from_bot())[said:]
    assert "fal-ai/veo3.1 устарела" in told["text"]
    assert "fal-ai/nano-banana-2: $0,10 вместо $0,08 за единицу" in told["text"]
    assert "flux/dev" not in told["text"]


async def test_day_without_an_answer_is_no_warning(
    redis: ArqRedis, bot: Bot, texts: Texts, anya: User
) -> None:
    """It is logged, and the next run asks again."""
    said = len(await anya.from_bot())
    await _watch(unused_url(), redis, bot, texts, anya.id).run()
    assert len(await anya.from_bot()) == said
