"""Malformed and slow requests over real sockets: they are refused soon, and webhook_app continues."""

import asyncio
import itertools
import re
import resource
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import httpx
import psutil
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.infra.loopback import serve
from tests.processes import Process, free_port
from tests.webhook_app.client import SECRET, TOKEN
from webhook_app.http.problem_details import HANDLERS
from webhook_app.http.request_body import read_body
from webhook_app.http.uvicorn_protocol import MAX_HEAD, BoundedHttpProtocol, ConnectionLimits
from webhook_app.state import Request
from webhook_app.telegram.webhook import MAX_BODY

GENUINE = f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Type: application/json\r\n"
POST = "POST /telegram/webhook HTTP/1.1\r\nHost: darkroom\r\n"
type Pieces = Iterable[bytes | float]

MEBIBYTE = b"a" * 1024 * 1024
CHUNK = b"100000\r\n" + MEBIBYTE + b"\r\n"


async def tell(url: str, pieces: Pieces, *, whole: bool = False) -> bytes:
    """Send pieces, waiting seconds where a number is; return the response.

    Not `whole`: return after the response's head. `whole`: send everything, and read until the server closes.
    """
    address = httpx.URL(url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    sending = asyncio.create_task(_send(writer, pieces))
    try:
        async with asyncio.timeout(10):
            return await (_hear_all(reader) if whole else _hear_head(reader))
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.transport.abort()


async def pour(url: str, pieces: Pieces) -> bytes:
    """Send everything before reading the response."""
    address = httpx.URL(url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    with suppress(ConnectionError):
        await _send(writer, pieces)
    said = await _hear_head(reader)
    writer.transport.abort()
    return said


async def _send(writer: asyncio.StreamWriter, pieces: Pieces) -> None:
    for piece in pieces:
        if isinstance(piece, bytes):
            writer.write(piece)
            await writer.drain()
        else:
            await asyncio.sleep(piece)


async def _hear_head(reader: asyncio.StreamReader) -> bytes:
    with suppress(ConnectionResetError, asyncio.IncompleteReadError):
        return await reader.readuntil(b"\r\n\r\n")
    return b""


async def _hear_all(reader: asyncio.StreamReader) -> bytes:
    said = b""
    # A client that still sends when the server closes may get a reset instead of an end.
    with suppress(ConnectionResetError):
        while piece := await reader.read(4096):
            said += piece
    return said


def status(said: bytes) -> int:
    """Return the response's status; 0 when the server closed without a response."""
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", said)
    return int(found[1]) if found else 0


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 2\r\nContent-Length: 3\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 2, 2\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Name\0: value\r\n",
        "Name: a\0b\r\n",
        "Name: a\rb\r\n",
        " folded: value\r\n",
        ": nameless\r\n",
    ],
)
async def test_ambiguous_head_is_refused(client: httpx.AsyncClient, head: str) -> None:
    """A proxy and we must never disagree about where a request ends."""
    said = await tell(str(client.base_url), [f"{POST}{GENUINE}{head}\r\n{{}}".encode()])
    assert status(said) == 400
    assert (await client.get("/version")).status_code == 200


@pytest.mark.parametrize(
    "line",
    [
        "GET /\0 HTTP/1.1",
        "GET / HTTP/9.9",
        "GET",
        "GET  / HTTP/1.1 x",
        "\x16\x03\x01",
        "FOO / HTTP/1.1",
    ],
)
async def test_invalid_request_line_is_refused(client: httpx.AsyncClient, line: str) -> None:
    """TLS on a plain port, an invalid method, a null byte."""
    said = await tell(str(client.base_url), [f"{line}\r\nHost: darkroom\r\n\r\n".encode()])
    assert status(said) == 400


