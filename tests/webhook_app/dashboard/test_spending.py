"""Spending on the dashboard and as CSV."""

import csv
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import httpx
import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from tests.webhook_app.client import serve, settings_for
from worker.jobs.store import JobStore
from worker.limits.ledger import DAY_SECONDS
from worker.limits.limits import UNLIMITED
from worker.model import Kind, Request
from worker.operations.reconciliation import (
    Difference,
    DifferenceKind,
    Reconciliation,
    ReconciliationStore,
    Total,
)
from worker.prompt_helper.charges import Charges, Purpose
from worker.users.store import User, UserStore

_TOKEN = "Xr3Lq9-vT0bZ_s7Wd2Nf8Kp5Yh1Jm4Gc6Ae"
_BEARER = {"Authorization": f"Bearer {_TOKEN}"}
FLUX, BANANA = "fal-ai/flux/schnell", "fal-ai/nano-banana"


@pytest.fixture
async def client(valkey_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    clock.now = datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp()
    settings = settings_for(
        valkey_url, api_token=_TOKEN, media_dir=tmp_path, team_monthly_budget=20
    )
    async with serve(settings, clock) as client:
        yield client


@pytest.fixture
async def spent(redis: ArqRedis, clock: Clock, client: httpx.AsyncClient) -> None:
    """Two users on the last day of October, and one of them on two days of November."""
    users, jobs = UserStore(redis), JobStore(redis, UNLIMITED, clock)
    await users.introduce(User(1, name='=HYPERLINK("http://evil.example";"Аня")'))
    await users.introduce(User(2, name='Ben, "the\r\nsecond"'))
    now = clock.now
    orders = ((3, 1, FLUX, 0.003), (3, 2, BANANA, 0.039), (1, 1, FLUX, 0.25), (0, 1, BANANA, 4.5))
    for number, (days_ago, user, model, cost) in enumerate(orders):
        clock.now = now - days_ago * DAY_SECONDS
        request = Request(
            kind=Kind.IMAGE,
            user_id=user,
            chat_id=user,
            message_id=1,
            language="ru",
            prompt="a fox",
            model=model,
        )
        await jobs.create(request, origin=str(number), cost=cost)
    clock.now = now


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


@pytest.mark.usefixtures("spent")
async def test_csv_has_each_day_by_user_and_by_model(client: httpx.AsyncClient) -> None:
    """RFC 4180 in UTF-8: CRLF, quotes where needed; no cell is a formula, and no other day is missing."""
    answer = await client.get("/spending.csv", headers=_BEARER)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert "darkroom-spending-2026-11-02.csv" in answer.headers["Content-Disposition"]
    assert answer.headers["Transfer-Encoding"] == "chunked"
    text = answer.content.decode("utf-8")
    assert text.count("\r\n") == len(rows(text)) + 1  # one name has a line break
    name = '\'=HYPERLINK("http://evil.example";"Аня")'
    assert rows(text) == [
        ["day", "by", "id", "name", "jobs", "dollars"],
        ["2026-10-30", "team", "", "", "2", "0.042000"],
        ["2026-10-30", "user", "1", name, "1", "0.003000"],
        ["2026-10-30", "user", "2", 'Ben, "the\r\nsecond"', "1", "0.039000"],
        ["2026-10-30", "model", FLUX, "", "1", "0.003000"],
        ["2026-10-30", "model", BANANA, "", "1", "0.039000"],
        ["2026-11-01", "team", "", "", "1", "0.250000"],
        ["2026-11-01", "user", "1", name, "1", "0.250000"],
        ["2026-11-01", "model", FLUX, "", "1", "0.250000"],
        ["2026-11-02", "team", "", "", "1", "4.500000"],
        ["2026-11-02", "user", "1", name, "1", "4.500000"],
        ["2026-11-02", "model", BANANA, "", "1", "4.500000"],
    ]


@pytest.mark.usefixtures("spent")
async def test_csv_of_some_days(client: httpx.AsyncClient) -> None:
    """One day is today; more days than the ledger keeps, none, and unknown parameters are refused."""
    today = rows((await client.get("/spending.csv?days=1", headers=_BEARER)).text)
    assert {row[0] for row in today} == {"day", "2026-11-02"}
    for query in ("days=0", "days=101", "days=x", "day=1"):
        answer = await client.get(f"/spending.csv?{query}", headers=_BEARER)
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"


async def test_csv_without_spending_has_a_header(client: httpx.AsyncClient) -> None:
    """Programs that read it need no special case."""
    assert (await client.get("/spending.csv?days=100", headers=_BEARER)).text == (
        "day,by,id,name,jobs,dollars\r\n"
    )


async def test_csv_needs_a_login_or_the_token(client: httpx.AsyncClient) -> None:
    """A stranger gets the API's answer; a session of the dashboard is enough."""
    stranger = await client.get("/spending.csv")
    assert stranger.status_code == 401
    assert "WWW-Authenticate" in stranger.headers
    assert (await client.get("/page/spending")).status_code == 401
    origin = {"Origin": str(client.base_url).rstrip("/")}
    await client.post("/page/log-in", data={"token": _TOKEN}, headers=origin)
    assert (await client.get("/spending.csv")).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "'=1"])
