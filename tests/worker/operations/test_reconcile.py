"""The comparison of jobs with fal's bills: sums, pages and limits of fal's, the nightly run and the command."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from arq.connections import ArqRedis
from pydantic import SecretStr

from infra.dates import date_text
from infra.fal.billing_events import BillingEvent, BillingEvents
from infra.fal.models.platform import KeyRefusedError, PlatformError
from infra.i18n import Texts
from infra.settings import Settings
from tests.clock import Clock
from tests.fal_process import run_fal
from tests.infra.fal.models_at_fal import PlatformApi
from tests.infra.loopback import unused_url
from tests.processes import Process
from worker.limits.ledger import DAY_SECONDS, Charge, day, last_days
from worker.model import Status
from worker.operations.reconcile import (
    MOST_DIFFERENCES,
    NightlyReconciliation,
    Reconciler,
    compare,
)
from worker.operations.reconciliation import DifferenceKind, Reconciliation, ReconciliationStore

API_KEY, ADMIN_KEY = "any:thing", "admin-any:thing"
SCHNELL = "fal-ai/flux/schnell"
UNKNOWN, OTHER_SUM, UNBILLED = DifferenceKind
DAY = "2026-11-28"
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()


def charge(number: int, dollars: float, status: Status = Status.DONE) -> Charge:
    return Charge(f"job-{number}", dollars, status, f"request-{number}")


def bill(number: int, total: float, subtotal: float | None = None) -> BillingEvent:
    return BillingEvent(f"request-{number}", SCHNELL, NOON, subtotal or total, total)


def compared(
    charges: list[Charge], bills: list[BillingEvent], known: tuple[str, ...] = (), since: float = 0
) -> Reconciliation:
    return compare(DAY, charges, bills, known=known, since=since, made_at=NOON)


def test_equal_sums_agree() -> None:
    """Also when a sum is rounded to another millionth, a bill comes in two parts, and a job cost nothing."""
    charges = [charge(1, 0.003), charge(2, 0.271601), charge(3, 0.02), charge(4, 0)]
    bills = [bill(1, 0.003), bill(2, 0.2716), bill(3, 0.015), bill(3, 0.005)]
    made = compared(charges, bills)
    assert made.totals == {}
    assert made.differences == ()
    assert made.jobs == 4
    assert made.counted == pytest.approx(0.294601)


def test_each_kind_of_difference_is_found() -> None:
    """Another sum in either direction, a job without a bill, and a bill without a job; the largest first."""
    charges = [charge(1, 0.003), charge(2, 0.5), charge(3, 0.04), charge(5, 0)]
    bills = [bill(1, 0.012), bill(2, 0.4), bill(4, 1.5), bill(5, 0.02)]
    made = compared(charges, bills)
    found = [(each.kind, each.job_id, each.counted, each.billed) for each in made.differences]
    assert found == [
        (UNKNOWN, None, 0, 1.5),
        (OTHER_SUM, "job-2", 0.5, 0.4),
        (UNBILLED, "job-3", 0.04, 0),
        (OTHER_SUM, "job-5", 0, 0.02),
        (OTHER_SUM, "job-1", 0.003, 0.012),
    ]
    assert made.totals[OTHER_SUM].number == 3
    assert made.totals[OTHER_SUM].dollars == pytest.approx(-0.071)
    assert made.billed - made.counted == pytest.approx(
        sum(total.dollars for total in made.totals.values())
    )


def test_discount_is_no_difference() -> None:
    """fal subtracts it from what the units cost; it is shown beside the sums."""
    made = compared([charge(1, 1), charge(2, 1)], [bill(1, 0.9, 1), bill(2, 0.9, 1.1)])
    assert made.discount == pytest.approx(0.1)
    assert [each.job_id for each in made.differences] == ["job-2"]


def test_what_cannot_be_known_is_no_difference() -> None:
    """Jobs that run, bills of the days around, bills from before the records began, and bills of $0."""
    made = compared([charge(1, 0.5, Status.RUNNING)], [bill(1, 0.2)])
    assert made.totals == {}
    of_a_later_version = Charge("job-1", 0.5, "archived", "request-1")
    assert compared([of_a_later_version], []).totals == {}
    assert compared([], [bill(7, 0.2)], known=("request-7",)).totals == {}
    assert compared([], [bill(7, 0.2)], since=NOON + 1).totals == {}
    assert compared([], [bill(7, 0)]).totals == {}
    assert compared([], [bill(7, 0.2)], since=NOON).totals[UNKNOWN].number == 1


def test_calls_of_the_helper_are_compared_and_are_no_jobs() -> None:
    """Their bills are known, and another sum is found by fal's request id."""
    calls = [Charge(None, 0.001, Status.DONE, "request-1"), Charge(None, 0.1, "done", "request-2")]
    made = compared([*calls, charge(3, 0.5)], [bill(1, 0.001), bill(2, 0.2), bill(3, 0.5)])
    assert made.jobs == 1
    assert [(each.kind, each.job_id, each.request_id) for each in made.differences] == [
        (OTHER_SUM, None, "request-2")
    ]


