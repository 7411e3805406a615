"""The few Bot API calls that bring updates in: https://core.telegram.org/bots/api#getting-updates.

The token is part of every URL, so httpx's own errors, which know their URL, stay inside this module.
"""

from collections.abc import Sequence
from typing import Any

import httpx

from infra.telegram.errors import TelegramError, TelegramUnreachable

type Json = dict[str, Any]


class BotApi:
    """A bot's calls; the HTTP client is its owner's to close."""

    def __init__(self, http: httpx.AsyncClient, base: str, token: str) -> None:
        self._http = http
        self._root = f"{base}/bot{token}"

    async def get_me(self) -> Json:
        return _object("getMe", await self._call("getMe"))

    async def get_updates(self, offset: int | None, wait: int, kinds: Sequence[str]) -> list[Json]:
        """Wait up to `wait` seconds for updates; those before `offset` are confirmed by asking."""
        answer = await self._call(
            "getUpdates", patience=wait + 10, offset=offset, timeout=wait, allowed_updates=kinds
        )
        if not isinstance(answer, list):
            raise _unreachable("getUpdates", "no list came")
        return [_object("getUpdates", update) for update in answer]

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
        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            response = await self._http.post(f"{self._root}/{method}", json=given, timeout=patience)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(method, type(error).__name__) from None
        return _result(method, response)


def _result(method: str, response: httpx.Response) -> Any:
    try:
        answer = _object(method, response.json())
    except ValueError:
        raise _unreachable(method, f"HTTP {response.status_code} that is not its own") from None
    if answer.get("ok") is True:
        return answer.get("result")
    raise TelegramError(
        method,
        answer.get("error_code", response.status_code),
        answer.get("description", "without a reason"),
        answer.get("parameters", {}).get("retry_after"),
    )


def _object(method: str, value: Any) -> Json:
    if not isinstance(value, dict):
        raise _unreachable(method, "no object came")
    return value


def _unreachable(method: str, what: str) -> TelegramUnreachable:
    return TelegramUnreachable(
        f"Telegram did not answer {method} ({what}). It is tried again; check the network and tg_api_base."
    )
