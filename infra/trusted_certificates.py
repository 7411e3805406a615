"""The certificates that servers are checked with, for all clients of a process."""

import functools
import os
import ssl

import httpx


def ssl_context() -> ssl.SSLContext:
    """Return the context; SSL_CERT_FILE and SSL_CERT_DIR can name a private certificate authority."""
    return _load(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.cache  # each context costs 28 ms and 0.8 MB, and a worker has eight clients
def _load(*_: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=True)
