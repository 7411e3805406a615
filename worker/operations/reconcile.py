"""Comparison of a day's jobs with what fal has billed: each night, and by hand.

darkroom reconcile --day 2026-11-28

It corrects nothing. What differs is stored, shown in /admin and on the dashboard, and told to the admins once. Bills
are stored page by page, so that a run that fal stops with 429 goes on where it stopped.
"""

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NoReturn

import click
from arq.connections import ArqRedis
from loguru import logger
from pydantic import TypeAdapter

from infra.bot_settings import read_bot
from infra.cli import CONTEXT, finish
from infra.dates import date_text
from infra.errors import DarkroomError
from infra.fal.billing_events import DAYS, ENDLESS, MOST_PAGES, BillingEvent, BillingEvents
from infra.fal.models.platform import ONCE, PATIENT, KeyRefusedError, Platform, PlatformError
from infra.http_client import create_client
from infra.i18n import Texts
from infra.money import MICRO
from infra.redis.client import connect
from infra.redis.clock import RedisClock
from infra.retry import RetryPolicy
from infra.settings import Settings
from worker.limits.ledger import DAY_SECONDS, LEDGER_SECONDS, Charge, Ledger, day, last_days
from worker.model import TERMINAL
from worker.operations.reconciliation import (
    Difference,
    DifferenceKind,
    Reconciliation,
    ReconciliationStore,
    Total,
    summary,
    total_lines,
)
from worker.queues.names import Clock

#: Nights that are made up for after an outage.
NIGHTS = 7
#: fal's bill of a job comes some time after it.
_BILLED_AFTER = 4 * 3600
#: Differences that are stored with a day; all are counted.
MOST_DIFFERENCES = 200
#: Sums in millionths are rounded once here and once at fal.
_TOLERANCE = 1
#: A job is billed some days after its order at most: it may have waited for a slot or for Telegram.
_DAYS_AROUND = 2
_REFUSED_SECONDS = 7 * DAY_SECONDS
#: fal's cursors may become invalid.
_PAGES_SECONDS = 2 * 3600
_CURSOR = b"cursor"
_WAIT, _REFUSED = "darkroom:reconciliation-wait", "darkroom:reconciliation-refused"
_EVENTS = TypeAdapter(list[BillingEvent])

#: Sends every admin a text in their language, and returns whether one of them was reached.
type TellAdmins = Callable[[Callable[[str], str]], Awaitable[bool]]


def compare(  # noqa: PLR0913 - two sides and their neighbourhood
    reconciled_day: str,
    charges: Sequence[Charge],
    bills: Iterable[BillingEvent],
    *,
    known: Iterable[str],
    since: float,
    made_at: float,
) -> Reconciliation:
    """Compare what was counted for a day's jobs and calls of the helper with fal's bills of the day and of these.

    `known` are fal's ids of jobs of the days around; what was billed before `since` was not recorded here.
    """
    billed, subtotals, endpoints = defaultdict[str, int](int), defaultdict[str, int](int), {}
    began: dict[str, float] = {}
    for event in bills:
        billed[event.request_id] += round(event.total * MICRO)
        subtotals[event.request_id] += round(event.subtotal * MICRO)
        endpoints[event.request_id] = event.endpoint
        began[event.request_id] = min(event.timestamp, began.get(event.request_id, event.timestamp))
    differences: list[Difference] = []
    counted = discount = sum_billed = jobs = 0
    for charge in charges:
        if charge.status not in TERMINAL:
            continue
        request_id = charge.request_id or ""
        ours, theirs = round(charge.dollars * MICRO), billed.get(request_id, 0)
        jobs += charge.job_id is not None
        counted, sum_billed = counted + ours, sum_billed + theirs
        if abs(ours - theirs) <= _TOLERANCE:
            continue
        if request_id in billed and abs(ours - subtotals[request_id]) <= _TOLERANCE:
            discount += ours - theirs
            continue
        differences.append(
            Difference(
                kind=DifferenceKind.OTHER_SUM if theirs else DifferenceKind.UNBILLED,
                counted=ours / MICRO,
                billed=theirs / MICRO,
                request_id=charge.request_id,
                job_id=charge.job_id,
                endpoint=endpoints.get(request_id),
            )
        )
    ours_at_fal = {*known, *(charge.request_id for charge in charges)}
    for request_id, theirs in billed.items():
        if request_id not in ours_at_fal and theirs and began[request_id] >= since:
            sum_billed += theirs
            differences.append(
                Difference(
                    kind=DifferenceKind.UNKNOWN,
                    counted=0,
                    billed=theirs / MICRO,
                    request_id=request_id,
                    endpoint=endpoints[request_id],
                )
            )
    differences.sort(key=lambda each: -abs(each.dollars))
    return Reconciliation(
        day=reconciled_day,
        made_at=made_at,
        jobs=jobs,
        counted=counted / MICRO,
        billed=sum_billed / MICRO,
        discount=discount / MICRO,
        totals=_totals(differences),
        differences=tuple(differences[:MOST_DIFFERENCES]),
    )


