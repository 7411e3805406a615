import asyncio
import gzip
import hashlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.errors import BrokenResult, FailureKind, ProviderError, StorageError
from infra.fal.client import FalClient
from infra.fal.downloads import Download
from infra.http_client import create_client
from tests.infra.fal.answers import KEY, QUICK, REST, Answers, Fal
from tests.infra.full_disk import full_disk
from tests.infra.loopback import converse, serve

CDN_URL = "https://v3.fal.media/files/a.png"
CONTENT = bytes(range(256)) * 4096
PAGE = b"<!doctype html><title>Wartung \xe4</title>"


class Cdn:
    """A file server that stands at the configured base, as a stand-in's does."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        self.failures = 0
        self.app = Starlette(
            routes=[
                Route("/whole", self._whole),
                Route("/slow", self._slow),
                Route("/unsized", self._unsized),
                Route("/moved", lambda _request: RedirectResponse("/moved-too")),
                Route("/moved-too", lambda _request: RedirectResponse("whole", 302)),
                Route("/circle", lambda _request: RedirectResponse("/circle")),
                Route("/packed", self._packed),
            ]
        )

    async def _whole(self, request: Request) -> Response:
        self.headers.append(dict(request.headers))
        if self.failures:
            self.failures -= 1
            return PlainTextResponse("down", status_code=503)
        return Response(CONTENT, media_type="image/png")

    async def _unsized(self, _request: Request) -> Response:
        async def pour() -> AsyncIterator[bytes]:
            for _ in range(4):
                yield CONTENT

        return StreamingResponse(pour())

    async def _packed(self, request: Request) -> Response:
        self.headers.append(dict(request.headers))
        bomb = gzip.compress(gzip.compress(bytes(1 << 20)))
        return Response(bomb, headers={"Content-Encoding": "gzip, gzip"})

    async def _slow(self, _request: Request) -> Response:
        async def drip() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"\0"
                await asyncio.sleep(0.05)

        return StreamingResponse(drip())


@pytest.fixture
def cdn() -> Cdn:
    return Cdn()


@pytest.fixture
async def base(cdn: Cdn) -> AsyncIterator[str]:
    async with serve(cdn.app) as url:
        yield url


@pytest.fixture
async def client(base: str) -> AsyncIterator[FalClient]:
    async with create_client(read_timeout=1) as http:
        yield FalClient(http, api_key=KEY, queue_base_url=base, retry=QUICK)


def _leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_result_is_fetched_whole_and_without_the_key(
    cdn: Cdn, base: str, client: FalClient, tmp_path: Path
) -> None:
    """Not even a server on the configured base sees the key when it serves files."""
    target = tmp_path / "new" / "result.png"
    fetched = await client.download_result(f"{base}/whole", target)
    assert fetched == Download(len(CONTENT), "image/png", hashlib.sha256(CONTENT).hexdigest())
    assert target.read_bytes() == CONTENT
    assert _leftovers(target.parent) == ["result.png"]
    assert "authorization" not in cdn.headers[0]


async def test_a_moment_of_trouble_is_bridged(
    cdn: Cdn, base: str, client: FalClient, tmp_path: Path
) -> None:
    """Two failures, then the file."""
    cdn.failures = 2
    await client.download_result(f"{base}/whole", tmp_path / "result")
    assert len(cdn.headers) == 3


async def test_a_longer_trouble_may_be_tried_again_later(
    cdn: Cdn, base: str, client: FalClient, tmp_path: Path
) -> None:
    """The CDN can be down for minutes: that is the caller's patience, and leaves nothing behind."""
    cdn.failures = 99
    with pytest.raises(ProviderError) as caught:
        await client.download_result(f"{base}/whole", tmp_path / "result")
    assert caught.value.retryable
    assert _leftovers(tmp_path) == []


async def test_a_line_that_breaks_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    """Half a picture is no picture; the next try starts afresh."""
    tries: list[bytes] = []

    async def stop_short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()

    async with converse(stop_short) as url, create_client() as http:
        client = FalClient(http, api_key=KEY, queue_base_url=url, retry=QUICK)
        with pytest.raises(ProviderError) as caught:
            await client.download_result(f"{url}/a.png", tmp_path / "result")
    assert caught.value.retryable
    assert len(tries) == QUICK.attempts
    assert _leftovers(tmp_path) == []


