"""Fetching a file that a person has sent: https://core.telegram.org/bots/api#getfile.

The address of a file holds the bot's token: it is used here and goes nowhere else.
"""

import asyncio
import os
import shutil
from pathlib import Path
from typing import IO

import httpx

from infra.errors import BadPicture, FailureKind
from infra.telegram.client import BotApi
from infra.telegram.errors import TelegramError, TelegramUnreachable

#: Bytes: larger ones Telegram does not hand to a bot.
MAX_BYTES = 20 * 1024 * 1024
#: Bytes that are read from the disk of a server of one's own, which has no such limit: no image has more.
MAX_LOCAL_BYTES = 200 * 1024 * 1024
_CHUNK = 256 * 1024


class TelegramFiles:
    """The HTTP client is its owner's to close.

    `is_local`: files are on a disk that a Bot API server of one's own shares with us, started with `--local`:
    https://core.telegram.org/bots/api#using-a-local-bot-api-server
    """

    def __init__(
        self, http: httpx.AsyncClient, base: str, token: str, *, is_local: bool = False
    ) -> None:
        self._http = http
        self._api = BotApi(http, base, token)
        self._root = f"{base}/file/bot{token}"
        self._is_local = is_local
        self._max_bytes = MAX_LOCAL_BYTES if is_local else MAX_BYTES

    async def download(self, file_id: str, target: Path) -> None:
        """Writes the file to `target`.

        Raises BadPicture when it is too heavy or gone, TelegramError and TelegramUnreachable when another try may help.
        """
        file_path = await self._locate(file_id)
        if not self._is_local and file_path.startswith("/"):
            raise TelegramUnreachable(
                "tg_api_base is a server with files on its own disk: set tg_api_local=true."
            )
        if self._is_local:
            await asyncio.to_thread(_copy, Path(file_path), target)
        else:
            await self._fetch(file_path, target)

    async def _fetch(self, file_path: str, target: Path) -> None:
        try:
            async with self._http.stream("GET", f"{self._root}/{file_path}") as response:
                _check(response)
                with target.open("wb") as file:
                    await _receive(response, file)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise TelegramUnreachable(
                f"Telegram did not hand the file over ({type(error).__name__})."
            ) from None

    async def _locate(self, file_id: str) -> str:
        try:
            file = await self._api.get_file(file_id)
        except TelegramError as error:
            if error.code != httpx.codes.BAD_REQUEST:
                raise
            raise _too_heavy(self._max_bytes) if "too big" in str(error) else _gone() from None
        if int(file.get("file_size") or 0) > self._max_bytes:
            raise _too_heavy(self._max_bytes)
        path = file.get("file_path")
        if not isinstance(path, str):
            raise _gone()
        return path


def _copy(source: Path, target: Path) -> None:
    try:
        file = source.open("rb")
    except (FileNotFoundError, IsADirectoryError):
        raise _gone() from None
    except PermissionError:
        raise TelegramUnreachable(
            "The Bot API server's files cannot be read: give the service's user a right to them."
        ) from None
    with file:
        if os.fstat(file.fileno()).st_size > MAX_LOCAL_BYTES:
            raise _too_heavy(MAX_LOCAL_BYTES)
        with target.open("wb") as copy:
            shutil.copyfileobj(file, copy)


def _check(response: httpx.Response) -> None:
    if response.status_code == httpx.codes.NOT_FOUND:
        raise _gone()
    if response.status_code != httpx.codes.OK:
        raise TelegramUnreachable(
            f"Telegram did not hand the file over (HTTP {response.status_code})."
        )


async def _receive(response: httpx.Response, file: IO[bytes]) -> None:
    size = 0
    async for chunk in response.aiter_bytes(_CHUNK):
        size += len(chunk)
        if size > MAX_BYTES:
            raise _too_heavy(MAX_BYTES)
        file.write(chunk)


def _too_heavy(max_bytes: int) -> BadPicture:
    limit = max_bytes / 1024 / 1024
    return BadPicture(
        FailureKind.PICTURE_TOO_HEAVY,
        f"The file is larger than {limit:.0f} MB: send a smaller one.",
    )


def _gone() -> BadPicture:
    # Telegram says the same of a file that it cannot reach for a moment.
    return BadPicture(
        FailureKind.PICTURE_GONE, "Telegram has this file no more: send it again.", retryable=True
    )
