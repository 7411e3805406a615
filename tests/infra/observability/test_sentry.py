"""Sentry reports: a receiver on loopback accepts the envelopes of a child process."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.processes import ROOT

pytestmark = pytest.mark.slow

BOT_TOKEN = "4242424242:a-bot-token-for-the-tests-0123456789"
SCRIPT = f"""
import sys
if "missing" in sys.argv: sys.modules["sentry_sdk"] = None
from loguru import logger
from infra.observability.logging import setup
from infra.observability.request_id import about
from infra.settings import Settings
setup(Settings(_env_file=None), "tested")
prompt = "a private " + "wish"
with about("u17", job="0t7mdbhcm2vzk5ex"):
    logger.warning("a warning is nobody's error")
    try:
        raise ValueError(prompt)
    except ValueError:
        logger.exception("it broke at /bot{BOT_TOKEN}/getMe")
"""


@pytest.fixture
def received() -> Iterator[tuple[str, list[str]]]:
    """A receiver's address, and the received envelopes."""
    bodies: list[str] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            bodies.append((gzip.decompress(body) if packed else body).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Log nothing."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://public@127.0.0.1:{server.server_port}/1", bodies
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )


def test_error_report_has_no_private_data(
    received: tuple[str, list[str]],
) -> None:
    """A report has kind, place and ids; neither a token in a source line, nor a prompt in a text or a variable."""
    dsn, bodies = received
    ran = run(sentry_dsn=dsn)
    assert ran.returncode == 0, ran.stderr
    [body] = bodies
    for log_lines in ("ValueError", "it broke at /bot[secret]/getMe", "u17", "0t7mdbhcm2vzk5ex"):
        assert log_lines in body
    for unsaid in (BOT_TOKEN, "private", "wish", "a warning"):
        assert unsaid not in body


def test_client_is_not_needed_without_a_dsn() -> None:
    """Without a DSN the client is not even imported."""
    assert run("missing").returncode == 0


def test_dsn_without_the_client_is_reported() -> None:
    """The warning says what to do, without the DSN, which is a secret."""
    ran = run("missing", sentry_dsn="http://public@127.0.0.1:1/1")
    assert ran.returncode == 1
    assert "pip install 'sentry-sdk" in ran.stderr
    assert "public@" not in ran.stderr
