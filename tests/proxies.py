"""A real proxy server, in its own process."""

import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.processes import free_port, wait_until

# pproxy expects a default event loop, which newer Pythons do not create, and which uvloop does not support.
_PROGRAM = """
import asyncio, sys
sys.modules["uvloop"] = None
asyncio.set_event_loop(asyncio.new_event_loop())
from pproxy.server import main
main()
"""
USER, PASSWORD = "someone", "pa55word-of-the-proxy"


class Proxy:
    """A proxy; `scheme` is http, https or socks5. For TLS, `certificate` is a file with key and certificate."""

    def __init__(self, scheme: str, folder: Path, certificate: Path | None = None) -> None:
        self.log = folder / f"proxy-{scheme}.log"
        self._port = free_port()
        # A hostname that the certificate has.
        self.host = "localhost" if certificate else "127.0.0.1"
        self._scheme = scheme
        self._certificate = certificate

    def url(self, password: str = PASSWORD) -> str:
        return f"{self._scheme}://{USER}:{password}@{self.host}:{self._port}"

    def __enter__(self) -> Self:
        kind = "http+ssl" if self._certificate else self._scheme
        listen = f"{kind}://127.0.0.1:{self._port}#{USER}:{PASSWORD}"
        options = ["--ssl", str(self._certificate)] if self._certificate else []
        with self.log.open("wb") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-u", "-c", _PROGRAM, "-l", listen, "-v", *options],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._answers, "the proxy listens")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.terminate()
        self._running.wait(10)

    def carried(self, url: str) -> bool:
        """Return whether it has forwarded something to this address."""
        return url.rpartition("/")[2] in self.log.read_text()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0
