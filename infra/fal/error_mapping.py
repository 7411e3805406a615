"""What an answer of fal's that is not a success means.

The tables follow https://docs.fal.ai/model-apis/errors and
https://docs.fal.ai/model-apis/model-endpoints/queue.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from infra.errors import FailureKind, ProviderError

_KIND_BY_TYPE = {
    "content_policy_violation": FailureKind.MODERATION,
    "no_media_generated": FailureKind.NOTHING_MADE,
    "image_too_small": FailureKind.PICTURE_SMALL_FOR_MODEL,
    "image_too_large": FailureKind.PICTURE_LARGE_FOR_MODEL,
    "file_too_large": FailureKind.PICTURE_LARGE_FOR_MODEL,
    "image_load_error": FailureKind.PICTURE_UNREAD_BY_MODEL,
    "file_download_error": FailureKind.UNFETCHED_PICTURE,
    "face_detection_error": FailureKind.PICTURE_WITHOUT_FACE,
    "image_size_mismatch": FailureKind.MASK_UNRELATED,
    "generation_timeout": FailureKind.TOO_SLOW,
    "request_timeout": FailureKind.TOO_SLOW,
    "startup_timeout": FailureKind.TOO_SLOW,
    "internal_server_error": FailureKind.PROVIDER_DOWN,
    "internal_error": FailureKind.PROVIDER_DOWN,
    "downstream_service_error": FailureKind.PROVIDER_DOWN,
    "downstream_service_unavailable": FailureKind.PROVIDER_DOWN,
    "bad_request": FailureKind.BAD_INPUT,
}
# What is said of the words or the settings is said of the picture where a picture's field is named.
_OF_A_PICTURE = {
    FailureKind.MODERATION: FailureKind.PICTURE_MODERATION,
    FailureKind.BAD_INPUT: FailureKind.PICTURE_REFUSED,
}
_KIND_BY_STATUS = {
    401: FailureKind.KEY,
    402: FailureKind.BALANCE,
    403: FailureKind.KEY,
    404: FailureKind.UNKNOWN,
    408: FailureKind.TOO_SLOW,
    413: FailureKind.TOO_LARGE,
    429: FailureKind.BUSY,
    499: FailureKind.UNKNOWN,
    504: FailureKind.TOO_SLOW,
}
_SENTENCES = {
    FailureKind.MODERATION: "The provider's safety filter refused this request",
    FailureKind.NOTHING_MADE: "The model made nothing of this request",
    FailureKind.BAD_INPUT: "The model refused the input",
    FailureKind.TOO_LARGE: "The request is larger than the model takes",
    FailureKind.PICTURE_SMALL_FOR_MODEL: "The image is smaller than the model takes",
    FailureKind.PICTURE_LARGE_FOR_MODEL: "The image is larger than the model takes",
    FailureKind.PICTURE_UNREAD_BY_MODEL: "The model cannot read the image",
    FailureKind.PICTURE_WITHOUT_FACE: "The model finds no face in the image",
    FailureKind.PICTURE_MODERATION: "The provider's safety filter refused the image",
    FailureKind.PICTURE_REFUSED: "The model refused the image",
    FailureKind.UNFETCHED_PICTURE: "fal could not fetch the image",
    FailureKind.MASK_UNRELATED: "The mask does not fit the image",
    FailureKind.KEY: "fal refused the key: check fal_api_key",
    FailureKind.BALANCE: "The fal account is locked or its balance is used up: top it up",
    FailureKind.BUSY: "fal takes no more requests at the moment",
    FailureKind.TOO_SLOW: "The model did not finish in time",
    FailureKind.PROVIDER_DOWN: "fal is in trouble",
    FailureKind.BROKEN_RESULT: "fal's answer holds no image and no video",
    FailureKind.UNKNOWN: "fal gave an answer that says nothing about the cause",
}
_TRANSIENT_STATUSES = frozenset({408, 429})
_FINAL_STATUSES = frozenset({401, 402, 403, 422})
_TRANSIENT_TYPES = frozenset(
    {"request_timeout", "startup_timeout", "downstream_service_unavailable"}
)
_HINTS = {"1": True, "true": True, "0": False, "false": False}
# Of a number of seconds; a server may send thousands, which no clock takes.
_MAX_DIGITS = 9
_FORMAT_TYPE = re.compile(r"unsupported_(image|file)_format")
_PICTURE_FIELD = re.compile(r"image|mask")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,63}")


def classify(status: int, headers: Mapping[str, str], body: object) -> ProviderError:
    """The failure behind an HTTP status, its headers and its parsed JSON (None if it was none).

    fal's own messages are left out: they echo the prompt.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    error_type = find_error_type(lowered, body)
    kind = _find_kind(status, error_type, body)
    return ProviderError(
        kind,
        _describe(kind, status, error_type, body),
        retryable=_is_retryable(status, lowered, kind, error_type),
        error_type=error_type,
        retry_after=parse_retry_after(lowered.get("retry-after")),
    )


