import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.errors import BadPicture, FailureKind
from infra.http_client import create_client
from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.telegram.errors import TelegramError, TelegramUnreachable
from infra.telegram.files import MAX_BYTES, TelegramFiles
from tests.infra.loopback import serve, unused_url
from tests.infra.sandbox.telegram.samples import picture
from tests.infra.sandbox.telegram.server import serve as serve_telegram
from tests.infra.telegram.conftest import TOKEN, Disturb
from tests.user import User


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with create_client() as client:
        yield client


@pytest.fixture
def files(http: httpx.AsyncClient, telegram: str) -> TelegramFiles:
    return TelegramFiles(http, telegram, TOKEN)


async def test_users_file_is_downloaded(files: TelegramFiles, user: User, tmp_path: Path) -> None:
    """A document is downloaded byte for byte."""
    content = picture(64, 48)
    sent = await user.send_files(content)
    target = tmp_path / "a"
    await files.download(sent["document"]["file_id"], target)
    assert target.read_bytes() == content


async def test_unknown_file_is_gone(files: TelegramFiles, tmp_path: Path) -> None:
    """It may be temporarily unavailable: the error text is the same for both."""
    with pytest.raises(BadPicture) as caught:
        await files.download("no-such-file", tmp_path / "a")
    assert caught.value.kind is FailureKind.PICTURE_GONE
    assert caught.value.retryable


async def test_file_above_the_download_limit_is_too_large(
    files: TelegramFiles, user: User, tmp_path: Path
) -> None:
    """The limit is 20 MB, and the error names it."""
    sent = await user.send_files(bytes(20 * 1024 * 1024 + 1))
    with pytest.raises(BadPicture, match="20 MB") as caught:
        await files.download(sent["document"]["file_id"], tmp_path / "a")
    assert caught.value.kind is FailureKind.PICTURE_TOO_HEAVY
    assert not caught.value.retryable


async def test_flood_wait_is_raised_to_the_caller(
    files: TelegramFiles, disturb: Disturb, tmp_path: Path
) -> None:
    """A flood wait is raised to the caller, which schedules the retry."""
    await disturb("getFile", status=429, retry_after=7)
    with pytest.raises(TelegramError) as caught:
        await files.download("any", tmp_path / "a")
    assert caught.value.retry_after == 7


async def test_unreachable_telegram_is_reported_without_the_token(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Every file URL contains it, and no error does."""
    files = TelegramFiles(http, unused_url(), TOKEN)
    with pytest.raises(TelegramUnreachable) as caught:
        await files.download("any", tmp_path / "a")
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


async def _lie(request: Request) -> Response:
    """Each file is announced as small; its name says what the server sends."""
    if request.url.path.endswith("/getFile"):
        file_id = (await request.json())["file_id"]
        return JSONResponse({"ok": True, "result": {"file_path": file_id, "file_size": 1}})
    if request.path_params["rest"].endswith("heavy"):
        return Response(bytes(MAX_BYTES + 1))
    return Response(status_code=404 if request.path_params["rest"].endswith("gone") else 502)


async def test_file_server_faults_are_recognised(http: httpx.AsyncClient, tmp_path: Path) -> None:
    """More than announced, nothing, or an error: each is recognised, and none shows the token."""
    app = Starlette(routes=[Route("/{rest:path}", _lie, methods=["GET", "POST"])])
    async with serve(app) as url:
        files = TelegramFiles(http, url, TOKEN)
        for name, error, words in (
            ("heavy", BadPicture, "larger than 20 MB"),
            ("gone", BadPicture, "no longer has"),
            ("broken", TelegramUnreachable, "HTTP 502"),
        ):
            with pytest.raises(error, match=words) as caught:
                await files.download(name, tmp_path / name)
            assert TOKEN not in "".join(traceback.format_exception(caught.value))


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[str]:
    """A self-hosted Bot API server, started with --local."""
    settings = SandboxSettings(data=tmp_path / "server", token=TOKEN, is_local=True)
    async with serve_telegram(settings) as url:
        yield url


async def test_local_server_provides_files_on_its_disk(
    http: httpx.AsyncClient, own_server: str, tmp_path: Path
) -> None:
    """It serves no files over HTTP, and has no limit of 20 MB."""
    files = TelegramFiles(http, own_server, TOKEN, is_local=True)
    content = bytes(21 * 1024 * 1024)
    async with User(own_server) as user:
        await user.say("/start")
        file_id = (await user.send_files(content))["document"]["file_id"]
    await files.download(file_id, tmp_path / "a")
    assert (tmp_path / "a").stat().st_size == len(content)
    [stored] = (tmp_path / "server" / "files").rglob("documents/*")
    stored.unlink()
    with pytest.raises(BadPicture) as gone:
        await files.download(file_id, tmp_path / "b")
    assert gone.value.kind is FailureKind.PICTURE_GONE


async def test_local_server_without_tg_api_local_provides_no_file(
    http: httpx.AsyncClient, own_server: str, tmp_path: Path
) -> None:
    """The user may send it again, and the log names the setting."""
    async with User(own_server) as user:
        await user.say("/start")
        file_id = (await user.send_files(picture(64, 48)))["document"]["file_id"]
    with pytest.raises(TelegramUnreachable, match="tg_api_local"):
        await TelegramFiles(http, own_server, TOKEN).download(file_id, tmp_path / "a")
