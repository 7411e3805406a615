import re
import time

import pytest
from arq.connections import ArqRedis

from infra.settings import Settings
from tests.worker.jobs.test_store import request
from webhook_app.dashboard.data import BoardReader
from webhook_app.dashboard.query import Visit
from webhook_app.dashboard.templates import Drawing
from worker.jobs.store import JobStore
from worker.limits.limits import Limits


@pytest.mark.parametrize(
    ("language", "spent", "budget"), [("ru", "$0,45", "из $12,50"), ("en", "$0.45", "of $12.50")]
)
async def test_money_is_written_as_in_the_bot(
    redis: ArqRedis, language: str, spent: str, budget: str
) -> None:
    """With the comma or the point of the reader's language, in every figure of the page."""
    settings = Settings(_env_file=None, team_daily_budget=12.5)
    jobs = JobStore(redis, Limits.of(settings), time.time)
    await jobs.create(request(), origin="a", cost=0.45)
    board = await BoardReader(redis, settings, jobs.clock).read(Visit.of("", language, {}).place)
    page = Drawing(jobs.clock).board(
        "live.html", Visit.of("", language, {}), board, {}, can_log_out=False
    )
    assert budget in page
    assert re.findall(r"\$[\d.,]*\d", page) == [spent, budget.split()[1], spent, spent]