async def test_a_failed_fetch_leaves_an_older_file_alone(
    cdn: Cdn, base: str, client: FalClient, tmp_path: Path
) -> None:
    """The target changes by renaming only."""
    target = tmp_path / "result"
    target.write_bytes(b"older")
    cdn.failures = 99
    with pytest.raises(ProviderError):
        await client.download_result(f"{base}/whole", target)
    assert target.read_bytes() == b"older"


async def test_a_drip_is_given_up(base: str, client: FalClient, tmp_path: Path) -> None:
    """Each byte comes in time and the file never would: the limit is for all tries together."""
    begun = time.monotonic()
    with pytest.raises(ProviderError) as caught:
        await client.download_result(f"{base}/slow", tmp_path / "result", max_seconds=0.2)
    assert (caught.value.kind, caught.value.retryable) == (FailureKind.TOO_SLOW, True)
    assert time.monotonic() - begun < 0.4
    assert _leftovers(tmp_path) == []


@pytest.mark.parametrize("path", ["whole", "unsized"])
async def test_a_file_larger_than_allowed_is_not_kept(
    base: str, client: FalClient, tmp_path: Path, path: str
) -> None:
    """Whether the server says so first or just goes on sending; it is not fetched again at once."""
    with pytest.raises(BrokenResult, match="larger than"):
        await client.download_result(f"{base}/{path}", tmp_path / "result", max_bytes=3)
    assert _leftovers(tmp_path) == []


async def test_redirects_within_fal_are_followed_without_the_key(
    cdn: Cdn, base: str, client: FalClient, tmp_path: Path
) -> None:
    """The CDN moves files between its hosts: the file at the end of the way is the result."""
    await client.download_result(f"{base}/moved", tmp_path / "result")
    assert (tmp_path / "result").read_bytes() == CONTENT
    assert "authorization" not in cdn.headers[0]


@pytest.mark.parametrize(
    "location",
    ["https://example.org/a.png", "http://169.254.169.254/", "file:///etc/passwd", "//[::1"],
)
async def test_a_redirect_leads_nowhere_else(tmp_path: Path, location: str) -> None:
    """Whoever could redirect us could make us fetch from inside our own network."""
    fal = Fal({CDN_URL: httpx.Response(302, headers={"Location": location})})
    with pytest.raises(ProviderError) as caught:
        await fal.client.download_result(CDN_URL, tmp_path / "result")
    assert caught.value.retryable
    assert {str(request.url) for request in fal.requests} == {CDN_URL}


async def test_redirects_without_end_are_given_up(
    base: str, client: FalClient, tmp_path: Path
) -> None:
    """A circle is trouble of the CDN's that may pass."""
    with pytest.raises(ProviderError, match="redirects") as caught:
        await client.download_result(f"{base}/circle", tmp_path / "result")
    assert caught.value.retryable


async def test_a_packed_body_is_refused_unread(
    cdn: Cdn, base: str, client: FalClient, tmp_path: Path
) -> None:
    """A few kilobytes could unpack to gigabytes: plain ones are asked for, others are not taken."""
    with pytest.raises(ProviderError, match="packed") as caught:
        await client.download_result(f"{base}/packed", tmp_path / "result")
    assert caught.value.retryable
    assert cdn.headers[0]["accept-encoding"] == "identity"
    assert _leftovers(tmp_path) == []


async def test_a_full_disk_is_the_storages_trouble(
    base: str, client: FalClient, tmp_path: Path
) -> None:
    """It says nothing about the result, which is fetched when there is room again."""
    with full_disk(1000), pytest.raises(StorageError, match="EFBIG"):
        await client.download_result(f"{base}/whole", tmp_path / "result")
    assert _leftovers(tmp_path) == []
    await client.download_result(f"{base}/whole", tmp_path / "result")


