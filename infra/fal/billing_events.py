"""What fal has billed an account, request by request: https://fal.ai/docs/platform-apis

Only a key of the ADMIN scope may read it. fal returns 90 days.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import Any, NamedTuple

import httpx

from infra.fal.models.platform import Platform, PlatformError, refused

#: The oldest bills that fal returns.
DAYS = 90
_MOST_IDS = 50
_LIMIT = 100
#: Pages of a day: a million events.
MOST_PAGES = 10_000
# Pages with the events of as many requests as one question names.
_PAGES_OF_REQUESTS = 10
ENDLESS = "fal's list of bills does not end."
_ADMIN_KEY = (
    "check fal_admin_key, which needs the scope ADMIN; fal_api_key has the scope API."
    " Create one at https://fal.ai/dashboard/keys"
)


@dataclass(frozen=True, slots=True)
class BillingEvent:
    """One bill, in dollars: `total` is `subtotal` without the discount. `endpoint` is the one that was billed."""

    request_id: str
    endpoint: str
    timestamp: float
    subtotal: float
    total: float


class EventPage(NamedTuple):
    """`cursor` leads to the next page; None ends the list."""

    events: Sequence[BillingEvent]
    cursor: str | None


class BillingEvents:
    """`platform` has the ADMIN key. Times are seconds since the epoch; an end is exclusive."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def page(
        self, start: float, end: float, cursor: str | None = None, limit: int = _LIMIT
    ) -> EventPage:
        """Return a page of the bills of a period. Raises PlatformError."""
        return await self._ask([*_period(start, end), *_position(cursor, limit)])

    async def of_requests(
        self, request_ids: Sequence[str], start: float, end: float
    ) -> list[BillingEvent]:
        """Return the bills of these requests within a period. Raises PlatformError."""
        found: list[BillingEvent] = []
        for some in batched(request_ids, _MOST_IDS):
            asked = [("request_id", request_id) for request_id in some]
            cursor: str | None = None
            for _ in range(_PAGES_OF_REQUESTS):
                events, cursor = await self._ask(
                    [*asked, *_period(start, end), *_position(cursor, _LIMIT)]
                )
                found += events
                if cursor is None:
                    break
            else:
                raise PlatformError(ENDLESS)
        return found

    async def _ask(self, parameters: Sequence[tuple[str, str]]) -> EventPage:
        status, body = await self._platform.get("/models/billing-events", parameters)
        if status != httpx.codes.OK or not isinstance(body, Mapping):
            raise refused("bills", status, body, _ADMIN_KEY)
        events, cursor = body.get("billing_events"), body.get("next_cursor")
        if not isinstance(events, list):
            raise PlatformError("fal answered without bills: check fal_platform_base_url.")
        return EventPage(
            list(_read(events)), cursor if isinstance(cursor, str) and cursor else None
        )


def _period(start: float, end: float) -> list[tuple[str, str]]:
    return [("start", _iso(start)), ("end", _iso(end))]


def _position(cursor: str | None, limit: int) -> list[tuple[str, str]]:
    return [("limit", str(limit)), *([("cursor", cursor)] if cursor else [])]


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _read(events: Sequence[Any]) -> Iterator[BillingEvent]:
    for event in events:
        try:
            total, nano = event.get("cost_total"), event.get("cost_estimate_nano_usd")
            # Newer events may have the sum in billionths only.
            total = float(total) if total is not None else float(nano) / 1e9
            subtotal = event.get("cost_subtotal")
            subtotal = total if subtotal is None else float(subtotal)
            timestamp = datetime.fromisoformat(event["timestamp"])
            request_id, endpoint = str(event["request_id"]), str(event["endpoint_id"])
        except (AttributeError, KeyError, TypeError, ValueError):
            raise PlatformError(
                "fal's bills have an unknown form: update Darkroom, or compare at"
                " https://fal.ai/dashboard/billing."
            ) from None
        if not math.isfinite(total) or not math.isfinite(subtotal):
            raise PlatformError("fal's bills have a sum that is no number.")
        in_utc = timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
        yield BillingEvent(request_id, endpoint, in_utc.timestamp(), subtotal, total)
