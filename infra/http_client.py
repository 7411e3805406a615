"""HTTP client: httpx's interface with aiohttp as transport.

httpx's own pool costs more CPU with every connection. https://github.com/karpetrosyan/httpx-aiohttp
"""

import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from pydantic import SecretStr

from infra.proxy import open_session

# Most specific first. The transport's own table maps a connection that dropped after the request was sent to a
# connect timeout, which would lead to a retry that fal charges for.
_MEANINGS: tuple[tuple[type[aiohttp.ClientError], type[httpx.TransportError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    # A proxy refused CONNECT.
    (aiohttp.ClientHttpProxyError, httpx.ConnectError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    (aiohttp.ClientError, httpx.ReadError),
)


def create_client(
    *,
    connect_timeout: float = 5,
    read_timeout: float = 30,
    max_connections: int = 100,
    proxy: SecretStr | None = None,
) -> httpx.AsyncClient:
    """Create a client without redirects, without proxies from the environment and without cookies.

    Times are seconds. A timeout covers one wait (a connect, a read), not the whole call. Close it with `aclose()`.
    """
    # httpx logs each URL at INFO, and some URLs contain tokens.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Shorter than any server's keep-alive timeout (uvicorn's is 5 s). A submit on a connection that the server is
    # closing has an unknown outcome.
    session = functools.partial(open_session, proxy, limit=max_connections, keepalive_timeout=3)
    return _Client(
        _Transport(client=session, verify=False),  # the session has its own SSL context
        timeout=httpx.Timeout(read_timeout, connect=connect_timeout, pool=connect_timeout),
        headers={"User-Agent": "darkroom"},
        trust_env=False,
    )


class _Client(httpx.AsyncClient):
    """httpx's client without cookies, authentication and a log, which cost half as much CPU as a call itself.

    It never follows a redirect.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, **options: Any) -> None:
        super().__init__(transport=transport, **options)
        self._sends = transport

    async def send(
        self, request: httpx.Request, *, stream: bool = False, **_: Any
    ) -> httpx.Response:
        response = await self._sends.handle_async_request(request)
        response.request = request
        if not stream:
            try:
                await response.aread()
            except BaseException:
                await response.aclose()
                raise
        return response


class _Transport(AiohttpTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with mapped_errors():
            response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - for the type checker
        response.stream = _Stream(response.stream)
        return response


class _Stream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with mapped_errors():
            async for chunk in self._stream:
                yield chunk

    async def aclose(self) -> None:
        with mapped_errors():
            await self._stream.aclose()


@contextlib.contextmanager
def mapped_errors() -> Iterator[None]:
    try:
        yield
    except (httpx.TransportError, aiohttp.ClientError) as error:
        origin = error if isinstance(error, aiohttp.ClientError) else error.__cause__
        if not isinstance(origin, aiohttp.ClientError):
            raise
        # aiohttp's messages contain whole URLs, so only the type of the error is passed on.
        meaning = next(meaning for cause, meaning in _MEANINGS if isinstance(origin, cause))
        raise meaning(type(origin).__name__) from None