def test_job_whose_submit_got_no_answer_has_no_bill_here() -> None:
    """It is counted in doubt; fal's request for it, if there was one, is a bill without a job."""
    lost = Charge("job-1", 0.04, Status.FAILED, None)
    made = compared([lost], [bill(9, 0.04)])
    assert {each.kind for each in made.differences} == {UNKNOWN, UNBILLED}


def test_stored_differences_are_bounded() -> None:
    """The largest are kept, and all are counted."""
    made = compared([], [bill(number, number / 1000) for number in range(1, 1001)])
    assert len(made.differences) == MOST_DIFFERENCES
    assert made.number == 1000
    assert made.differences[0].billed == 1


# Pages of fal's, over a fake of its own: each answers once.


def event(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "request_id": f"request-{number}",
        "endpoint_id": SCHNELL,
        "timestamp": "2026-11-28T12:00:00Z",
        "output_units": 1,
        "unit_price": 0.003,
        "percent_discount": None,
        "cost_subtotal": 0.003,
        "cost_discount": 0,
        "cost_total": 0.003,
        "cost_estimate_nano_usd": 3_000_000,
        **changes,
    }


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> BillingEvents:
    return BillingEvents(PlatformApi(fails=answer).client())


@pytest.fixture
def far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_from_utc")
async def test_forms_of_a_bill() -> None:
    """A null subtotal, a sum in billionths only, and times in UTC by each spelling."""
    events = [
        event(1, cost_subtotal=None),
        event(2, cost_total=None, cost_subtotal=None, timestamp="2026-11-28T12:00:00+00:00"),
        event(3, timestamp="2026-11-28T12:00:00"),
    ]
    bills = answering(lambda _: httpx.Response(200, json={"billing_events": events}))
    found, cursor = await bills.page(NOON, NOON + 1)
    assert [(each.total, each.subtotal, each.timestamp) for each in found] == [
        (0.003, 0.003, NOON)
    ] * 3
    assert cursor is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"billing_events": None},
        {"billing_events": [{}]},
        {"billing_events": ["x"]},
        {"billing_events": [event(1, timestamp="yesterday")]},
        {"billing_events": [event(1, cost_total=None, cost_estimate_nano_usd=None)]},
        [],
    ],
)
async def test_unknown_form_of_bills_is_an_error(body: object) -> None:
    """No bill is skipped: a sum that is too small would look like a difference."""
    with pytest.raises(PlatformError):
        await answering(lambda _: httpx.Response(200, json=body)).page(NOON, NOON + 1)


@pytest.mark.parametrize("status", [401, 403])
async def test_key_that_may_not_read_bills_is_named(status: int) -> None:
    """The operator learns which key to change, and which scope it needs; the key is not shown."""
    body = {"error": {"type": "authorization_error", "message": "Access denied"}}
    with pytest.raises(
        KeyRefusedError, match="fal_admin_key, which needs the scope ADMIN"
    ) as error:
        await answering(lambda _: httpx.Response(status, json=body)).page(NOON, NOON + 1)
    assert "key-secret" not in str(error.value)


