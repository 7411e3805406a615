"""Outgoing connections, direct or through a proxy: http, https and socks5, with user and password.

https://docs.aiohttp.org/en/stable/client_advanced.html#proxy-support, https://github.com/romis2012/aiohttp-socks
"""

from typing import Any

import aiohttp
from pydantic import SecretStr

from infra.trusted_certificates import ssl_context


def open_session(proxy: SecretStr | None, **pool: Any) -> aiohttp.ClientSession:
    """Make a session whose connections all go through the proxy; needs a running loop.

    `pool` are the options of aiohttp's TCPConnector. A proxy that is not available or refuses raises
    `aiohttp.ClientConnectorError` or `aiohttp.ClientHttpProxyError`: nothing was sent.
    """
    pool["ssl"] = ssl_context()
    url = proxy.get_secret_value() if proxy else None
    if url and url.startswith("socks5"):
        return aiohttp.ClientSession(connector=socks_connector(url, pool))
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(**pool), proxy=url)


def socks_connector(url: str, pool: dict[str, Any]) -> aiohttp.BaseConnector:
    # Imported here: most installations have no proxy.
    from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError

    # Some proxies close the connection instead of refusing.
    failures = (ProxyConnectionError, ProxyError, ProxyTimeoutError, EOFError, OSError)

    class Connector(ProxyConnector):
        async def connect(
            self, req: aiohttp.ClientRequest, *args: Any, **kwargs: Any
        ) -> aiohttp.connector.Connection:
            try:
                return await super().connect(req, *args, **kwargs)
            except aiohttp.ClientError:
                raise
            except failures as error:
                failure = OSError(type(error).__name__)
                raise aiohttp.ClientProxyConnectionError(req.connection_key, failure) from None

    # rdns: the proxy resolves names, because a censored network returns false addresses.
    return Connector.from_url(url, rdns=True, **pool)
