import asyncio
import gzip
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
    """A file server at the configured base URL, like a fake's."""

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


async def test_result_is_fetched_whole_and_without_the_key(
    cdn: Cdn, base: str, client: FalClient, tmp_path: Path
) -> None:
    """Even a server at the configured base URL does not get the key with a download."""
    target = tmp_path / "new" / "result.png"
    fetched = await client.download_result(f"{base}/whole", target)
    assert fetched == Download(len(CONTENT), "image/png")
    assert target.read_bytes() == CONTENT
    assert _leftovers(target.parent) == ["result.png"]
    assert "authorization" not in cdn.headers[0]


async def test_short_outage_is_retried(
    cdn: Cdn, base: str, client: FalClient, tmp_path: Path
) -> None:
    """Two failures are retried, then the file arrives."""
    cdn.failures = 2
    await client.download_result(f"{base}/whole", tmp_path / "result")
    assert len(cdn.headers) == 3


async def test_longer_outage_may_be_retried_later(
    cdn: Cdn, base: str, client: FalClient, tmp_path: Path
) -> None:
    """An outage of minutes is left to the caller, and leaves no partial file."""
    cdn.failures = 99
    with pytest.raises(ProviderError) as caught:
        await client.download_result(f"{base}/whole", tmp_path / "result")
    assert caught.value.retryable
    assert _leftovers(tmp_path) == []


async def test_broken_connection_leaves_no_file(tmp_path: Path) -> None:
    """A partial download is deleted; the next attempt starts from the beginning."""
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


async def test_failed_download_keeps_an_older_file(
    cdn: Cdn, base: str, client: FalClient, tmp_path: Path
) -> None:
    """The target changes only by renaming."""
    target = tmp_path / "result"
    target.write_bytes(b"older")
    cdn.failures = 99
    with pytest.raises(ProviderError):
        await client.download_result(f"{base}/whole", target)
    assert target.read_bytes() == b"older"


async def test_slow_download_times_out(base: str, client: FalClient, tmp_path: Path) -> None:
    """Each byte comes in time: the limit covers all attempts together."""
    begun = time.monotonic()
    with pytest.raises(ProviderError) as caught:
        await client.download_result(f"{base}/slow", tmp_path / "result", max_seconds=0.2)
    assert (caught.value.kind, caught.value.retryable) == (FailureKind.TOO_SLOW, True)
    assert time.monotonic() - begun < 0.4
    assert _leftovers(tmp_path) == []


@pytest.mark.parametrize("path", ["whole", "unsized"])
async def test_oversized_file_is_not_kept(
    base: str, client: FalClient, tmp_path: Path, path: str
) -> None:
    """A file above the limit is refused, announced or not, and not fetched again at once."""
    with pytest.raises(BrokenResult, match="larger than"):
        await client.download_result(f"{base}/{path}", tmp_path / "result", max_bytes=3)
    assert _leftovers(tmp_path) == []


async def test_redirects_within_fal_are_followed_without_the_key(
    cdn: Cdn, base: str, client: FalClient, tmp_path: Path
) -> None:
    """The CDN moves files between its hosts: the final file is the result."""
    await client.download_result(f"{base}/moved", tmp_path / "result")
    assert (tmp_path / "result").read_bytes() == CONTENT
    assert "authorization" not in cdn.headers[0]


@pytest.mark.parametrize(
    "location",
    ["https://example.org/a.png", "http://169.254.169.254/", "file:///etc/passwd", "//[::1"],
)
async def test_redirects_elsewhere_are_refused(tmp_path: Path, location: str) -> None:
    """A redirect to another host is refused: it could lead into our own network."""
    fal = Fal({CDN_URL: httpx.Response(302, headers={"Location": location})})
    with pytest.raises(ProviderError) as caught:
        await fal.client.download_result(CDN_URL, tmp_path / "result")
    assert caught.value.retryable
    assert {str(request.url) for request in fal.requests} == {CDN_URL}


async def test_endless_redirects_are_given_up(base: str, client: FalClient, tmp_path: Path) -> None:
    """A redirect loop is a temporary CDN failure."""
    with pytest.raises(ProviderError, match="redirects") as caught:
        await client.download_result(f"{base}/circle", tmp_path / "result")
    assert caught.value.retryable


async def test_compressed_body_is_refused(
    cdn: Cdn, base: str, client: FalClient, tmp_path: Path
) -> None:
    """A few kilobytes could unpack to gigabytes: only identity encoding is requested and accepted."""
    with pytest.raises(ProviderError, match="content encoding") as caught:
        await client.download_result(f"{base}/packed", tmp_path / "result")
    assert caught.value.retryable
    assert cdn.headers[0]["accept-encoding"] == "identity"
    assert _leftovers(tmp_path) == []


async def test_full_disk_is_a_storage_failure(base: str, client: FalClient, tmp_path: Path) -> None:
    """A full disk is the storage's failure: the result is fetched when there is space again."""
    with full_disk(1000), pytest.raises(StorageError, match="EFBIG"):
        await client.download_result(f"{base}/whole", tmp_path / "result")
    assert _leftovers(tmp_path) == []
    await client.download_result(f"{base}/whole", tmp_path / "result")


async def test_folder_that_cannot_be_created_is_a_storage_failure(
    base: str, client: FalClient, tmp_path: Path
) -> None:
    """A file at the path of media_dir is the storage's failure."""
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
async def test_other_hosts_are_never_requested(tmp_path: Path, url: str) -> None:
    """A result's URL comes from outside: only fal's own hosts are requested."""
    fal = Fal({})
    with pytest.raises(ProviderError) as caught:
        await fal.client.download_result(url, tmp_path / "result")
    assert caught.value.kind is FailureKind.BROKEN_RESULT
    assert not fal.requests


@pytest.mark.parametrize(
    "url", [CDN_URL, "https://fal.media/a", "https://v3b.fal.media/a", f"{REST}/files/a"]
)
async def test_fals_hosts_are_requested_without_the_key(tmp_path: Path, url: str) -> None:
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
async def test_incomplete_downloads_may_be_retried_later(tmp_path: Path, answer: Answers) -> None:
    """A result is paid for: no CDN response means that it will never be available."""
    fal = Fal({CDN_URL: answer})
    with pytest.raises(ProviderError) as caught:
        await fal.client.download_result(CDN_URL, tmp_path / "result")
    assert caught.value.retryable
    assert caught.value.kind is FailureKind.RESULT_UNREACHABLE
    assert len(fal.requests) == QUICK.attempts
    assert _leftovers(tmp_path) == []


async def test_cdn_retry_after_is_left_to_the_caller(tmp_path: Path) -> None:
    """A Retry-After of the CDN is returned to the caller, without an immediate retry."""
    fal = Fal({CDN_URL: httpx.Response(503, headers={"Retry-After": "7"})})
    with pytest.raises(ProviderError) as caught:
        await fal.client.download_result(CDN_URL, tmp_path / "result")
    assert (caught.value.retry_after, len(fal.requests)) == (7, 1)
