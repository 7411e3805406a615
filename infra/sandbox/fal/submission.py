"""Parsed submit request: body, query and headers."""

import json
import math
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from infra.sandbox.fal.addresses import is_web_address, origin
from infra.sandbox.fal.errors import Failure, infrastructure_failure
from infra.sandbox.fal.fault_words import words_in
from infra.sandbox.fal.records import Record

# For outputs; an upload takes either.
LIFECYCLE_PREFERENCE = "x-fal-object-lifecycle-preference"
LIFECYCLE = "x-fal-object-lifecycle"
_YES = {"1", "true"}


async def read(request: Request, account: str, endpoint: str, now: float) -> Record:
    body = await request.body()
    timeout = _number(request.headers, "x-fal-request-timeout")
    return Record(
        request_id=str(uuid.uuid4()),
        account=account,
        endpoint=endpoint,
        origin=origin(request),
        created_at=now,
        seed=secrets.randbelow(2**32),
        input=body,
        fault_words=words_in((_parse_object(body) or {}).get("prompt")),
        webhook_url=_webhook(request),
        start_before=None if timeout is None else now + timeout,
        media_lifetime=media_lifetime(request, LIFECYCLE_PREFERENCE),
        fallback_disabled=request.headers.get("x-app-fal-disable-fallback", "").lower() in _YES,
        stores_payloads=request.headers.get("x-fal-store-io", "1") != "0",
    )


def max_queue_length(request: Request) -> float | None:
    return _number(request.query_params, "fal_max_queue_length")


def _webhook(request: Request) -> str | None:
    url = request.query_params.get("fal_webhook")
    if url is not None and not is_web_address(url):
        raise _bad_request("fal_webhook must be an http(s) URL")
    return url


def media_lifetime(request: Request, *names: str) -> float | None:
    """Return the lifetime of files, in seconds, that the first of these headers requests."""
    for name in names:
        preference = _parse_object(request.headers.get(name, "{}"))
        if preference is None:
            raise _bad_request(f"{name} must be a JSON object")
        lifetime = _number(preference, "expiration_duration_seconds")
        if lifetime is not None:
            return lifetime
    return None


def _number(given: Mapping[str, Any], name: str) -> float | None:
    value = given.get(name)
    try:
        number = None if value is None else float(value)
    except (ValueError, TypeError, OverflowError):
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise _bad_request(f"{name} must be a number")
    return number


def _parse_object(text: str | bytes) -> dict[str, Any] | None:
    """Return None when it is not a JSON object."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _bad_request(message: str) -> Failure:
    return infrastructure_failure(400, "bad_request", message)
