"""Request id: in every log line that an update causes, from webhook_app to the end of its job.

It is derived from the update's id. So no queue has to carry it, and it stays the same when Telegram repeats the update,
when a drain dies, and between versions of webhook_app and the worker.
"""

import hashlib
import secrets
from collections.abc import Mapping
from contextvars import ContextVar, Token
from types import MappingProxyType

#: Header of the HTTP API's responses.
HEADER = "X-Request-ID"

_LONGEST = 24
_NOTHING: Mapping[str, object] = MappingProxyType({})
_ids: ContextVar[Mapping[str, object]] = ContextVar("ids", default=_NOTHING)


def of_update(update_id: object, body: bytes) -> str:
    """Return an update's request id. Without an update_id it is derived from the body."""
    is_number = type(update_id) is int
    known = update_id if is_number else hashlib.sha256(body).hexdigest()
    return f"u{known}"[:_LONGEST]


def new_request_id() -> str:
    return secrets.token_hex(8)


def current_request_id() -> str | None:
    found = current_ids().get("request")
    return str(found) if found else None


def current_ids() -> Mapping[str, object]:
    """Return the ids that infra/observability/logging.py adds to log lines."""
    return _ids.get()


class about:  # noqa: N801 - it is used as a function
    """Context manager that adds the ids of a request, job, update or chat to log lines and spans.

    loguru's own `contextualize` takes ten times as long, and webhook_app needs two for each update.
    """

    def __init__(self, request_id: str | None, **ids: object) -> None:
        self._ids = {"request": request_id, **ids}
        self._token: Token[Mapping[str, object]] | None = None

    def __enter__(self) -> None:
        self._token = _ids.set({**_ids.get(), **self._ids})

    def __exit__(self, *_: object) -> None:
        if self._token:
            _ids.reset(self._token)
