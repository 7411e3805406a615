"""fal's error responses: https://docs.fal.ai/model-apis/errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_DOCUMENTATION = "https://docs.fal.ai/errors#"


@dataclass
class Failure(Exception):  # noqa: N818 - a response, which the caller sends
    """An error response. `error` and `error_type` are set when the infrastructure failed."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    error_type: str | None = None


def detail(
    kind: str,
    message: str,
    *,
    loc: Sequence[str | int] = ("body",),
    given: Any = None,
    context: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return one entry of a model error's `detail`, echoing the input as fal does."""
    entry: dict[str, Any] = {"loc": list(loc), "msg": message, "type": kind}
    entry["url"] = _DOCUMENTATION + kind
    entry["input"] = given
    return entry | ({"ctx": dict(context)} if context else {})


def model_failure(
    *details: Mapping[str, Any], status: int = 422, retryable: bool | None = None
) -> Failure:
    headers = {"X-Fal-Error-Type": str(details[0]["type"])}
    if retryable is not None:
        headers["X-Fal-Retryable"] = headers["X-Fal-Needs-Retry"] = "1" if retryable else "0"
    return Failure(status, {"detail": list(details)}, headers)


def input_failure(
    kind: str, message: str, field_name: str, context: Mapping[str, Any] | None = None
) -> Failure:
    """Return a 422 for one field of the input, such as an image that cannot be downloaded."""
    return model_failure(detail(kind, message, loc=("body", field_name), context=context))


def infrastructure_failure(
    status: int, kind: str, message: str, headers: Mapping[str, str] | None = None
) -> Failure:
    return Failure(
        status,
        {"detail": message, "error_type": kind},
        {"X-Fal-Error-Type": kind, **(headers or {})},
        error=message,
        error_type=kind,
    )


def start_timeout() -> Failure:
    return infrastructure_failure(
        504, "request_timeout", "Request timed out", {"X-Fal-Request-Timeout-Type": "user"}
    )


def cancelled() -> Failure:
    return infrastructure_failure(499, "client_cancelled", "Request was cancelled by the client")


def internal_error() -> Failure:
    """Return a 500 for a bug of the fake, in the form of a model error."""
    entry = detail("internal_server_error", "Internal server error")
    return model_failure(entry, status=500, retryable=True)


def unknown_request() -> Failure:
    return Failure(404, {"status": "NOT_FOUND"})


def too_early() -> Failure:
    return Failure(400, {"detail": "Request is still in progress"})
