"""Error responses as problem+json: https://www.rfc-editor.org/rfc/rfc9457."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ExceptionHandler

from infra.redis.client import UNAVAILABLE
from webhook_app.http.security_headers import SECURITY_HEADERS

#: Reason phrases of RFC 9110 and 6585. Those of http.HTTPStatus differ between Python versions.
PHRASES: Mapping[int, str] = {
    200: "OK",
    204: "No Content",
    206: "Partial Content",
    303: "See Other",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    417: "Expectation Failed",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    426: "Upgrade Required",
    428: "Precondition Required",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}

_DETAILS = {
    404: "There is nothing at this address; /docs lists the API's addresses.",
    405: "This address does not accept the method; the Allow header lists the accepted ones.",
}


class InvalidRequest(HTTPException):
    """Invalid parameters, with a message for each."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(422, "Some parameters are not valid.")
        self.errors = errors


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **extensions: Any
) -> Response:
    content = {
        "type": "about:blank",
        "title": PHRASES[status],
        "status": status,
        "detail": detail,
        **extensions,
    }
    return JSONResponse(content, status, headers=headers, media_type="application/problem+json")


async def on_http_exception(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker: HANDLERS registers it for these
    status = error.status_code
    detail = error.detail
    if detail == HTTPStatus(status).phrase:  # Starlette's default
        detail = _DETAILS.get(status, PHRASES[status])
    extensions = {"errors": error.errors} if isinstance(error, InvalidRequest) else {}
    return problem(status, detail, error.headers, **extensions)


async def on_redis_away(_: Request, __: Exception) -> Response:
    return problem(503, "Redis is not available; try again in a moment.", {"Retry-After": "1"})


async def on_disconnect(_: Request, __: Exception) -> Response:
    return problem(400, "The request is incomplete.")


async def on_error(_: Request, __: Exception) -> Response:
    # Starlette handles this one outside all middleware, so the headers are added here.
    return problem(500, "Internal error; see the log.", SECURITY_HEADERS)


HANDLERS: Mapping[Any, ExceptionHandler] = {
    HTTPException: on_http_exception,
    ClientDisconnect: on_disconnect,
    **dict.fromkeys(UNAVAILABLE, on_redis_away),
    Exception: on_error,
}
