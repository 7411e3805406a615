"""The request id: it stands in every line about what one update has set off, from the door to the job's end.

It is made of the update's own id. So it needs no room in a queue, and is the same when Telegram sends the update
again, when a drain dies over it, and when the front door or the worker is of another version.
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from loguru import logger

#: What the HTTP API answers with, too.
HEADER = "X-Request-ID"

_LONGEST = 24
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def of_update(update_id: object, body: bytes) -> str:
    """An update without a number is known by its bytes."""
    is_number = type(update_id) is int
    known = update_id if is_number else hashlib.sha256(body).hexdigest()
    return f"u{known}"[:_LONGEST]


def new_request_id() -> str:
    return secrets.token_hex(8)


def current_request_id() -> str | None:
    return _current.get()


@contextmanager
def about(request_id: str | None, **ids: object) -> Iterator[None]:
    """What is done and logged inside belongs to this request, and to the job, update or chat of these ids."""
    known = {name: value for name, value in ids.items() if value is not None}
    if request_id is not None:
        known["request"] = request_id
    token = _current.set(request_id)
    try:
        with logger.contextualize(**known):
            yield
    finally:
        _current.reset(token)
