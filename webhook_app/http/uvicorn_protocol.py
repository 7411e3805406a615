"""HTTP protocol for uvicorn with limits on header size, request time and connections.

uvicorn itself accepts headers of any size, waits for the rest of a request without a limit, and accepts connections
until the process has no file descriptors left: https://www.uvicorn.org/settings/#resource-limits
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from webhook_app.http.client_address import client_of, parse_address

#: Bytes of a request line and headers.
MAX_HEAD = 64 * 1024
#: Seconds from a request's first byte to its last, or from the connection to the first.
REQUEST_SECONDS = 15.0
#: Seconds from a request's headers to its last byte. Only servers send bodies here, and they are fast.
BODY_SECONDS = 5.0

#: Connections per client address that is not reserved. An IPv6 /64 counts as one address.
PER_ADDRESS = 50
_MOST = 10_000
# Telegram's networks, which "might change": https://core.telegram.org/bots/webhooks
_TELEGRAM = (IPv4Network("149.154.160.0/20"), IPv4Network("91.108.4.0/22"))

_END = b"content-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _END
# https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n" + _END


class ConnectionLimits:
    """Limits connections by address, and all together to half of the process's file descriptors.

    Telegram and `reserved` (the proxies) have no limit, so other clients cannot exhaust their connections.
    """

    def __init__(
        self, reserved: Iterable[IPv4Network | IPv6Network] = (), per_address: int = PER_ADDRESS
    ) -> None:
        self._reserved = (*_TELEGRAM, *reserved)
        self._per_address = per_address
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._total = files // 2 if files != resource.RLIM_INFINITY else _MOST
        self._open: Counter[str] = Counter()

    def admit(self, host: str) -> str | None:
        """Count a connection and return the key for `release`, or None when the limit is reached.

        The key is empty for clients without a limit. A Unix socket has no address and no limit.
        """
        address = parse_address(host)
        is_reserved = address and any(address in network for network in self._reserved)
        key = "" if is_reserved else client_of(host)
        if key and (self._open[key] >= self._per_address or self._open.total() >= self._total):
            return None
        self._open[key] += bool(key)
        return key

    def release(self, key: str) -> None:
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]


class BoundedHttpProtocol(HttpToolsProtocol):
    """Closes connections over the limit, with too large headers, or with a request that does not complete in time.

    Most requests arrive in one piece and need no timer.
    """

    limits = ConnectionLimits()
    request_seconds = REQUEST_SECONDS
    body_seconds = BODY_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_complete = self._in_head = self._in_body = False
        self._head_size = 0
        self._counted: str | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._body_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._counted = self.limits.admit(self.client[0] if self.client else "")
        if self._counted is None:
            transport.abort()
        else:
            self._expect_the_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._counted:
            self.limits.release(self._counted)
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._is_complete = False
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_size += len(data)
            if self._head_size > MAX_HEAD:
                self.transport.write(_TOO_LARGE)
                self.transport.close()
        if not self._is_complete and not self.transport.is_closing():
            self._expect_the_rest()

    def on_message_begin(self) -> None:
        self._is_complete = False
        self._in_head = True
        self._head_size = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        # Exactly one Host header: https://www.rfc-editor.org/rfc/rfc9112#section-3.2
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or (not any(hosts) and self.parser.get_http_version() != "1.0"):
            raise ValueError  # uvicorn answers any exception from here with 400
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_complete = True
        self._in_body = False
        self._expect_nothing()
        if self.cycle.response_complete:
            # The response came before the request's end: uvicorn's keep-alive timer no longer runs.
            self.transport.close()
        super().on_message_complete()

    def _expect_the_rest(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.request_seconds, self.transport.close)
        if self._in_body and self._body_deadline is None:
            self._body_deadline = self.loop.call_later(self.body_seconds, self._refuse_slow_body)

    def _expect_nothing(self) -> None:
        for deadline in (self._deadline, self._body_deadline):
            if deadline:
                deadline.cancel()
        self._deadline = self._body_deadline = None

    def _refuse_slow_body(self) -> None:
        if not self.cycle.response_started:
            self.transport.write(_TOO_SLOW)
        self.transport.close()
