"""Login to the dashboard, and its protection."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.webhook_app.client import serve, settings_for
from webhook_app.dashboard.sessions import COOKIE
from webhook_app.http.rate_limit import LIMIT

_TOKEN = "Xr3Lq9-vT0bZ_s7Wd2Nf8Kp5Yh1Jm4Gc6Ae"


@pytest.fixture
async def client(valkey_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(settings_for(valkey_url, api_token=_TOKEN, media_dir=tmp_path)) as client:
        yield client


async def _log_in(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/page/log-in", data={"token": token}, headers=_from_here(client))


def _from_here(client: httpx.AsyncClient) -> dict[str, str]:
    return {"Origin": str(client.base_url).rstrip("/")}


async def test_stranger_sees_only_the_login(client: httpx.AsyncClient) -> None:
    """The page, its data and its actions need a session."""
    page = await client.get("/", headers={"Accept-Language": "en"})
    assert page.status_code == 401
    assert "The API’s token" in page.text
    assert "Failures today" not in page.text
    for path in ("/page/live", "/page/thumbnails/0t70tdvz3114s59n"):
        assert (await client.get(path)).status_code == 401
    for path in ("/page/cancel/0t70tdvz3114s59n", "/page/retry/u1"):
        assert (await client.post(path, headers=_from_here(client))).status_code == 401


async def test_token_logs_in_until_logout(client: httpx.AsyncClient) -> None:
    """The cookie goes only to this service, and no script can read it."""
    entered = await _log_in(client, f" {_TOKEN} ")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=strict"} <= set(entered.headers["Set-Cookie"].split("; "))
    page = await client.get("/", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert "Failures today" in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    await client.post("/page/log-out", headers=_from_here(client))
    assert (await client.get("/")).status_code == 401


async def test_logout_ends_the_session(client: httpx.AsyncClient) -> None:
    """Logging out ends the session itself, so that a copied cookie is worthless."""
    await _log_in(client, _TOKEN)
    copied = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    await client.post("/page/log-out", headers=_from_here(client))
    client.cookies.clear()
    assert (await client.get("/", headers=copied)).status_code == 401


async def test_logout_needs_a_session(client: httpx.AsyncClient) -> None:
    """A stranger cannot end sessions."""
    await _log_in(client, _TOKEN)
    cookie = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    client.cookies.clear()
    assert (await client.post("/page/log-out", headers=_from_here(client))).status_code == 401
    assert (await client.get("/", headers=cookie)).status_code == 200


@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_cookie_is_secure_behind_a_tls_proxy(client: httpx.AsyncClient, scheme: str) -> None:
    """The trusted proxy says that the browser uses TLS; public_url is not needed."""
    headers = {**_from_here(client), "X-Forwarded-Proto": scheme, "X-Forwarded-For": "192.0.2.1"}
    entered = await client.post("/page/log-in", data={"token": _TOKEN}, headers=headers)
    is_secure = "Secure" in entered.headers["Set-Cookie"].split("; ")
    assert is_secure is (scheme == "https")


@pytest.mark.slow
async def test_bearer_token_opens_the_page(client: httpx.AsyncClient) -> None:
    """The token of the API opens the page, too."""
    page = await client.get("/", headers={"Authorization": f"Bearer {_TOKEN}"})
    assert page.status_code == 200


async def test_login_attempts_are_limited(client: httpx.AsyncClient) -> None:
    """Wrong tokens count together with those at the API; beyond the limit even the right one is refused."""
    for _ in range(LIMIT):
        assert (await _log_in(client, "wrong")).status_code == 401
    assert (await _log_in(client, "wrong")).status_code == 429
    refused = await _log_in(client, _TOKEN)
    assert refused.status_code == 429
    assert "Set-Cookie" not in refused.headers


@pytest.mark.slow
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", ""])
async def test_cross_site_form_is_refused(client: httpx.AsyncClient, origin: str) -> None:
    """Even with the cookie of a logged-in user."""
    await _log_in(client, _TOKEN)
    for path in ("/page/cancel/0t70tdvz3114s59n", "/page/retry/u1", "/page/log-out"):
        answer = await client.post(path, headers={"Origin": origin} if origin else {})
        assert answer.status_code == 403
    assert (await client.get("/")).status_code == 200


async def test_without_a_token_only_this_machine_is_allowed(
    valkey_url: str, tmp_path: Path
) -> None:
    """As for the API; a request by another host name gets the reason."""
    async with serve(settings_for(valkey_url, media_dir=tmp_path)) as client:
        assert (await client.get("/")).status_code == 200
        page = await client.get(
            "/", headers={"Host": "darkroom.example.com", "Accept-Language": "en"}
        )
        assert page.status_code == 401
        assert "own machine only" in page.text


async def test_invalid_query_shows_the_first_page(client: httpx.AsyncClient) -> None:
    """A truncated link is no error."""
    await _log_in(client, _TOKEN)
    assert (await client.get("/?show=nonsense&cursor=../x")).status_code == 200


@pytest.mark.parametrize("name", ["page.html", "live.html", "..%2Fboard.py", "no.css"])
async def test_only_assets_are_served(client: httpx.AsyncClient, name: str) -> None:
    """The templates and other files are not."""
    assert (await client.get(f"/page/{name}")).status_code == 404