async def test_a_folder_that_cannot_be_made_is_the_storages_trouble(
    base: str, client: FalClient, tmp_path: Path
) -> None:
    """A file stands where media_dir should be."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"EEXIST|ENOTDIR"):
        await client.download_result(f"{base}/whole", tmp_path / "file" / "result")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.png",
        "http://v3.fal.media/a.png",
        "https://v3.fal.media:8443/a.png",
        "https://fal.media.example.org/a.png",
        "https://evilfal.media/a.png",
        "https://evil-fal.media/a.png",
        "https://example.org\\.fal.media/a.png",
        "https://example.org\\@fal.media/a.png",
        "https://example.org#.fal.media/a.png",
        "https://example.org?.fal.media/a.png",
        "https://fal.media%2eexample.org/a.png",
        "https://fal.media\0.example.org/a.png",
        "https://fal.media\t.example.org/a.png",
        "https://f\N{CYRILLIC SMALL LETTER A}l.media/a.png",
        "https://xn--fl-7kc.media/a.png",
        "https://.fal.media/a.png",
        "https://v3..fal.media/a.png",
        "https://fal.media./a.png",
        "https://fal.media:80/a.png",
        "https://[::1].fal.media/a.png",
        "https://[::1]/a.png",
        "https://2130706433/a.png",
        "https://10.0.0.1/a.png",
        "http://queue.fal.run/a.png",
        "https://fal.media@example.org/a.png",
        "https://user:pass@fal.media/a.png",
        "http://127.0.0.1/a.png",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "//v3.fal.media/a.png",
        "https://",
        "",
    ],
)
async def test_nothing_is_fetched_from_anywhere_else(tmp_path: Path, url: str) -> None:
    """A result's address comes from outside: only fal's own hosts are asked."""
    fal = Fal({})
    with pytest.raises(ProviderError) as caught:
        await fal.client.download_result(url, tmp_path / "result")
    assert caught.value.kind is FailureKind.BROKEN_RESULT
    assert not fal.requests


@pytest.mark.parametrize(
    "url", [CDN_URL, "https://fal.media/a", "https://v3b.fal.media/a", f"{REST}/files/a"]
)
async def test_fals_own_hosts_are_asked_without_the_key(tmp_path: Path, url: str) -> None:
    """The CDN's files are public."""
    fal = Fal({url: httpx.Response(200, content=b"picture\0")})
    fetched = await fal.client.download_result(url, tmp_path / "result")
    assert (fetched.size, fetched.content_type) == (8, None)
    assert "authorization" not in fal.requests[0].headers


@pytest.mark.parametrize(
    "answer",
    [
        *(httpx.Response(status) for status in (204, 300, 304, 307, 400, 401, 403, 404, 409)),
        *(httpx.Response(status) for status in (410, 413, 418, 429, 451, 499, 500, 503, 504)),
        httpx.Response(206, content=b"part\0"),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"short\0", headers={"Content-Length": "7"}),
        httpx.Response(200, content=PAGE, headers={"Content-Type": "text/html"}),
        httpx.Response(200, content=PAGE, headers={"Content-Type": "image/png"}),
        httpx.Response(200, content=b'{"detail": "Not found"}'),
        httpx.Response(200, content=b"picture\0", headers={"Content-Encoding": "br"}),
    ],
    ids=repr,
)
async def test_whatever_is_not_the_whole_file_may_be_so_later(
    tmp_path: Path, answer: Answers
) -> None:
    """A result is paid for: no answer of the CDN's says that it will never be there."""
    fal = Fal({CDN_URL: answer})
    with pytest.raises(ProviderError) as caught:
        await fal.client.download_result(CDN_URL, tmp_path / "result")
    assert caught.value.retryable
    assert caught.value.kind is FailureKind.RESULT_UNREACHABLE
    assert len(fal.requests) == QUICK.attempts
    assert _leftovers(tmp_path) == []


async def test_a_wait_that_the_cdn_asks_for_is_left_to_the_caller(tmp_path: Path) -> None:
    """Nothing is tried again at once then."""
    fal = Fal({CDN_URL: httpx.Response(503, headers={"Retry-After": "7"})})
    with pytest.raises(ProviderError) as caught:
        await fal.client.download_result(CDN_URL, tmp_path / "result")
    assert (caught.value.retry_after, len(fal.requests)) == (7, 1)
