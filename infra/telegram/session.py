"""aiogram's HTTP session, whose errors tell whether the request may have arrived."""

import functools
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramNetworkError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import InputFile
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
        files: dict[str, Any] = {}
        given = method.model_dump(warnings=False).items()
        prepared = (
            (name, self.prepare_value(value, bot=bot, files=files)) for name, value in given
        )
        form = {name: value for name, value in prepared if value}
        boundary = secrets.token_hex(16)
        multipart = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        try:
            async with session.post(
                self.api.api_url(token=bot.token, method=method.__api_method__),
                data=_write_form(bot, form, files, boundary) if files else form,
                headers=multipart if files else None,
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


async def _write_form(
    bot: Bot, form: Mapping[str, str], files: Mapping[str, InputFile], boundary: str
) -> AsyncIterator[bytes]:
    """Yield a form with files: https://datatracker.ietf.org/doc/html/rfc7578

    aiohttp's own form is four writes a field, each of them a call of the system.
    """
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="%s"'
    # Joined, because a value may be a member of an enum, whose name a format would show.
    ahead = "".join("".join((part % name, "\r\n\r\n", form[name], "\r\n")) for name in form)
    for name, file in files.items():
        called = re.sub(r'["\r\n]', "_", file.filename or name)
        ahead += f'{part % name}; filename="{called}"\r\n'
        yield f"{ahead}Content-Type: application/octet-stream\r\n\r\n".encode()
        async for chunk in file.read(bot):
            yield chunk
        ahead = "\r\n"
    yield f"{ahead}--{boundary}--\r\n".encode()


@functools.cache
def _hold_response_model(returning: Any) -> type[Response[Any]]:
    """Keep the model: pydantic has only weak references to it, and building it again takes milliseconds of CPU."""
    return Response[returning]
