"""The request id: it stands in every line about what one update has set off, from the door to the job's end.

It is made of the update's own id. So it needs no room in a queue, and is the same when Telegram sends the update
again, when a drain dies over it, and when the front door or the worker is of another version.
"""

import hashlib
import secrets
from collections.abc import Mapping
from contextvars import ContextVar, Token
from types import MappingProxyType

#: What the HTTP API answers with, too.
HEADER = "X-Request-ID"

_LONGEST = 24
_NOTHING: Mapping[str, object] = MappingProxyType({})
_ids: ContextVar[Mapping[str, object]] = ContextVar("ids", default=_NOTHING)


def of_update(update_id: object, body: bytes) -> str:
    """An update without a number is known by its bytes."""
    is_number = type(update_id) is int
    known = update_id if is_number else hashlib.sha256(body).hexdigest()
    return f"u{known}"[:_LONGEST]


def new_request_id() -> str:
    return secrets.token_hex(8)


def current_request_id() -> str | None:
    found = current_ids().get("request")
    return str(found) if found else None


def current_ids() -> Mapping[str, object]:
    """What the lines that are logged now belong to; infra/observability/logging.py writes it into them."""
    return _ids.get()


class about:  # noqa: N801 - it is used as a function
    """What is done and logged inside belongs to this request, and to the job, update or chat of these ids.

    The front door enters two of them for each update: loguru's own `contextualize` takes ten times as long.
    """

    def __init__(self, request_id: str | None, **ids: object) -> None:
        self._ids = {"request": request_id, **ids}
        self._token: Token[Mapping[str, object]] | None = None

    def __enter__(self) -> None:
        self._token = _ids.set({**_ids.get(), **self._ids})

    def __exit__(self, *_: object) -> None:
        if self._token:
            _ids.reset(self._token)