def _totals(differences: Sequence[Difference]) -> dict[DifferenceKind, Total]:
    found = {}
    for kind in DifferenceKind:
        own = [each.dollars for each in differences if each.kind is kind]
        if own:
            found[kind] = Total(number=len(own), dollars=round(sum(own), 6))
    return found


class Reconciler:
    """Fetches fal's bills of a day and compares them."""

    def __init__(self, redis: ArqRedis, bills: BillingEvents, clock: Clock = time.time) -> None:
        self._redis = redis
        self._bills = bills
        self._clock = clock
        self._ledger = Ledger(redis, clock)
        self._store = ReconciliationStore(redis)

    async def reconcile(self, reconciled_day: str) -> Reconciliation:
        """Compare a day (UTC) that is over, and store the outcome. Raises PlatformError."""
        start = datetime.fromisoformat(reconciled_day).replace(tzinfo=UTC).timestamp()
        around = [
            day(start + past * DAY_SECONDS) for past in range(-_DAYS_AROUND, _DAYS_AROUND + 1)
        ]
        charges = await self._ledger.charges(around)
        own, since = charges[reconciled_day], await self._ledger.charges_since()
        bills = await self._fetch(reconciled_day, start)
        billed = {event.request_id for event in bills}
        missing = [
            charge.request_id
            for charge in own
            if charge.request_id and charge.request_id not in billed and charge.dollars
        ]
        earliest = self._clock() - DAYS * DAY_SECONDS
        bills += await self._bills.of_requests(
            missing, max(earliest, start - DAY_SECONDS), self._clock()
        )
        made = compare(
            reconciled_day,
            own,
            bills,
            known=[
                charge.request_id
                for of_day in charges.values()
                for charge in of_day
                if charge.request_id
            ],
            since=self._clock() if since is None else since,
            made_at=self._clock(),
        )
        await self._store.save(made)
        await self._redis.delete(f"darkroom:fal-bills:{reconciled_day}")
        return made

    async def _fetch(self, reconciled_day: str, start: float) -> list[BillingEvent]:
        """Return all bills of a day; the pages that an earlier run has read are not asked for again."""
        key = f"darkroom:fal-bills:{reconciled_day}"
        stored: dict[bytes, bytes] = await self._redis.hgetall(key)  # type: ignore[misc]
        cursor = stored.pop(_CURSOR, b"").decode() if stored else None
        bills = [event for page in stored.values() for event in _EVENTS.validate_json(page)]
        number = len(stored)
        while cursor or not number:
            if number >= MOST_PAGES:
                raise PlatformError(ENDLESS)
            events, following = await self._bills.page(start, start + DAY_SECONDS, cursor)
            if following and following == cursor:
                raise PlatformError(ENDLESS)
            bills += events
            cursor, number = following, number + 1
            page = {str(number): _EVENTS.dump_json(list(events)), _CURSOR: cursor or ""}
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(key, mapping=page)
                pipe.expire(key, _PAGES_SECONDS)
                await pipe.execute()
        return bills


