"""Query parameters and errors of the Platform APIs, whose error is fal's third shape."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.sandbox.fal.errors import Failure

_MOST_IDS = 50
_DAY = 86_400


def failure(status: int, kind: str, message: str) -> Failure:
    return Failure(status, {"error": {"type": kind, "message": message}})


def invalid(message: str) -> Failure:
    return failure(400, "validation_error", message)


def ids(request: Request, name: str, *, required: bool = False) -> list[str]:
    """Return the values of a repeated parameter. A comma is part of a value, whatever the documentation says."""
    found = request.query_params.getlist(name)
    if len(found) > _MOST_IDS or (required and not found):
        raise invalid(f"{name}: give 1 to {_MOST_IDS} values")
    return found


def expands(request: Request, name: str) -> bool:
    return name in request.query_params.getlist("expand")


def moment(request: Request, name: str, otherwise: float) -> float:
    """Return an ISO 8601 time or date as unix seconds."""
    text = request.query_params.get(name)
    if text is None:
        return otherwise
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"{name}: give an ISO 8601 date") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def period(request: Request, now: float, *, days: int = 1) -> tuple[float, float]:
    """Return the requested start and the exclusive end; the last days by default."""
    # A request that was sent at this very moment belongs to the default period.
    return moment(request, "start", now - days * _DAY), moment(request, "end", now + 1)


def timestamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def page(request: Request, name: str, items: Sequence[Any], most: int) -> Response:
    """Return one page of these items, and the cursor of the next one."""
    limit = min(_number(request.query_params.get("limit", str(most)), "limit"), most)
    number = _page_number(request.query_params.get("cursor"))
    shown = items[(number - 1) * limit : number * limit]
    has_more = number * limit < len(items)
    cursor = base64.b64encode(str(number + 1).encode()).decode() if has_more else None
    return JSONResponse({name: list(shown), "next_cursor": cursor, "has_more": has_more})


def _page_number(cursor: str | None) -> int:
    if cursor is None:
        return 1
    try:
        return _number(base64.b64decode(cursor, validate=True).decode(), "cursor")
    except (binascii.Error, UnicodeDecodeError):
        raise invalid("cursor: give one of a previous response") from None


def _number(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < len(text) <= 9 or int(text) == 0:
        raise invalid(f"{name}: give a positive number")
    return int(text)
