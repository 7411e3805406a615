"""The few Bot API calls that bring updates in: https://core.telegram.org/bots/api#getting-updates.

The token is part of every URL, so httpx's own errors, which know their URL, stay inside this module.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from infra.telegram.batch import split
from infra.telegram.errors import AnswerTooLarge, TelegramError, TelegramUnreachable

type Json = dict[str, Any]

#: Telegram gives no more at once.
MAX_UPDATES = 100
#: Bytes; an update has a few kilobytes.
MAX_ANSWER = 32 * 1024 * 1024


class BotApi:
    """A bot's calls; the HTTP client is its owner's to close."""

    def __init__(self, http: httpx.AsyncClient, base: str, token: str) -> None:
        self._http = http
        self._root = f"{base}/bot{token}"

    async def get_me(self) -> Json:
        return _object("getMe", await self._call("getMe"))

    async def get_updates(
        self, offset: int | None, wait: int, kinds: Sequence[str], limit: int = MAX_UPDATES
    ) -> list[bytes]:
        """Wait up to `wait` seconds for updates, each as it came; those before `offset` are confirmed by asking.

        Raises AnswerTooLarge, too: fewer at once may fit.
        """
        parameters = {"offset": offset, "timeout": wait, "allowed_updates": kinds, "limit": limit}
        status, body = await self._post("getUpdates", wait + 10, parameters)
        batch = split(body, "result")
        result = _result("getUpdates", status, batch.envelope if batch else body)
        if batch is None or result != []:
            raise _unreachable("getUpdates", "no list came")
        return batch.members

    async def get_file(self, file_id: str) -> Json:
        """Where a file can be fetched for the next hour: `file_path`, `file_size` in bytes."""
        return _object("getFile", await self._call("getFile", file_id=file_id))

    async def set_webhook(self, url: str, secret: str, kinds: Sequence[str]) -> None:
        await self._call("setWebhook", url=url, secret_token=secret, allowed_updates=kinds)

    async def delete_webhook(self) -> None:
        await self._call("deleteWebhook")

    async def get_webhook_info(self) -> Json:
        return _object("getWebhookInfo", await self._call("getWebhookInfo"))

    async def _call(self, method: str, patience: float = 10, **parameters: Any) -> Any:
        return _result(method, *await self._post(method, patience, parameters))

    async def _post(
        self, method: str, patience: float, parameters: Mapping[str, Any]
    ) -> tuple[int, bytes]:
        """The status and the body of what comes within so many seconds, and so many bytes."""
        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            async with (
                asyncio.timeout(patience),
                self._http.stream("POST", f"{self._root}/{method}", json=given) as response,
            ):
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_ANSWER:
                        raise AnswerTooLarge(method, MAX_ANSWER)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError) as error:
            raise _unreachable(method, type(error).__name__) from None
        return response.status_code, bytes(body)


def _result(method: str, status: int, body: bytes) -> Any:
    try:
        answer = _object(method, json.loads(body))
    except (ValueError, RecursionError):
        raise _unreachable(method, f"HTTP {status} that is not its own") from None
    if answer.get("ok") is True:
        return answer.get("result")
    parameters = answer.get("parameters")
    asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
    raise TelegramError(
        method,
        answer.get("error_code", status),
        answer.get("description", "without a reason"),
        asked if isinstance(asked, int | float) else None,
    )


def _object(method: str, value: Any) -> Json:
    if not isinstance(value, dict):
        raise _unreachable(method, "no object came")
    return value


def _unreachable(method: str, what: str) -> TelegramUnreachable:
    return TelegramUnreachable(
        f"Telegram did not answer {method} ({what}). It is tried again; check the network and tg_api_base."
    )