def is_verdict(headers: Mapping[str, str], body: object) -> bool:
    """Whether the model itself failed, as opposed to fal failing to tell us about it."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return find_error_type(lowered, body) is not None or _find_hint(lowered) is not None


def find_error_type(headers: Mapping[str, str], body: object) -> str | None:
    """The machine-readable type of an error, wherever this kind of answer keeps it."""
    candidates = (
        _first_detail(body).get("type"),
        body.get("error_type") if isinstance(body, dict) else None,
        headers.get("x-fal-error-type"),
    )
    return next((found for found in map(_identifier, candidates) if found), None)


def is_transient(status: int) -> bool:
    """Whether a call that may be repeated is worth repeating after this status."""
    return status in _TRANSIENT_STATUSES or status >= 500


def parse_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait, from either form of the header: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:_MAX_DIGITS])
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())


def _find_kind(status: int, error_type: str | None, body: object) -> FailureKind:
    kind = _kind_of_type(error_type or "") or _kind_of_status(status, body)
    return _OF_A_PICTURE.get(kind, kind) if _names_picture(body) else kind


def _names_picture(body: object) -> bool:
    """Whether the first detail is about a picture's field, such as `image_urls` or `start_image_url`."""
    path = _path(body)
    return bool(path) and any(_PICTURE_FIELD.search(str(step)) for step in path[1:])


def _kind_of_type(error_type: str) -> FailureKind | None:
    if _FORMAT_TYPE.fullmatch(error_type):
        return FailureKind.PICTURE_UNREAD_BY_MODEL
    if error_type.startswith("runner_"):
        return FailureKind.PROVIDER_DOWN
    return _KIND_BY_TYPE.get(error_type)


def _kind_of_status(status: int, body: object) -> FailureKind:
    if status == 403 and _mentions_balance(body):
        return FailureKind.BALANCE
    if status in _KIND_BY_STATUS:
        return _KIND_BY_STATUS[status]
    if status >= 500:
        return FailureKind.PROVIDER_DOWN
    return FailureKind.BAD_INPUT if status >= 400 else FailureKind.UNKNOWN


def _mentions_balance(body: object) -> bool:
    detail = body.get("detail") if isinstance(body, dict) else None
    return isinstance(detail, str) and ("balance" in detail.lower() or "locked" in detail.lower())


def _is_retryable(
    status: int, headers: Mapping[str, str], kind: FailureKind, error_type: str | None
) -> bool:
    if kind in (FailureKind.MODERATION, FailureKind.NOTHING_MADE) or status in _FINAL_STATUSES:
        return False
    hint = _find_hint(headers)
    if hint is not None:
        return hint
    return is_transient(status) or _is_transient_type(error_type or "")


def _is_transient_type(error_type: str) -> bool:
    return error_type in _TRANSIENT_TYPES or error_type.startswith("runner_")


def _find_hint(headers: Mapping[str, str]) -> bool | None:
    names = ("x-fal-retryable", "x-fal-needs-retry")
    hints = (_HINTS.get(headers.get(name, "").lower()) for name in names)
    return next((hint for hint in hints if hint is not None), None)


def _describe(kind: FailureKind, status: int, error_type: str | None, body: object) -> str:
    path = _path(body)
    field = _identifier(path[-1]) if len(path) > 1 else None
    where = f", field {field}" if field else ""
    return f"{_SENTENCES[kind]} ({error_type or f'HTTP {status}'}{where})."


def _path(body: object) -> list[Any]:
    location = _first_detail(body).get("loc")
    return location if isinstance(location, list) else []


def _first_detail(body: object) -> dict[str, Any]:
    details = body.get("detail") if isinstance(body, dict) else None
    first = details[0] if isinstance(details, list) and details else None
    return first if isinstance(first, dict) else {}


def _identifier(value: object) -> str | None:
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else None
