"""Download of users' files from Telegram: https://core.telegram.org/bots/api#getfile.

A file's URL contains the bot's token, so it does not leave this module.
"""

import asyncio
import os
import shutil
from pathlib import Path

import httpx

from infra.errors import BadPicture, FailureKind
from infra.telegram.client import BotApi
from infra.telegram.errors import TelegramError, TelegramUnreachable

#: Bytes: Telegram's limit for bots.
MAX_BYTES = 20 * 1024 * 1024
#: Bytes: limit for files of an own Bot API server, which has none itself; no image is larger.
MAX_LOCAL_BYTES = 200 * 1024 * 1024
_CHUNK = 256 * 1024


class TelegramFiles:
    """The caller closes the HTTP client.

    `is_local`: an own Bot API server, started with `--local`, stores the files on a shared disk:
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
        """Write the file to `target`.

        Raises BadPicture if it is too large or gone, TelegramError and TelegramUnreachable if a retry may help.
        """
        try:
            file = await self._api.get_file(file_id)
        except TelegramError as error:
            if error.code != httpx.codes.BAD_REQUEST:
                raise
            raise _too_heavy(self._max_bytes) if "too big" in str(error) else _gone() from None
        if int(file.get("file_size") or 0) > self._max_bytes:
            raise _too_heavy(self._max_bytes)
        file_path = file.get("file_path")
        if not isinstance(file_path, str):
            raise _gone()
        if self._is_local:
            await asyncio.to_thread(copy_local, Path(file_path), target)
        elif file_path.startswith("/"):
            raise TelegramUnreachable(
                "tg_api_base is a server started with --local: set tg_api_local=true."
            )
        else:
            await self._fetch(file_path, target)

    async def _fetch(self, file_path: str, target: Path) -> None:
        size = 0
        try:
            async with self._http.stream("GET", f"{self._root}/{file_path}") as response:
                if response.status_code == httpx.codes.NOT_FOUND:
                    raise _gone()
                if response.status_code != httpx.codes.OK:
                    raise TelegramUnreachable(
                        f"Telegram did not return the file (HTTP {response.status_code})."
                    )
                with target.open("wb") as file:
                    async for chunk in response.aiter_bytes(_CHUNK):
                        size += len(chunk)
                        if size > MAX_BYTES:
                            raise _too_heavy(MAX_BYTES)
                        file.write(chunk)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise TelegramUnreachable(
                f"Telegram did not return the file ({type(error).__name__})."
            ) from None


def copy_local(source: Path, target: Path) -> None:
    try:
        file = source.open("rb")
    except (FileNotFoundError, IsADirectoryError):
        raise _gone() from None
    except PermissionError:
        raise TelegramUnreachable(
            "The Bot API server's files cannot be read: give the service's user read access."
        ) from None
    with file:
        if os.fstat(file.fileno()).st_size > MAX_LOCAL_BYTES:
            raise _too_heavy(MAX_LOCAL_BYTES)
        with target.open("wb") as copy:
            shutil.copyfileobj(file, copy)


def _too_heavy(max_bytes: int) -> BadPicture:
    limit = max_bytes / 1024 / 1024
    return BadPicture(
        FailureKind.PICTURE_TOO_HEAVY,
        f"The file is larger than {limit:.0f} MB: send a smaller one.",
    )


def _gone() -> BadPicture:
    # Telegram returns the same error for a file that is temporarily not available.
    return BadPicture(
        FailureKind.PICTURE_GONE,
        "Telegram no longer has this file: send it again.",
        retryable=True,
    )
