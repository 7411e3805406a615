"""Every error as problem+json: https://www.rfc-editor.org/rfc/rfc9457."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ExceptionHandler

from infra.redis import UNAVAILABLE
from webhook_app.headers import SECURITY_HEADERS

_DETAILS = {
    404: "There is nothing at this address; /docs lists what there is.",
    405: "This address does not take that method; the Allow header lists those it takes.",
}


class InvalidRequest(HTTPException):
    """Parameters that do not make sense, each with what is wrong with it."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(422, "Some parameters are not right.")
        self.errors = errors


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **extensions: Any
) -> Response:
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **extensions,
    }
    return JSONResponse(content, status, headers=headers, media_type="application/problem+json")


async def _on_http_exception(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker: it is registered for these
    status = error.status_code
    detail = error.detail
    if detail == HTTPStatus(status).phrase:
        detail = _DETAILS.get(status, detail)
    extensions = {"errors": error.errors} if isinstance(error, InvalidRequest) else {}
    return problem(status, detail, error.headers, **extensions)


async def _on_redis_away(_: Request, __: Exception) -> Response:
    return problem(503, "Redis is away; try again in a moment.", {"Retry-After": "1"})


async def _on_disconnect(_: Request, __: Exception) -> Response:
    return problem(400, "The request ended before it was whole.")


async def _on_error(_: Request, __: Exception) -> Response:
    # Starlette answers this one outside all middleware.
    return problem(500, "Something broke here; the log says what.", SECURITY_HEADERS)


HANDLERS: Mapping[Any, ExceptionHandler] = {
    HTTPException: _on_http_exception,
    ClientDisconnect: _on_disconnect,
    **dict.fromkeys(UNAVAILABLE, _on_redis_away),
    Exception: _on_error,
}
