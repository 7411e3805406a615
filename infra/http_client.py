"""The one HTTP client: httpx's interface on aiohttp's sockets.

httpx's own pool costs more CPU with every connection; see
https://github.com/karpetrosyan/httpx-aiohttp for the transport.
"""

import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Iterator

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from pydantic import SecretStr

from infra.proxy import open_session

# Most telling first. The transport's own table calls a connection that was dropped after the
# request had been sent a connect time-out, and so invites a retry that fal would charge for.
_MEANINGS: tuple[tuple[type[aiohttp.ClientError], type[httpx.TransportError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    # Of a proxy that was asked for a way to the server, and refused.
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
    """A client that follows no redirects, reads no proxy from the environment, keeps no cookies.

    Times are seconds. A time-out covers one wait (a connect, a read), not the whole call. Close it with `aclose()`.
    """
    # httpx logs each URL at INFO, and ours carry tokens.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Shorter than any server's patience (uvicorn's is 5 s): a submit that goes out on a connection
    # which is being closed at that moment would be lost or doubled, nobody knows which.
    session = functools.partial(open_session, proxy, limit=max_connections, keepalive_timeout=3)
    return httpx.AsyncClient(
        transport=_Transport(client=session, verify=False),  # the session has its own context
        timeout=httpx.Timeout(read_timeout, connect=connect_timeout, pool=connect_timeout),
        headers={"User-Agent": "darkroom"},
        follow_redirects=False,
        trust_env=False,
    )


class _Transport(AiohttpTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with _name_errors_truly():
            response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - for the type checker
        response.stream = _Stream(response.stream)
        return response


class _Stream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _name_errors_truly():
            async for chunk in self._stream:
                yield chunk

    async def aclose(self) -> None:
        with _name_errors_truly():
            await self._stream.aclose()


@contextlib.contextmanager
def _name_errors_truly() -> Iterator[None]:
    try:
        yield
    except (httpx.TransportError, aiohttp.ClientError) as error:
        origin = error if isinstance(error, aiohttp.ClientError) else error.__cause__
        if not isinstance(origin, aiohttp.ClientError):
            raise
        # aiohttp's texts hold whole URLs: only the kind of failure goes on.
        raise _meaning(origin)(type(origin).__name__) from None


def _meaning(origin: aiohttp.ClientError) -> type[httpx.TransportError]:
    return next(meaning for cause, meaning in _MEANINGS if isinstance(origin, cause))