async def test_bills_of_many_requests_are_asked_for_in_parts() -> None:
    """Fifty ids a call, each part to its last page."""
    asked: list[list[str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        ids = request.url.params.get_list("request_id")
        asked.append(ids)
        is_first = "cursor" not in request.url.params
        events = [event(int(one.removeprefix("request-"))) for one in ids]
        half = len(events) // 2
        shown = events[:half] if is_first else events[half:]
        return httpx.Response(
            200, json={"billing_events": shown, "next_cursor": "more" if is_first else None}
        )

    ids = [f"request-{number}" for number in range(120)]
    found = await answering(answer).of_requests(ids, NOON, NOON + 1)
    assert [each.request_id for each in found] == ids
    assert [len(one) for one in asked] == [50, 50, 50, 50, 20, 20]


async def test_bills_that_do_not_end_are_an_error(
    redis: ArqRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page leads to another one: neither the pages of a day nor those of requests are read for ever."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        cursor = f"page-{len(asked)}"
        return httpx.Response(200, json={"billing_events": [event(1)], "next_cursor": cursor})

    bills = answering(answer)
    monkeypatch.setattr("worker.operations.reconcile.MOST_PAGES", 3)
    for _ in range(2):
        with pytest.raises(PlatformError, match="does not end"):
            await Reconciler(redis, bills).reconcile(DAY)
        assert len(asked) == 3
    with pytest.raises(PlatformError, match="does not end"):
        await bills.of_requests(["request-1"], NOON, NOON + 1)
    assert len(asked) < 20


# The nightly run and the command, over the fake of fal.


class Admins:
    """Records what they were told."""

    def __init__(self, *, reachable: bool = True) -> None:
        self.reachable = reachable
        self.told: list[tuple[str, str]] = []

    async def tell(self, write: Callable[[str], str]) -> bool:
        if self.reachable:
            self.told.append((write("ru"), write("en")))
        return self.reachable


@pytest.fixture
def texts() -> Texts:
    return Texts()


@pytest.fixture(scope="module")
def fal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_fal(tmp_path_factory.mktemp("fal"), "--pace", "0") as url:
        yield url


@pytest.fixture
async def http(fal: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=fal, trust_env=False) as client:
        yield client
        await client.delete("/faults")
        await client.delete("/models")


@pytest.fixture
async def today(redis: ArqRedis) -> str:
    """The day in UTC, of which everything since this moment is recorded here."""
    now = time.time()
    await redis.set("darkroom:charges-since", str(int(now * 1000)))
    return day(now)


def nightly(
    fal: str, redis: ArqRedis, texts: Texts, admins: Admins, key: str | None = ADMIN_KEY
) -> NightlyReconciliation:
    """The run of the next morning."""
    settings = Settings(
        _env_file=None,
        fal_platform_base_url=fal,
        fal_admin_key=None if key is None else SecretStr(key),
    )
    next_day = (time.time() // DAY_SECONDS + 1) * DAY_SECONDS
    return NightlyReconciliation(settings, redis, admins.tell, texts, lambda: next_day + 5 * 3600)


async def pay(http: httpx.AsyncClient) -> str:
    """Send fal a paid request; return its id."""
    key = {"Authorization": f"Key {API_KEY}"}
    sent = await http.post(f"/{SCHNELL}", json={"prompt": "a red cat"}, headers=key)
    request_id = str(sent.raise_for_status().json()["request_id"])
    for _ in range(500):
        found = await http.get(
            "/v1/models/billing-events",
            params={"request_id": request_id},
            headers={"Authorization": f"Key {ADMIN_KEY}"},
        )
        if found.json()["billing_events"]:
            return request_id
    raise AssertionError("fal does not bill it")


async def count(redis: ArqRedis, of_day: str, job: str, dollars: float, request_id: str) -> None:
    charged = f"{round(dollars * 1_000_000)} done {request_id}"
    await redis.hset(f"darkroom:charges:{of_day}", job, charged)  # type: ignore[misc]


@pytest.mark.slow
async def test_night_finds_tells_once_and_corrects_nothing(
    fal: str, http: httpx.AsyncClient, redis: ArqRedis, texts: Texts, today: str
) -> None:
    """One job agrees, one has another sum, one has no bill, and one bill has no job."""
    await count(redis, today, "agrees", 0.003, await pay(http))
    await http.patch(f"/models/{SCHNELL}", json={"unit_price": 0.01})
    await count(redis, today, "dearer", 0.003, await pay(http))
    await http.patch(f"/models/{SCHNELL}", json={"unit_price": 0.003, "discount": 10})
    await count(redis, today, "discounted", 0.003, await pay(http))
    await pay(http)
    await count(redis, today, "unbilled", 0.04, "a-request-that-fal-does-not-know")
    before = await redis.hgetall(f"darkroom:charges:{today}")  # type: ignore[misc]
    admins = Admins()
    for _ in range(2):
        await nightly(fal, redis, texts, admins).run()
    (made,) = await ReconciliationStore(redis).read([today])
    assert {kind: total.number for kind, total in made.totals.items()} == {
        UNKNOWN: 1,
        OTHER_SUM: 1,
        UNBILLED: 1,
    }
    assert made.jobs == 4
    assert made.discount == pytest.approx(0.0003)
    ((russian, english),) = admins.told
    assert f"Сверка с fal за {date_text(texts.speaking('ru'), today)}: есть" in russian
    assert "Учтено, а счёта нет: 1 на $0,04." in russian
    assert "Another sum: 1, fal billed $0.007 more." in english
    assert await redis.hgetall(f"darkroom:charges:{today}") == before  # type: ignore[misc]


async def test_bill_after_midnight_belongs_to_its_job(
    fal: str, http: httpx.AsyncClient, redis: ArqRedis, texts: Texts, today: str
) -> None:
    """A job of the day before that fal billed today is no difference of either day."""
    yesterday = day(time.time() - DAY_SECONDS)
    await redis.set("darkroom:charges-since", str(int((time.time() - DAY_SECONDS) * 1000)))
    since = await pay(http)
    await count(redis, yesterday, "waited", 0.003, since)
    admins = Admins()
    await nightly(fal, redis, texts, admins).run()
    made = {each.day: each for each in await ReconciliationStore(redis).read([yesterday, today])}
    assert made[yesterday].totals == {}
    assert made[yesterday].billed == pytest.approx(0.003)
    # Other tests' requests are bills without jobs today.
    unknown = {each.request_id for each in made[today].differences}
    assert since not in unknown


async def test_night_without_a_key_or_a_job_is_silent(
    fal: str, redis: ArqRedis, texts: Texts
) -> None:
    """fal is not asked."""
    admins = Admins()
    await nightly(unused_url(), redis, texts, admins).run()
    await redis.set("darkroom:charges-since", str(int(time.time() * 1000)))
    await nightly(unused_url(), redis, texts, admins, key=None).run()
    assert admins.told == []
    assert [key async for key in redis.scan_iter("darkroom:reconciliation*")] == []


async def test_key_without_the_scope_is_told_once(
    fal: str, redis: ArqRedis, texts: Texts, today: str
) -> None:
    """With the next step; nothing is stored, and the first reachable admin hears of it."""
    admins = Admins(reachable=False)
    run = nightly(fal, redis, texts, admins, API_KEY)
    await run.run()
    admins.reachable = True
    for _ in range(2):
        await run.run()
    ((russian, english),) = admins.told
    assert "нет права ADMIN" in russian
    assert "fal_admin_key" in english
    assert await ReconciliationStore(redis).read([today]) == []


async def test_unreachable_admins_are_told_later(
    fal: str, redis: ArqRedis, texts: Texts, today: str
) -> None:
    """The comparison is not made again."""
    await count(redis, today, "unbilled", 0.04, "a-request-that-fal-does-not-know")
    admins = Admins(reachable=False)
    await nightly(fal, redis, texts, admins).run()
    admins.reachable = True
    await nightly(unused_url(), redis, texts, admins).run()
    assert len(admins.told) == 1


@pytest.mark.slow
async def test_busy_fal_is_asked_again_from_where_it_stopped(
    fal: str,
    http: httpx.AsyncClient,
    redis: ArqRedis,
    texts: Texts,
    today: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A 429 ends the run; the next one waits for Retry-After, and asks for no page twice."""
    for number in range(5):
        await count(redis, today, f"job-{number}", 0.003, await pay(http))
    asked: list[str | None] = []
    page = BillingEvents.page

    async def counted(
        self: BillingEvents, start: float, end: float, cursor: str | None = None
    ) -> Any:
        asked.append(cursor)
        if len(asked) == 2:
            fault = {"operation": "billing", "status": 429, "retry_after": "1"}
            (await http.post("/faults", json=fault)).raise_for_status()
        return await page(self, start, end, cursor, limit=2)

    monkeypatch.setattr(BillingEvents, "page", counted)
    admins = Admins()
    run = nightly(fal, redis, texts, admins)
    await run.run()
    assert len(asked) == 2
    await run.run()
    assert len(asked) == 2, "fal asked to wait"
    await redis.delete("darkroom:reconciliation-wait")
    await run.run()
    assert asked[2] == asked[1]
    assert len(asked) == len(set(asked)) + 1
    (made,) = await ReconciliationStore(redis).read([today])
    assert made.jobs == 5
    assert OTHER_SUM not in made.totals
    assert UNBILLED not in made.totals


async def test_day_that_cannot_be_read_does_not_hold_up_the_others(
    fal: str, redis: ArqRedis, texts: Texts, today: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fal's bills of the day before have an unknown form."""
    yesterday = day(time.time() - DAY_SECONDS)
    await redis.set("darkroom:charges-since", str(int((time.time() - DAY_SECONDS) * 1000)))
    page = BillingEvents.page

    async def broken(self: BillingEvents, start: float, *rest: Any) -> Any:
        if day(start) == yesterday:
            raise PlatformError("fal's bills have an unknown form.")
        return await page(self, start, *rest)

    monkeypatch.setattr(BillingEvents, "page", broken)
    await nightly(fal, redis, texts, Admins()).run()
    (made,) = await ReconciliationStore(redis).read([yesterday, today])
    assert made.day == today


async def test_missed_nights_are_made_up_for(
    fal: str, redis: ArqRedis, texts: Texts, clock: Clock
) -> None:
    """The last seven, oldest first, none from before the records began, and no day before fal has its bills."""
    clock.now = time.time()
    await redis.set("darkroom:charges-since", str(int((clock.now - 4 * DAY_SECONDS) * 1000)))
    settings = Settings(
        _env_file=None, fal_platform_base_url=fal, fal_admin_key=SecretStr(ADMIN_KEY)
    )
    midnight = clock.now - clock.now % DAY_SECONDS
    run = NightlyReconciliation(settings, redis, Admins().tell, texts, clock)
    store, days = ReconciliationStore(redis), last_days(clock.now, 9)
    clock.now = midnight + 3 * 3600
    await run.run()
    assert [made.day for made in await store.read(days)] == days[2:5]
    clock.now = midnight + 4 * 3600
    await run.run()
    assert [made.day for made in await store.read(days)] == days[1:5]


def command(fal: str, redis_url: str, folder: Path, key: str, *arguments: str) -> tuple[int, str]:
    given = {"redis_url": redis_url, "fal_platform_base_url": fal, "fal_admin_key": key}
    process = Process("reconcile", ("-m", "infra.cli", "reconcile", *arguments), given, folder)
    code = process.start().wait()
    return code, process.log.read_text()


@pytest.mark.slow
async def test_command_prints_the_differences(
    fal: str, redis: ArqRedis, valkey_url: str, tmp_path: Path
) -> None:
    """Yesterday by default, with the exit code 1; a day that agrees ends with 0."""
    yesterday, before = last_days(time.time(), 3)[1:]
    await count(redis, yesterday, "0t70tdvz3114s59n", 0.04, "a-request")
    code, text = command(fal, valkey_url, tmp_path, ADMIN_KEY)
    assert code == 1
    assert "unbilled: 0t70tdvz3114s59n  a-request  -: counted $0.040000, billed $0.000000" in text
    assert f"{yesterday}: 1 jobs, counted $0.04, billed $0; unbilled 1 ($-0.04)" in text
    code, text = command(fal, valkey_url, tmp_path, ADMIN_KEY, "--day", before)
    assert code == 0
    assert "no differences" in text
    assert len(await ReconciliationStore(redis).read([yesterday, before])) == 2


@pytest.mark.slow
async def test_command_explains_what_it_cannot_do(
    fal: str, redis: ArqRedis, valkey_url: str, tmp_path: Path
) -> None:
    """Without a key, with a key of the API scope, and for a day that is not over or too old; no key is shown."""
    assert redis
    for key, day_, said in (
        ("", None, "fal_admin_key is not set"),
        (API_KEY, None, "needs the scope ADMIN"),
        (ADMIN_KEY, day(time.time()), "a day is compared after its end"),
        (ADMIN_KEY, day(time.time() - 91 * DAY_SECONDS), "fal returns bills of 90 days"),
    ):
        arguments = ("--day", day_) if day_ else ()
        code, text = command(fal, valkey_url, tmp_path, key, *arguments)
        assert code == 1
        assert said in text
        assert "thing" not in text
