"""Authentication of the HTTP API: `api_token` as a bearer token. Without one only this machine has access."""

import contextlib
import functools
import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.responses import Response

from infra.redis.client import UNAVAILABLE, time_limit
from webhook_app.http.rate_limit import FailedAttempts
from webhook_app.state import AnyRequest, State


class AuthState(State):
    attempts: FailedAttempts


type Endpoint = Callable[[AnyRequest], Awaitable[Response]]

_TIMEOUT_SECONDS = 1.0
# Against DNS rebinding: a foreign page can resolve its name to 127.0.0.1, but sends its own name as Host.
_LOCAL_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


def token_required(endpoint: Endpoint) -> Endpoint:
    """Require the token for an endpoint."""

    @functools.wraps(endpoint)
    async def guarded(request: AnyRequest) -> Response:
        await check_owner(request)
        return await endpoint(request)

    return guarded


async def is_owner(request: AnyRequest) -> bool:
    """Return whether the request may see details. False for a client that is rate limited."""
    if "Authorization" not in request.headers:
        return _is_local(request)
    try:
        await check_owner(request)
    except HTTPException:
        return False
    return True


async def check_owner(request: AnyRequest) -> None:
    """Raises HTTPException that says what is missing."""
    state: AuthState = request.state
    if state["settings"].api_token:
        header = request.headers.get("Authorization")
        scheme, _, given = (header or "").partition(" ")
        # Another scheme counts as a wrong token.
        token = given.strip() if scheme.lower() == "bearer" else ""
        await check_token(request, None if header is None else token)
    elif not _is_local(request):
        raise HTTPException(403, "Without api_token this API answers on its own machine only.")


async def check_token(request: AnyRequest, given: str | None) -> None:
    """Check a token and count a wrong one against the client's address. Raises HTTPException.

    An address over the limit gets 429 for the right token, too. A missing token is not counted.
    """
    state: AuthState = request.state
    expected = state["settings"].api_token
    is_right = expected is not None and secrets.compare_digest(
        (given or "").encode(), expected.get_secret_value().encode()
    )
    wait = 0
    if given is not None:
        attempts = state["attempts"]
        host = request.client.host if request.client else ""
        # No limit without Redis: a token is too long to guess, and the owner must be able to see what is wrong.
        with contextlib.suppress(*UNAVAILABLE):
            async with time_limit(_TIMEOUT_SECONDS):
                wait = await (attempts.wait(host) if is_right else attempts.fail(host))
    if wait:
        raise HTTPException(
            429, f"Too many wrong tokens; try again in {wait} seconds.", {"Retry-After": str(wait)}
        )
    if not is_right:
        # https://www.rfc-editor.org/rfc/rfc6750#section-3
        raise HTTPException(
            401,
            "Send the API's token: Authorization: Bearer <api_token>.",
            headers={"WWW-Authenticate": 'Bearer realm="darkroom"'},
        )


def _is_local(request: AnyRequest) -> bool:
    if not _LOCAL_HOST.fullmatch(request.headers.get("Host", "")):
        return False
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