class NightlyReconciliation:
    """Compares each day that is over once, and tells the admins what differs."""

    def __init__(
        self,
        settings: Settings,
        redis: ArqRedis,
        tell_admins: TellAdmins,
        texts: Texts,
        clock: Clock = time.time,
    ) -> None:
        self._settings = settings
        self._redis = redis
        self._tell_admins = tell_admins
        self._texts = texts
        self._clock = clock
        self._store = ReconciliationStore(redis)

    async def run(self) -> None:
        """Compare the nights' days that are missing; without fal_admin_key nothing happens.

        It is called each hour: where fal stopped one run, the next one goes on.
        """
        key = self._settings.fal_admin_key
        since = await Ledger(self._redis, self._clock).charges_since()
        if not key or since is None or await self._redis.exists(_WAIT):
            return
        # The newest day of which fal's bills are complete is yesterday, or the day before in the first hours.
        days = last_days(self._clock() - _BILLED_AFTER, NIGHTS + 1)[1:]
        wanted = [each for each in days if each >= day(since)]
        made = {each.day: each for each in await self._store.read(wanted)}
        async with open_reconciler(self._settings, self._redis, ONCE, self._clock) as reconciler:
            for each in sorted(wanted):
                if each not in made:
                    try:
                        made[each] = await reconciler.reconcile(each)
                    except PlatformError as error:
                        await self._stop(error)
                        if error.passing or isinstance(error, KeyRefusedError):
                            return
                        # The bills of this day cannot be read; those of another one may be.
                        continue
                    logger.info("reconciled with fal: {}: {}", each, summary(made[each]))
                await self._tell(made[each])

    async def _stop(self, error: PlatformError) -> None:
        logger.warning("not reconciled with fal: {}", error)
        if error.wait:
            await self._redis.set(_WAIT, b"", px=max(1, int(error.wait * 1000)))
        is_refused = isinstance(error, KeyRefusedError)
        if is_refused and await self._redis.set(_REFUSED, b"", nx=True, ex=_REFUSED_SECONDS):
            key = "reconciliation-refused"
            if not await self._tell_admins(lambda language: self._texts(language, key)):
                await self._redis.delete(_REFUSED)

    async def _tell(self, made: Reconciliation) -> None:
        """Tell the admins about differences, once for each day."""
        key = f"darkroom:reconciliation-reported:{made.day}"
        if not made.totals or not await self._redis.set(key, b"", nx=True, ex=LEDGER_SECONDS):
            return
        if not await self._tell_admins(lambda language: self._text(language, made)):
            await self._redis.delete(key)

    def _text(self, language: str, made: Reconciliation) -> str:
        t = self._texts.speaking(language)
        heading = t("reconciliation-differs", day=date_text(t, made.day))
        lines = [heading, *total_lines(t, made)]
        return "\n".join([*lines, "", t("reconciliation-where")])


@asynccontextmanager
async def open_reconciler(
    settings: Settings, redis: ArqRedis, retry: RetryPolicy, clock: Clock
) -> AsyncIterator[Reconciler]:
    """Raises DarkroomError without fal_admin_key."""
    if not settings.fal_admin_key:
        raise DarkroomError(
            "fal_admin_key is not set: create a key with the scope ADMIN at"
            " https://fal.ai/dashboard/keys."
        )
    async with create_client(proxy=settings.fal_proxy) as http:
        platform = Platform(
            http,
            base_url=settings.fal_platform_base_url,
            api_key=settings.fal_admin_key.get_secret_value(),
            retry=retry,
        )
        yield Reconciler(redis, BillingEvents(platform), clock)


async def _main(settings: Settings, wanted: str | None) -> int:
    redis = connect(settings.redis_url, retries=2)
    try:
        clock = RedisClock(redis)
        await clock.measure()
        yesterday = last_days(clock(), 2)[1]
        chosen = wanted or yesterday
        if not last_days(clock(), DAYS)[-1] <= chosen <= yesterday:
            raise DarkroomError(
                f"{chosen} cannot be compared: fal returns bills of {DAYS} days, and a day is"
                " compared after its end (UTC)."
            )
        async with open_reconciler(settings, redis, PATIENT, clock) as reconciler:
            made = await reconciler.reconcile(chosen)
    finally:
        await redis.aclose(close_connection_pool=True)
    for each in made.differences:
        names = (each.job_id or "-", each.request_id or "-", each.endpoint or "-")
        sums = f"counted ${each.counted:.6f}, billed ${each.billed:.6f}"
        click.echo(f"{each.kind}: {'  '.join(names)}: {sums}")
    click.echo(f"{made.day}: {summary(made)}")
    return 1 if made.totals else 0


@click.command(context_settings=CONTEXT)
@click.option(
    "--day",
    "wanted",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day (UTC), such as 2026-11-28; yesterday by default.",
)
def reconcile(wanted: datetime | None) -> NoReturn:
    """Compare a day's jobs with what fal has billed.

    It needs fal_admin_key. It changes no sums: it prints and stores what differs, and exits with 1 then.
    """
    finish(_main(read_bot(), str(wanted.date()) if wanted else None))


if __name__ == "__main__":
    reconcile()
