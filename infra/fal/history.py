"""An account's own requests as fal lists them: a submit whose answer was lost is found there by its exact input.

https://fal.ai/docs/platform-apis
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from infra.fal.input_digest import digest_of
from infra.fal.models.platform import Platform, refused

_A_PAGE = 100
_MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class SentRequest:
    """`sent_at` is in seconds since the epoch, `digest` that of its input."""

    request_id: str
    sent_at: float
    digest: str


class History:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def sent_since(self, endpoint: str, since: float) -> list[SentRequest]:
        """Return the listed requests of a model with a stored input. One may be missing. Raises PlatformError."""
        found: list[SentRequest] = []
        asked = [
            ("endpoint_id", endpoint),
            ("expand", "payloads"),
            ("start", datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
            ("limit", str(_A_PAGE)),
        ]
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            status, body = await self._platform.get(
                "/models/requests/by-endpoint", [*asked, *([("cursor", cursor)] if cursor else [])]
            )
            if status != httpx.codes.OK or not isinstance(body, dict):
                raise refused("requests", status, body)
            found += _requests(body.get("items"))
            cursor = body.get("next_cursor")
            if not cursor:
                break
        return [request for request in found if request.sent_at >= since]


def _requests(items: Any) -> Iterator[SentRequest]:
    for item in items if isinstance(items, list) else ():
        given = item.get("json_input") if isinstance(item, dict) else None
        if not isinstance(given, dict):
            continue
        try:
            sent_at = datetime.fromisoformat(str(item.get("sent_at")))
        except ValueError:
            continue
        if request_id := item.get("request_id"):
            in_utc = sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC)
            yield SentRequest(str(request_id), in_utc.timestamp(), digest_of(given))