@pytest.mark.parametrize(
    "path", ["/%00", "/jobs/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "//jobs", "/jobs/../../x", "/docs/%ff"]
)
async def test_path_traversal_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    """Nothing is decoded twice, and no path leaves its folder."""
    said = await tell(
        str(client.base_url), [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()]
    )
    assert status(said) == 404


@pytest.mark.parametrize(
    "flood",
    [
        itertools.chain([b"GET /"], itertools.repeat(b"a" * 4096)),
        itertools.chain([b"GET / HTTP/1.1\r\nname: "], itertools.repeat(b"a" * 4096)),
        itertools.chain([b"GET / HTTP/1.1\r\n"], itertools.repeat(b"name: value\r\n" * 300)),
    ],
    ids=["path", "header", "headers"],
)
async def test_endless_head_is_refused(client: httpx.AsyncClient, flood: Iterable[bytes]) -> None:
    """A path, a header or headers without an end are not kept in memory."""
    said = await tell(str(client.base_url), itertools.islice(flood, 50 * MAX_HEAD // 4096))
    assert status(said) in {0, 431}
    assert (await client.get("/version")).status_code == 200


async def test_head_limit_does_not_apply_to_the_body(client: httpx.AsyncClient) -> None:
    """A large body after a short head is accepted; the connection's next request counts from zero."""
    body = b'{"x": "' + b"a" * (MAX_BODY - 100) + b'"}'
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
    for _ in range(2):
        answer = await client.post("/telegram/webhook", content=body, headers=headers)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"Content-Length: {MAX_BODY + 1}\r\n\r\n", 413),
        (f"Content-Length: {10**15}\r\n\r\n", 413),
        ("Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 400),
    ],
)
async def test_invalid_body_is_refused(client: httpx.AsyncClient, body: str, expected: int) -> None:
    """A too large body is refused before it is sent, an invalid one on arrival."""
    said = await tell(str(client.base_url), [f"{POST}{GENUINE}{body}".encode()])
    assert status(said) == expected


async def _take(request: Request) -> Response:
    return Response(await read_body(request.receive, request.headers.get("Content-Length"), 1000))


class Hasty(BoundedHttpProtocol):
    """Shorter timeouts, to keep the tests fast."""

    request_seconds = 0.5
    body_seconds = 0.2


@pytest.fixture
async def hasty() -> AsyncIterator[str]:
    """A server with short timeouts: 0.5 seconds for a request, 0.2 for its body."""
    routes = [
        Route("/read", _take, methods=["POST"]),
        Route("/refused", lambda _request: Response(status_code=401), methods=["POST"]),
    ]
    Hasty.limits = ConnectionLimits()
    async with serve(Starlette(routes=routes, exception_handlers=HANDLERS), http=Hasty) as url:
        yield url


DRIP: list[bytes | float] = [0.05, b"a"] * 100


@pytest.mark.slow
@pytest.mark.parametrize(
    ("beginning", "expected"),
    [
        (b"", 0),
        (b"\r\n", 0),
        (b"POST /read HTTP/1.1\r\nname: ", 0),
        (b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n", 408),
        (b"POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n", 408),
    ],
)
async def test_slow_request_is_closed(hasty: str, beginning: bytes, expected: int) -> None:
    """A request has a total time limit; single bytes do not extend it."""
    drip = [0.05, b"\r\n"] * 100 if beginning == b"\r\n" else DRIP if beginning else [5.0]
    assert status(await tell(hasty, [beginning, *drip])) == expected


async def test_refused_body_is_closed_soon(hasty: str) -> None:
    """A refused client that keeps sending slowly loses the connection."""
    head = b"POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n"
    started = time.monotonic()
    assert status(await tell(hasty, [head, *DRIP], whole=True)) == 401
    assert time.monotonic() - started < 2


async def test_connection_is_closed_after_an_early_response(hasty: str) -> None:
    """A refused client that finishes its body and then stays silent holds no connection."""
    head = b"POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"
    said = await tell(hasty, [head, 0.1, b"body", 9.0], whole=True)
    assert status(said) == 401


@pytest.mark.parametrize(
    ("request_head", "expected"),
    [
        (b"GET /version HTTP/1.1\r\n\r\n", 400),
        (b"GET /version HTTP/1.1\r\nHost:\r\n\r\n", 400),
        (b"GET /version HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /version HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400),
        (b"GET /version HTTP/1.0\r\n\r\n", 200),
        (b"GET /version HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    ],
)
async def test_host_header_is_required_once(
    client: httpx.AsyncClient, request_head: bytes, expected: int
) -> None:
    """A proxy and we must agree on the host; HTTP/1.0 needs none."""
    assert status(await tell(str(client.base_url), [request_head])) == expected


async def test_connections_per_address_are_limited(hasty: str) -> None:
    """Connections beyond a client's limit are closed at once; each that ends makes room for another."""
    Hasty.limits = ConnectionLimits(per_address=3)
    address = httpx.URL(hasty)
    connections = [await asyncio.open_connection(address.host, address.port) for _ in range(3)]
    async with httpx.AsyncClient(base_url=hasty) as client:
        with pytest.raises(httpx.TransportError):
            await client.post("/read", content=b"words")
        for _, writer in connections:
            writer.close()
            await writer.wait_closed()
        await asyncio.sleep(0.05)
        assert (await client.post("/read", content=b"words")).status_code == 200


def test_connection_limits_spare_telegram_and_proxies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All other clients share one limit, so that they never take the connections that updates need."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 1024))
    limits = ConnectionLimits([ip_network("10.0.0.0/8")], per_address=2)
    reserved = ["149.154.167.220", "91.108.4.1", "10.1.2.3"]
    assert all(limits.admit(host) == "" for host in reserved for _ in range(10))
    # The form in which a dual-stack server sees them.
    assert all(limits.admit(f"::ffff:{host}") == "" for host in reserved)
    assert limits.admit("::ffff:192.0.2.1") == "192.0.2.1"
    assert limits.admit("2001:db8::1") == limits.admit("2001:db8::2") == "2001:db8::"
    assert limits.admit("2001:db8::3") is None
    crowd = [limits.admit(f"198.51.{n // 256}.{n % 256}") for n in range(1024)]
    assert None in crowd
    assert limits.admit("149.154.160.1") == ""


async def test_connection_can_be_reused(hasty: str) -> None:
    """The time limit is each request's, not the connection's."""
    async with httpx.AsyncClient(base_url=hasty) as client:
        for _ in range(4):
            assert (await client.post("/read", content=b"words")).content == b"words"
            await asyncio.sleep(0.2)


@pytest.fixture
def process(valkey_url: str, tmp_path: Path) -> Iterator[tuple[str, psutil.Process]]:
    """webhook_app as a process of its own, to measure its memory."""
    url = f"http://127.0.0.1:{free_port()}"
    settings = {
        "redis_url": valkey_url,
        "api_host": "127.0.0.1",
        "api_port": url.rpartition(":")[2],
        "tg_bot_token": TOKEN,
        "tg_api_base": "http://127.0.0.1:1",
        "tg_update_mode": "webhook",
        "tg_webhook_secret": SECRET,
        "public_url": url,
    }
    running = Process("web", ("-m", "webhook_app"), settings, tmp_path).start()
    running.wait_for(f"{url}/version")
    assert running.running is not None
    yield url, psutil.Process(running.running.pid)
    running.kill()


@pytest.mark.slow
async def test_refused_bodies_take_no_memory(process: tuple[str, psutil.Process]) -> None:
    """Eight mebibytes at a time, with and without the secret: no memory is kept."""
    url, server = process
    declared = f"Content-Length: {8 * len(MEBIBYTE)}\r\n\r\n"
    streamed = "Transfer-Encoding: chunked\r\n\r\n"
    floods = [
        [f"{POST}{declared}".encode(), *[MEBIBYTE] * 8],
        [f"{POST}{streamed}".encode(), *[CHUNK] * 8, b"0\r\n\r\n"],
        [f"{POST}{GENUINE}{streamed}".encode(), *[CHUNK] * 8, b"0\r\n\r\n"],
        [f"GET /version HTTP/1.1\r\nHost: a\r\n{streamed}".encode(), *[CHUNK] * 8, b"0\r\n\r\n"],
    ]

    async def rounds() -> set[int]:
        said = await asyncio.gather(*(pour(url, flood) for flood in floods * 5))
        return {status(words) for words in said}

    await rounds()
    before = server.memory_info().rss
    for _ in range(5):
        assert await rounds() == {200, 401, 413}
    assert server.memory_info().rss - before < 20 * len(MEBIBYTE)
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{url}/version")).status_code == 200
