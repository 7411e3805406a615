import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from infra.http_client import create_client
from tests.infra.loopback import converse, serve, unused_url


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with create_client(connect_timeout=1, read_timeout=0.5) as client:
        yield client


async def _read_request(reader: asyncio.StreamReader) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def test_refused_connection_is_a_connect_error(client: httpx.AsyncClient) -> None:
    """Nothing was sent, and the error has this meaning."""
    with pytest.raises(httpx.ConnectError):
        await client.post(unused_url())


async def test_connection_dropped_after_the_request_is_no_connect_error(
    client: httpx.AsyncClient,
) -> None:
    """A request that was sent before the drop must not look unsent."""

    async def hang_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)

    async with converse(hang_up) as url:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(url, content=b"money")


async def test_reset_after_the_request_is_no_connect_error(client: httpx.AsyncClient) -> None:
    """After a TCP reset it is as unknown as after a drop."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        writer.transport.abort()

    async with converse(reset) as url:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await client.post(url, content=b"money")


async def test_invalid_http_is_a_protocol_error(client: httpx.AsyncClient) -> None:
    """Garbage becomes httpx's error, not aiohttp's."""

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        writer.write(b"what?\r\n\r\n")
        await writer.drain()

    async with converse(babble) as url:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(url)


async def test_truncated_body_is_a_read_error(client: httpx.AsyncClient) -> None:
    """Half a response is no response."""

    async def stop_short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()

    async with converse(stop_short) as url:
        with pytest.raises(httpx.ReadError):
            await client.get(url)


async def test_missing_response_is_a_read_timeout(client: httpx.AsyncClient) -> None:
    """A server that accepts the request and does not respond differs from one that is down."""

    async def be_silent(_request: Request) -> Response:
        await asyncio.sleep(1)
        return Response()

    async with serve(Starlette(routes=[Route("/", be_silent)])) as url:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(url)


async def test_errors_contain_no_url(client: httpx.AsyncClient) -> None:
    """A URL may contain a token, and an error may be logged."""
    with pytest.raises(httpx.ConnectError) as caught:
        await client.get(f"{unused_url()}/?token=secret")
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


async def test_redirects_and_proxy_variables_are_ignored(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client requests only the given URL."""
    monkeypatch.setenv("HTTP_PROXY", unused_url())
    routes = [
        Route("/", lambda _request: RedirectResponse("/elsewhere")),
        Route("/elsewhere", lambda _request: JSONResponse("lured away")),
    ]
    async with serve(Starlette(routes=routes)) as url:
        answer = await client.get(url)
    assert answer.status_code == httpx.codes.TEMPORARY_REDIRECT


async def test_requests_are_not_logged() -> None:
    """httpx's own log line has the whole URL, so it is off."""
    await create_client().aclose()
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)


async def test_cookies_are_not_kept(client: httpx.AsyncClient) -> None:
    """A response cannot change the requests after it."""
    seen: list[str | None] = []

    async def answer(request: Request) -> Response:
        seen.append(request.headers.get("cookie"))
        return Response(headers={"Set-Cookie": "session=1"})

    async with serve(Starlette(routes=[Route("/", answer)])) as url:
        await client.get(url)
        await client.get(url)
    assert seen == [None, None]