async def test_csv_has_no_formulas(client: httpx.AsyncClient, redis: ArqRedis, name: str) -> None:
    """Whatever a user of Telegram is called."""
    await UserStore(redis).introduce(User(1, name=name))
    key = "darkroom:ledger:2026-11-02"
    sums = {"jobs": 1, "spent": 1, "jobs:person:1": 1, "spent:person:1": 1}
    await redis.hset(key, mapping=sums)  # type: ignore[misc]
    found = rows((await client.get("/spending.csv?days=1", headers=_BEARER)).text)[2][3]
    assert found.startswith("'")
    assert found.endswith(name)


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize(
    ("language", "month", "recent", "days"),
    [
        ("ru", "$4,75", "За последние 30 дней: $4,79", ("2 ноября", "30 октября")),
        ("en", "$4.75", "The last 30 days: $4.79", ("2 November", "30 October")),
    ],
)
async def test_page_shows_spending_by_user_model_and_day(
    client: httpx.AsyncClient, language: str, month: str, recent: str, days: tuple[str, str]
) -> None:
    """This month and the last thirty days; a name is text, whatever it contains."""
    headers = {**_BEARER, "Accept-Language": language}
    page = (await client.get("/page/spending", headers=headers)).text
    assert f"<b>{month}</b>" in page
    assert "$20" in page
    assert recent in page
    assert "=HYPERLINK(&#34;http://evil.example&#34;" in page
    newest, before = days
    assert page.index(f">{newest}</time>") < page.index(f">{before}</time>")
    assert "2026-10-31</time>" not in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "none", "count", "kind"),
    [
        ("ru", "Сверок пока не было", "1 расхождение", "Нет задания"),
        ("en", "Nothing has been compared yet", "1 difference<", "No job"),
    ],
)
async def test_page_shows_the_differences_from_fals_bills(
    client: httpx.AsyncClient, redis: ArqRedis, language: str, none: str, count: str, kind: str
) -> None:
    """How to get a comparison at first; then each day, its discount, and each difference with fal's id."""
    headers = {**_BEARER, "Accept-Language": language}
    assert none in (await client.get("/page/spending", headers=headers)).text
    difference = Difference(
        kind=DifferenceKind.UNKNOWN, counted=0, billed=1.25, request_id="<a-request>", endpoint=FLUX
    )
    made = Reconciliation(
        day="2026-11-01",
        made_at=0,
        jobs=2,
        counted=0.5,
        billed=1.75,
        discount=0.12,
        totals={DifferenceKind.UNKNOWN: Total(number=1, dollars=1.25)},
        differences=(difference,),
    )
    await ReconciliationStore(redis).save(made)
    page = (await client.get("/page/spending", headers=headers)).text
    assert none not in page
    for text in (count, kind, "&lt;a-request&gt;", "FLUX.1 schnell"):
        assert text in page
    assert "0.12" in page.replace(",", ".")


async def test_the_helper_has_a_row_beside_the_models(
    client: httpx.AsyncClient, redis: ArqRedis, clock: Clock
) -> None:
    """A day with calls only is shown, on the page and in the CSV."""
    charges = Charges(redis, UNLIMITED, clock)
    await charges.charge(1, 0.002, purpose=Purpose.TRANSLATION, request_id="r-1")
    found = rows((await client.get("/spending.csv?days=1", headers=_BEARER)).text)
    assert [row[1:] for row in found[1:]] == [
        ["team", "", "", "0", "0.002000"],
        ["user", "1", "", "0", "0.002000"],
        ["helper", "", "", "1", "0.002000"],
    ]
    headers = {**_BEARER, "accept-language": "en"}
    page = (await client.get("/page/spending", headers=headers)).text
    assert "Helper (translations and suggestions)" in page
    assert "1 call" in page
