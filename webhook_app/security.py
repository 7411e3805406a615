"""Who may use the HTTP API: the bearer of `api_token`; without one, this machine alone."""

import functools
import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.responses import Response

from webhook_app.state import Request

type Endpoint = Callable[[Request], Awaitable[Response]]

# A page from elsewhere can make its own name mean 127.0.0.1, but cannot ask by another name.
_LOCAL_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


def owner_only(endpoint: Endpoint) -> Endpoint:
    """Guard an endpoint; a refusal says what is missing."""

    @functools.wraps(endpoint)
    async def guarded(request: Request) -> Response:
        _check_owner(request)
        return await endpoint(request)

    return guarded


def is_owner(request: Request) -> bool:
    return _has_token(request) or _is_local(request)


def _check_owner(request: Request) -> None:
    if not request.state["settings"].api_token:
        if not _is_local(request):
            raise HTTPException(403, "Without api_token this API answers on its own machine only.")
    elif not _has_token(request):
        # https://www.rfc-editor.org/rfc/rfc6750#section-3
        raise HTTPException(
            401,
            "Send the API's token: Authorization: Bearer <api_token>.",
            headers={"WWW-Authenticate": 'Bearer realm="darkroom"'},
        )


def _has_token(request: Request) -> bool:
    expected = request.state["settings"].api_token
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return (
        expected is not None
        and scheme.lower() == "bearer"
        and secrets.compare_digest(given.strip().encode(), expected.get_secret_value().encode())
    )


def _is_local(request: Request) -> bool:
    host = request.headers.get("Host", "")
    return _LOCAL_HOST.fullmatch(host) is not None and _is_loopback(request)


def _is_loopback(request: Request) -> bool:
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
