"""Mapping of fal's error responses to ProviderError.

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
# Kinds for a detail that names an image's field instead of the prompt or an option.
_KIND_OF_IMAGE_FIELD = {
    FailureKind.MODERATION: FailureKind.PICTURE_MODERATION,
    FailureKind.BAD_INPUT: FailureKind.PICTURE_REFUSED,
}
# For a detail that names a video's field, every fault of the file.
_FAULTS_OF_VIDEO = frozenset(
    {FailureKind.MODERATION, FailureKind.BAD_INPUT}
    | {FailureKind.PICTURE_LARGE_FOR_MODEL, FailureKind.PICTURE_UNREAD_BY_MODEL}
)
_KIND_BY_STATUS = {
    401: FailureKind.KEY,
    402: FailureKind.BALANCE,
    403: FailureKind.KEY,
    404: FailureKind.UNKNOWN,
    # From fal_proxy: fal got nothing.
    407: FailureKind.PROVIDER_DOWN,
    408: FailureKind.TOO_SLOW,
    413: FailureKind.TOO_LARGE,
    429: FailureKind.BUSY,
    499: FailureKind.UNKNOWN,
    504: FailureKind.TOO_SLOW,
}
_SENTENCES = {
    FailureKind.MODERATION: "The provider's safety filter refused this request",
    FailureKind.NOTHING_MADE: "The model returned no result for this request",
    FailureKind.BAD_INPUT: "The model refused the input",
    FailureKind.TOO_LARGE: "The request is too large for the model",
    FailureKind.PICTURE_SMALL_FOR_MODEL: "The image is too small for the model",
    FailureKind.PICTURE_LARGE_FOR_MODEL: "The image is too large for the model",
    FailureKind.PICTURE_UNREAD_BY_MODEL: "The model cannot read the image",
    FailureKind.PICTURE_WITHOUT_FACE: "The model finds no face in the image",
    FailureKind.PICTURE_MODERATION: "The provider's safety filter refused the image",
    FailureKind.PICTURE_REFUSED: "The model refused the image",
    FailureKind.VIDEO_REFUSED: "The model refused the video",
    FailureKind.UNFETCHED_PICTURE: "fal could not fetch the image",
    FailureKind.MASK_UNRELATED: "The mask does not fit the image",
    FailureKind.KEY: "fal refused the key: check fal_api_key",
    FailureKind.BALANCE: "The fal account is locked or its balance is used up: top it up",
    FailureKind.BUSY: "fal accepts no more requests at the moment",
    FailureKind.TOO_SLOW: "The model did not finish in time",
    FailureKind.PROVIDER_DOWN: "fal cannot be reached or has a problem",
    FailureKind.BROKEN_RESULT: "fal's response contains no image and no video",
    FailureKind.UNKNOWN: "fal's response does not name the cause",
}
_TRANSIENT_STATUSES = frozenset({407, 408, 429})
_FINAL_KINDS = frozenset({FailureKind.MODERATION, FailureKind.NOTHING_MADE, FailureKind.BALANCE})
_FINAL_STATUSES = frozenset({401, 402, 403, 422})
_TRANSIENT_TYPES = frozenset(
    {"request_timeout", "startup_timeout", "downstream_service_unavailable"}
)
_HINTS = {"1": True, "true": True, "0": False, "false": False}
# Of a number of seconds; more digits would overflow a clock.
_MAX_DIGITS = 9
_FORMAT_TYPE = re.compile(r"unsupported_(image|file)_format")
_PICTURE_FIELD = re.compile(r"image|mask|frame_url")
_VIDEO_FIELD = re.compile(r"video_urls?")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,63}")


def classify(status: int, headers: Mapping[str, str], body: object) -> ProviderError:
    """Map an HTTP status, headers and parsed JSON (None if the body was not JSON) to an error.

    fal's messages are left out: they quote the prompt.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    error_type = find_error_type(lowered, body)
    kind = find_kind(status, error_type, body)
    path = find_field_path(body)
    field = as_identifier(path[-1]) if len(path) > 1 else None
    where = f", field {field}" if field else ""
    return ProviderError(
        kind,
        f"{_SENTENCES[kind]} ({error_type or f'HTTP {status}'}{where}).",
        retryable=is_retryable(status, lowered, kind, error_type),
        error_type=error_type,
        retry_after=parse_retry_after(lowered.get("retry-after")),
    )


