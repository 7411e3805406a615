"""Login to the dashboard with api_token."""

import functools
from typing import Literal, TypedDict
from urllib.parse import parse_qs, urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from webhook_app.dashboard.query import Query
from webhook_app.dashboard.sessions import COOKIE, SECONDS
from webhook_app.dashboard.state import DashboardRequest
from webhook_app.http.auth import Endpoint, check_owner, check_token
from webhook_app.http.request_body import read_body
from webhook_app.state import AnyRequest

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # With no-referrer, forms would not send the Origin that `check_origin` needs.
    "Referrer-Policy": "same-origin",
}
_LONGEST_FORM = 4096
_TOO_OFTEN = 429


class _CookieOptions(TypedDict):
    path: str
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


def login_required(endpoint: Endpoint) -> Endpoint:
    """Require a login, and for POST also an Origin of this site."""

    @functools.wraps(endpoint)
    async def guarded(request: AnyRequest) -> Response:
        if not await is_member(request):
            raise HTTPException(401, "Open the page at / and log in there first.")
        if request.method == "POST":
            check_origin(request)
        return await endpoint(request)

    return guarded


def login_or_token_required(endpoint: Endpoint) -> Endpoint:
    """Require a login or the API's token, and explain a missing token as the API does."""

    @functools.wraps(endpoint)
    async def guarded(request: AnyRequest) -> Response:
        if not await _has_session(request):
            await check_owner(request)
        return await endpoint(request)

    return guarded


async def _has_session(request: DashboardRequest) -> bool:
    sessions, cookie = request.state["sessions"], request.cookies.get(COOKIE)
    return bool(sessions and cookie and await sessions.is_valid(cookie))


async def is_member(request: DashboardRequest) -> bool:
    """Return whether the request has a session or may use the API."""
    if await _has_session(request):
        return True
    try:
        await check_owner(request)
    except HTTPException:
        return False
    return True


def check_origin(request: DashboardRequest) -> None:
    """Refuse forms that another site sends in a user's name (CSRF). Raises HTTPException.

    https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
    """
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    if not origin or origin != request.headers.get("Host"):
        raise HTTPException(403, "This form was sent from another site.")


async def ask_for_token(
    request: DashboardRequest, problem: str | None = None, status: int = 401
) -> Response:
    """Render the login form. `problem` is the text key of what was wrong with the last token."""
    dashboard = await request.state["dashboard"].open()
    is_possible = request.state["sessions"] is not None
    page = dashboard.templates.render(
        "entrance.html", query_of(request), problem=problem, is_possible=is_possible
    )
    return HTMLResponse(page, status, HEADERS)


async def log_in(request: DashboardRequest) -> Response:
    check_origin(request)
    length = request.headers.get("Content-Length")
    body = await read_body(request.receive, length, _LONGEST_FORM)
    form = parse_qs(body.decode(errors="replace"))
    try:
        await check_token(request, form.get("token", [""])[0].strip())
    except HTTPException as refusal:
        problem = "page-wait" if refusal.status_code == _TOO_OFTEN else "page-wrong-token"
        return await ask_for_token(request, problem, refusal.status_code)
    answer = RedirectResponse(query_of(request).home, 303)
    if sessions := request.state["sessions"]:
        answer.set_cookie(COOKIE, await sessions.begin(), max_age=SECONDS, **_options(request))
    return answer


async def log_out(request: DashboardRequest) -> Response:
    """End every session, so that a stolen cookie becomes invalid, too."""
    sessions = request.state["sessions"]
    if sessions:
        await sessions.end_all()
    answer = RedirectResponse(query_of(request).home, 303)
    answer.delete_cookie(COOKIE, **_options(request))
    return answer


def query_of(request: DashboardRequest) -> Query:
    accepted = request.headers.get("Accept-Language", "")
    return Query.of(request.scope.get("root_path", ""), accepted, request.query_params)


def _options(request: DashboardRequest) -> _CookieOptions:
    public_url = request.state["settings"].public_url or ""
    return {
        "path": query_of(request).home,
        # Behind a trusted proxy uvicorn takes the scheme from X-Forwarded-Proto.
        "secure": request.url.scheme == "https" or public_url.startswith("https://"),
        "httponly": True,
        "samesite": "strict",
    }
