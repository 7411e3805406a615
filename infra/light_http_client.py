"""HTTP client of webhook_app, which makes few calls: without aiohttp, whose import takes 7 MB and 0.1 s.

A call costs four times the CPU of one of `infra.http_client`.
"""

import logging

import httpx
from pydantic import SecretStr

from infra.trusted_certificates import ssl_context


def create_light_client(proxy: SecretStr | None = None) -> httpx.AsyncClient:
    """Create a client with the limits of `create_client`. Close it with `aclose()`."""
    if proxy:
        # aiohttp is loaded for all kinds of proxies.
        from infra.http_client import create_client

        return create_client(proxy=proxy)
    # Their lines contain URLs, and some URLs contain tokens.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.AsyncClient(
        verify=ssl_context(),
        timeout=httpx.Timeout(30, connect=5, pool=5),
        limits=httpx.Limits(keepalive_expiry=3),
        headers={"User-Agent": "darkroom"},
        follow_redirects=False,
        trust_env=False,
    )
