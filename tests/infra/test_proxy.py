"""Outgoing proxies, with real proxy processes."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from aiogram import Bot
from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from infra.http_client import create_client
from infra.light_http_client import create_light_client
from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.settings import Settings
from infra.telegram.bot import create_bot
from infra.telegram.outcomes import Unavailable, outcomes
from tests.infra.loopback import serve
from tests.infra.sandbox.telegram.server import serve as serve_telegram
from tests.infra.telegram.conftest import TOKEN
from tests.processes import free_port
from tests.proxies import PASSWORD, Proxy

SCHEMES = ("http", "https", "socks5")


@pytest.fixture(params=SCHEMES)
def proxy(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Proxy]:
    certificate = None
    if request.param == "https":
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        certificate = tmp_path / "proxy.pem"
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
    with Proxy(request.param, tmp_path, certificate) as running:
        yield running


@pytest.fixture
async def server() -> AsyncIterator[str]:
    routes = [Route("/", lambda _request: PlainTextResponse("through"))]
    async with serve(Starlette(routes=routes)) as url:
        yield url


@pytest.mark.slow
@pytest.mark.parametrize("create", [create_client, create_light_client])
async def test_call_uses_only_the_proxy(
    proxy: Proxy, server: str, create: Callable[..., httpx.AsyncClient]
) -> None:
    """Each kind of proxy, with user and password."""
    async with create(proxy=SecretStr(proxy.url())) as http:
        assert (await http.get(f"{server}/")).text == "through"
    assert proxy.carried(server)


async def test_bot_uses_the_proxy(proxy: Proxy, tmp_path: Path) -> None:
    """aiogram's session uses it, as our client does."""
    settings = SandboxSettings(data=tmp_path / "telegram", token=TOKEN)
    async with serve_telegram(settings) as telegram:
        bot = create_bot(TOKEN, telegram, proxy=SecretStr(proxy.url()))
        assert (await bot.get_me()).is_bot
        await bot.session.close()
        assert proxy.carried(telegram)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_unreachable_proxy_was_sent_nothing(scheme: str, server: str) -> None:
    """So the call may be repeated, a paid one too; no error has the password."""
    url = f"{scheme}://someone:{PASSWORD}@127.0.0.1:{free_port()}"
    async with create_client(proxy=SecretStr(url)) as http:
        with pytest.raises(httpx.ConnectError) as refused:
            await http.post(server)
    assert PASSWORD not in str(refused.value)
    bot = create_bot(TOKEN, server, proxy=SecretStr(url))
    await _is_unambiguously_away(bot)


async def test_wrong_proxy_password_was_sent_nothing(tmp_path: Path, server: str) -> None:
    """A SOCKS proxy refuses before it connects to the server."""
    with Proxy("socks5", tmp_path) as proxy:
        url = SecretStr(proxy.url("wrong"))
        async with create_client(proxy=url) as http:
            with pytest.raises(httpx.ConnectError):
                await http.post(server)
        await _is_unambiguously_away(create_bot(TOKEN, server, proxy=url))


async def _is_unambiguously_away(bot: Bot) -> None:
    with pytest.raises(Unavailable) as away, outcomes():
        await bot.get_me()
    await bot.session.close()
    assert not away.value.ambiguous
    assert PASSWORD not in str(away.value)


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:1080", "socks5://host", "ftp://host:21", "http://host:8080/path", "socks5://:1"],
)
@pytest.mark.parametrize("name", ["tg_proxy", "fal_proxy"])
def test_invalid_proxy_url_is_refused(name: str, url: str) -> None:
    """The error at start does not repeat the URL."""
    with pytest.raises(ValidationError, match=f"(?s){name}.*must look like socks5://") as refused:
        Settings.model_validate({name: url})
    assert url not in str(refused.value)