def is_verdict(headers: Mapping[str, str], body: object) -> bool:
    """Return whether the model itself failed, and not fal's gateway."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return find_error_type(lowered, body) is not None or find_retry_hint(lowered) is not None


def find_error_type(headers: Mapping[str, str], body: object) -> str | None:
    """Return the machine-readable error type from the first of its possible places."""
    candidates = (
        first_detail(body).get("type"),
        body.get("error_type") if isinstance(body, dict) else None,
        headers.get("x-fal-error-type"),
    )
    return next((found for found in map(as_identifier, candidates) if found), None)


def is_locked(body: object) -> bool:
    """Return whether fal refuses the account; the status of such a response varies, and 200 was seen."""
    detail = body.get("detail") if isinstance(body, dict) else None
    return isinstance(detail, str) and detail.lower().startswith("user is locked")


def is_transient(status: int) -> bool:
    """Return whether an idempotent call is worth retrying after this status."""
    return status in _TRANSIENT_STATUSES or status >= 500


def parse_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Parse either form of the header into seconds: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after."""
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


def find_kind(status: int, error_type: str | None, body: object) -> FailureKind:
    if is_locked(body):
        return FailureKind.BALANCE
    detail = body.get("detail") if isinstance(body, dict) else None
    text = detail.lower() if isinstance(detail, str) else ""
    known = error_type or ""
    if _FORMAT_TYPE.fullmatch(known):
        kind = FailureKind.PICTURE_UNREAD_BY_MODEL
    elif known.startswith("runner_"):
        kind = FailureKind.PROVIDER_DOWN
    elif known in _KIND_BY_TYPE:
        kind = _KIND_BY_TYPE[known]
    elif status == 403 and ("balance" in text or "locked" in text):
        kind = FailureKind.BALANCE
    elif status in _KIND_BY_STATUS:
        kind = _KIND_BY_STATUS[status]
    elif status >= 500:
        kind = FailureKind.PROVIDER_DOWN
    else:
        kind = FailureKind.BAD_INPUT if status >= 400 else FailureKind.UNKNOWN
    # The first detail may be about an image's field, such as `image_urls` or `start_image_url`.
    if kind in _FAULTS_OF_VIDEO and any(
        _VIDEO_FIELD.fullmatch(str(step)) for step in find_field_path(body)[1:]
    ):
        return FailureKind.VIDEO_REFUSED
    names_picture = any(_PICTURE_FIELD.search(str(step)) for step in find_field_path(body)[1:])
    return _KIND_OF_IMAGE_FIELD.get(kind, kind) if names_picture else kind


def is_retryable(
    status: int, headers: Mapping[str, str], kind: FailureKind, error_type: str | None
) -> bool:
    if kind in _FINAL_KINDS or status in _FINAL_STATUSES:
        return False
    hint = find_retry_hint(headers)
    if hint is not None:
        return hint
    known = error_type or ""
    return is_transient(status) or known in _TRANSIENT_TYPES or known.startswith("runner_")


def find_retry_hint(headers: Mapping[str, str]) -> bool | None:
    names = ("x-fal-retryable", "x-fal-needs-retry")
    hints = (_HINTS.get(headers.get(name, "").lower()) for name in names)
    return next((hint for hint in hints if hint is not None), None)


def find_field_path(body: object) -> list[Any]:
    location = first_detail(body).get("loc")
    return location if isinstance(location, list) else []


def first_detail(body: object) -> dict[str, Any]:
    details = body.get("detail") if isinstance(body, dict) else None
    first = details[0] if isinstance(details, list) and details else None
    return first if isinstance(first, dict) else {}


def as_identifier(value: object) -> str | None:
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else None
