"""Bot API client for updates, webhooks and files: https://core.telegram.org/bots/api#getting-updates.

The token is part of every URL, so httpx's errors, which contain the URL, do not leave this module.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from infra.telegram.batch import split
from infra.telegram.errors import AnswerTooLarge, TelegramError, TelegramUnreachable

type Json = dict[str, Any]

#: Telegram's maximum.
MAX_UPDATES = 100
#: Bytes; an update has a few kilobytes.
MAX_ANSWER = 32 * 1024 * 1024


class BotApi:
    """Calls of a bot; the caller closes the HTTP client."""

    def __init__(self, http: httpx.AsyncClient, base: str, token: str) -> None:
        self._http = http
        self._root = f"{base}/bot{token}"

    async def get_me(self) -> Json:
        return expect_object("getMe", await self._call("getMe"))

    async def get_updates(
        self, offset: int | None, wait: int, kinds: Sequence[str], limit: int = MAX_UPDATES
    ) -> list[bytes]:
        """Wait up to `wait` seconds for updates, as raw bytes. The call confirms updates before `offset`.

        Also raises AnswerTooLarge: a smaller `limit` may help.
        """
        parameters = {"offset": offset, "timeout": wait, "allowed_updates": kinds, "limit": limit}
        status, body = await self._post("getUpdates", wait + 10, parameters)
        batch = split(body, "result")
        result = parse_result("getUpdates", status, batch.envelope if batch else body)
        if batch is None or result != []:
            raise _unreachable("getUpdates", "the result is not a list")
        return batch.members

    async def get_file(self, file_id: str) -> Json:
        """Return `file_path`, valid for an hour, and `file_size` in bytes."""
        return expect_object("getFile", await self._call("getFile", file_id=file_id))

    async def set_webhook(self, url: str, secret: str, kinds: Sequence[str]) -> None:
        await self._call("setWebhook", url=url, secret_token=secret, allowed_updates=kinds)

    async def delete_webhook(self) -> None:
        await self._call("deleteWebhook")

    async def get_webhook_info(self) -> Json:
        return expect_object("getWebhookInfo", await self._call("getWebhookInfo"))

    async def _call(self, method: str, timeout_seconds: float = 10, **parameters: Any) -> Any:
        return parse_result(method, *await self._post(method, timeout_seconds, parameters))

    async def _post(
        self, method: str, timeout_seconds: float, parameters: Mapping[str, Any]
    ) -> tuple[int, bytes]:
        """Return the status and the body of a response, limited in seconds and bytes."""
        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            async with (
                asyncio.timeout(timeout_seconds),
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


def parse_result(method: str, status: int, body: bytes) -> Any:
    try:
        answer = expect_object(method, json.loads(body))
    except (ValueError, RecursionError):
        raise _unreachable(method, f"HTTP {status} that is not from Telegram") from None
    if answer.get("ok") is True:
        return answer.get("result")
    parameters = answer.get("parameters")
    asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
    raise TelegramError(
        method,
        answer.get("error_code", status),
        answer.get("description", "no reason given"),
        asked if isinstance(asked, int | float) else None,
    )


def expect_object(method: str, value: Any) -> Json:
    if not isinstance(value, dict):
        raise _unreachable(method, "the result is not an object")
    return value


def _unreachable(method: str, what: str) -> TelegramUnreachable:
    return TelegramUnreachable(
        f"Telegram did not answer {method} ({what}). Retrying; check the network and tg_api_base."
    )
