"""Who gets in at the operator's page, and what of it is safe from others."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.webhook_app.door import serve, settings_for
from webhook_app.dashboard.sessions import COOKIE
from webhook_app.http.rate_limit import LIMIT

_TOKEN = "Xr3Lq9-vT0bZ_s7Wd2Nf8Kp5Yh1Jm4Gc6Ae"


@pytest.fixture
async def door(valkey_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(settings_for(valkey_url, api_token=_TOKEN, media_dir=tmp_path)) as client:
        yield client


async def _log_in(door: httpx.AsyncClient, token: str) -> httpx.Response:
    return await door.post("/page/log-in", data={"token": token}, headers=_from_here(door))


def _from_here(door: httpx.AsyncClient) -> dict[str, str]:
    return {"Origin": str(door.base_url).rstrip("/")}


async def test_a_stranger_sees_where_to_log_in_and_nothing_else(door: httpx.AsyncClient) -> None:
    """Neither the page, nor what it lives by, nor its deeds are for them."""
    page = await door.get("/", headers={"Accept-Language": "en"})
    assert page.status_code == 401
    assert "The API’s token" in page.text
    assert "Failures today" not in page.text
    for path in ("/page/live", "/page/thumbnails/0t70tdvz3114s59n"):
        assert (await door.get(path)).status_code == 401
    for path in ("/page/cancel/0t70tdvz3114s59n", "/page/retry/u1"):
        assert (await door.post(path, headers=_from_here(door))).status_code == 401


async def test_the_token_opens_the_page_until_one_logs_out(door: httpx.AsyncClient) -> None:
    """The cookie goes to this service alone, and no script reads it."""
    entered = await _log_in(door, f" {_TOKEN} ")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=strict"} <= set(entered.headers["Set-Cookie"].split("; "))
    page = await door.get("/", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert "Failures today" in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    await door.post("/page/log-out", headers=_from_here(door))
    assert (await door.get("/")).status_code == 401


async def test_a_copied_cookie_is_worth_nothing_after_logging_out(door: httpx.AsyncClient) -> None:
    """Logging out ends the session itself, and not only the browser's cookie."""
    await _log_in(door, _TOKEN)
    copied = {"Cookie": f"{COOKIE}={door.cookies[COOKIE]}"}
    await door.post("/page/log-out", headers=_from_here(door))
    door.cookies.clear()
    assert (await door.get("/", headers=copied)).status_code == 401


async def test_a_stranger_logs_nobody_out(door: httpx.AsyncClient) -> None:
    """Only who is logged in ends sessions."""
    await _log_in(door, _TOKEN)
    cookie = {"Cookie": f"{COOKIE}={door.cookies[COOKIE]}"}
    door.cookies.clear()
    assert (await door.post("/page/log-out", headers=_from_here(door))).status_code == 401
    assert (await door.get("/", headers=cookie)).status_code == 200


@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_behind_a_tls_proxy_the_cookie_is_for_tls_alone(
    door: httpx.AsyncClient, scheme: str
) -> None:
    """The trusted proxy says how the browser came; no public_url has to say so."""
    headers = {**_from_here(door), "X-Forwarded-Proto": scheme, "X-Forwarded-For": "192.0.2.1"}
    entered = await door.post("/page/log-in", data={"token": _TOKEN}, headers=headers)
    is_secure = "Secure" in entered.headers["Set-Cookie"].split("; ")
    assert is_secure is (scheme == "https")


async def test_programs_show_the_token_as_everywhere(door: httpx.AsyncClient) -> None:
    """What opens the API opens the page."""
    page = await door.get("/", headers={"Authorization": f"Bearer {_TOKEN}"})
    assert page.status_code == 200


async def test_whoever_guesses_is_soon_made_to_wait(door: httpx.AsyncClient) -> None:
    """Guesses here count as those at the API do; then even the right one learns nothing."""
    for _ in range(LIMIT):
        assert (await _log_in(door, "wrong")).status_code == 401
    assert (await _log_in(door, "wrong")).status_code == 429
    refused = await _log_in(door, _TOKEN)
    assert refused.status_code == 429
    assert "Set-Cookie" not in refused.headers


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", ""])
async def test_another_site_cannot_send_a_form_here(door: httpx.AsyncClient, origin: str) -> None:
    """Not even in the name of somebody who has logged in."""
    await _log_in(door, _TOKEN)
    for path in ("/page/cancel/0t70tdvz3114s59n", "/page/retry/u1", "/page/log-out"):
        answer = await door.post(path, headers={"Origin": origin} if origin else {})
        assert answer.status_code == 403
    assert (await door.get("/")).status_code == 200


async def test_without_a_token_the_page_is_for_its_own_machine(
    valkey_url: str, tmp_path: Path
) -> None:
    """As the API is; who comes by another name is told so."""
    async with serve(settings_for(valkey_url, media_dir=tmp_path)) as door:
        assert (await door.get("/")).status_code == 200
        page = await door.get(
            "/", headers={"Host": "darkroom.example.com", "Accept-Language": "en"}
        )
        assert page.status_code == 401
        assert "own machine only" in page.text


async def test_an_address_that_makes_no_sense_shows_the_beginning(door: httpx.AsyncClient) -> None:
    """A link that somebody has cut short is no fault."""
    await _log_in(door, _TOKEN)
    assert (await door.get("/?show=nonsense&cursor=../x")).status_code == 200


@pytest.mark.parametrize("name", ["page.html", "live.html", "..%2Fboard.py", "no.css"])
async def test_only_what_a_browser_needs_is_served(door: httpx.AsyncClient, name: str) -> None:
    """Not the templates, and nothing beside them."""
    assert (await door.get(f"/page/{name}")).status_code == 404
