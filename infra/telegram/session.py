"""aiogram's HTTP session, whose errors tell whether the request may have arrived."""

import functools
from typing import Any, cast

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramNetworkError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from pydantic import SecretStr

from infra.errors import DarkroomError
from infra.proxy import open_session

# Seconds; after this time nothing was sent.
CONNECT_SECONDS = 10
_CONNECTIONS = 100
# Responses to calls that send have a few kilobytes.
ANSWER_BYTES = 4 * 1024 * 1024

#: The next handler in the session's middleware chain.
type Call = NextRequestMiddlewareType[Any]


class ForeignAnswerError(ClientDecodeError):
    """A response that is not Telegram's JSON: a proxy's page, an empty or a truncated body."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status} that is not from Telegram", ValueError(), None)
        # A proxy that answers 3xx or 4xx has not forwarded the request.
        self.ambiguous = status < 300 or status >= 500

    def __str__(self) -> str:
        return self.message


class Session(AiohttpSession):
    """Raises only AiogramError, or a DarkroomError of a stream that was being sent.

    `proxy` is as in infra/proxy.py; the errors of aiogram's own proxy support do not tell whether anything was sent.
    """

    def __init__(
        self, api: TelegramAPIServer, timeout: float, proxy: SecretStr | None = None
    ) -> None:
        super().__init__(api=api, timeout=timeout)
        self._by_proxy = proxy

    async def create_session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            # DNS results are cached for an hour: https://github.com/aiogram/aiogram/issues/1500
            self._session = open_session(self._by_proxy, limit=_CONNECTIONS, ttl_dns_cache=3600)
        return self._session

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: float | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> TelegramType:
        session = await self.create_session()
        limits = aiohttp.ClientTimeout(total=timeout or self.timeout, connect=CONNECT_SECONDS)
        try:
            async with session.post(
                self.api.api_url(token=bot.token, method=method.__api_method__),
                data=self.build_form_data(bot=bot, method=method),
                timeout=limits,
                allow_redirects=False,
            ) as response:
                content = bytearray()
                async for chunk in response.content.iter_any():
                    content += chunk
                    if len(content) > ANSWER_BYTES:
                        raise aiohttp.ClientPayloadError
        except (aiohttp.ClientError, OSError) as error:
            cause: BaseException | None = error
            while cause:
                # A file could not be read while it was sent.
                if isinstance(cause, DarkroomError):
                    raise cause from None
                cause = cause.__cause__
            # Its message may contain the URL with the token.
            raise TelegramNetworkError(method=method, message=type(error).__name__) from error
        text = content.decode(errors="replace")
        answer = self.check_response(bot, method, response.status, text)
        return cast(TelegramType, answer.result)

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        _hold_response_model(method.__returning__)
        try:
            answer = super().check_response(bot, method, status_code, content)
        except (ClientDecodeError, TypeError):
            raise ForeignAnswerError(status_code) from None
        except TelegramAPIError as error:
            # Telegram's errors always have a description.
            if not error.message:
                raise ForeignAnswerError(status_code) from None
            raise
        if answer.result is None:
            raise ForeignAnswerError(status_code)
        return answer


@functools.cache
def _hold_response_model(returning: Any) -> type[Response[Any]]:
    """Keep the model: pydantic has only weak references to it, and building it again takes milliseconds of CPU."""
    return Response[returning]
