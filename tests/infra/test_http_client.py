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


async def test_a_refused_connection_is_a_connect_error(client: httpx.AsyncClient) -> None:
    """Nothing was sent, and the error says so."""
    with pytest.raises(httpx.ConnectError):
        await client.post(unused_url())


async def test_a_connection_dropped_after_the_request_is_no_connect_error(
    client: httpx.AsyncClient,
) -> None:
    """What had been sent before the drop must not look as if it had never left."""

    async def hang_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)

    async with converse(hang_up) as url:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(url, content=b"money")


async def test_a_reset_after_the_request_is_no_connect_error(client: httpx.AsyncClient) -> None:
    """A TCP reset is as undecided as a drop."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        writer.transport.abort()

    async with converse(reset) as url:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await client.post(url, content=b"money")


async def test_an_answer_that_is_not_http_is_a_protocol_error(client: httpx.AsyncClient) -> None:
    """Garbage becomes httpx's error, not aiohttp's."""

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        writer.write(b"what?\r\n\r\n")
        await writer.drain()

    async with converse(babble) as url:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(url)


async def test_a_body_that_ends_early_is_a_read_error(client: httpx.AsyncClient) -> None:
    """Half an answer is no answer."""

    async def stop_short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()

    async with converse(stop_short) as url:
        with pytest.raises(httpx.ReadError):
            await client.get(url)


async def test_silence_is_a_read_timeout(client: httpx.AsyncClient) -> None:
    """A server that took the request and says nothing is told apart from one that is away."""

    async def be_silent(_request: Request) -> Response:
        await asyncio.sleep(1)
        return Response()

    async with serve(Starlette(routes=[Route("/", be_silent)])) as url:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(url)


async def test_errors_hold_no_address(client: httpx.AsyncClient) -> None:
    """An address may carry a token, and an error ends up in a log."""
    with pytest.raises(httpx.ConnectError) as caught:
        await client.get(f"{unused_url()}/?token=secret")
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


async def test_redirects_and_the_environments_proxies_are_ignored(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client goes where it was sent, and nowhere else."""
    monkeypatch.setenv("HTTP_PROXY", unused_url())
    routes = [
        Route("/", lambda _request: RedirectResponse("/elsewhere")),
        Route("/elsewhere", lambda _request: JSONResponse("lured away")),
    ]
    async with serve(Starlette(routes=routes)) as url:
        answer = await client.get(url)
    assert answer.status_code == httpx.codes.TEMPORARY_REDIRECT


async def test_requests_are_not_logged() -> None:
    """httpx's own log line holds the whole URL, so it stays off."""
    await create_client().aclose()
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
