import re
import time

import pytest
from arq.connections import ArqRedis

from infra.settings import Settings
from tests.worker.jobs.test_store import request
from webhook_app.dashboard.data import DashboardReader
from webhook_app.dashboard.query import Query
from webhook_app.dashboard.templates import Templates
from worker.jobs.store import JobStore
from worker.limits.limits import Limits


@pytest.mark.parametrize(
    ("language", "spent", "budget"), [("ru", "$0,45", "из $12,50"), ("en", "$0.45", "of $12.50")]
)
async def test_money_has_the_decimal_mark_of_the_language(
    redis: ArqRedis, language: str, spent: str, budget: str
) -> None:
    """Every amount on the page has the comma or the point of the reader's language, as in the bot."""
    settings = Settings(_env_file=None, team_daily_budget=12.5)
    jobs = JobStore(redis, Limits.of(settings), time.time)
    await jobs.create(request(), origin="a", cost=0.45)
    board = await DashboardReader(redis, settings, jobs.clock).read(
        Query.of("", language, {}).place
    )
    page = Templates(jobs.clock).render_dashboard(
        "live.html", Query.of("", language, {}), board, {}, can_log_out=False
    )
    assert budget in page
    assert re.findall(r"\$[\d.,]*\d", page) == [spent, budget.split()[1], spent, spent]
