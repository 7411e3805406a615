"""Spans of a child process, as a collector on loopback receives them."""

import hashlib
import socket
import subprocess
import sys
import time
from importlib.metadata import version

import pytest

from tests.collector import collector
from tests.processes import ROOT

SCRIPT = """
import asyncio, sys
if "missing" in sys.argv: sys.modules["opentelemetry.sdk"] = None
from infra.observability import tracing as spans
from infra.observability.logging import setup
from infra.observability.request_id import about
from infra.settings import Settings
settings = Settings(_env_file=None)
setup(settings, "tested")
spans.setup(settings, "tested")
prompt = "a private " + "wish"

async def work():
    async with spans.flushing():
        with spans.call("an idle look"): pass
        with about("u17", chat=7):
            spans.record_first("first", 0.25)
        with about("u17", job="0t7mdbhcm2vzk5ex"):
            try:
                with spans.span("step", model="a-model"), spans.call("call"):
                    raise ValueError(prompt)
            except ValueError: pass
            try:
                with spans.span("refused"):
                    spans.note(outcome="busy")
                    raise ValueError(prompt)
            except ValueError: pass
            with spans.span("well"):
                spans.note(state="done")

asyncio.run(work())
print(sorted(name for name in sys.modules if name.startswith("opentelemetry.sdk")))
"""


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_spans_of_one_request_form_one_trace() -> None:
    """The trace id is the request id; steps are children of the first span, calls of their step; no private data."""
    with collector() as collected:
        ran = run(otel_endpoint=collected.url + "/")
        assert (ran.returncode, ran.stderr) == (0, "")
        first, step, call, well = map(collected.named, ("first", "step", "call", "well"))
        assert {span.name for span in collected.spans()} == {
            "first",
            "step",
            "call",
            "refused",
            "well",
        }
    digest = hashlib.sha256(b"u17").hexdigest()
    assert {span.trace_id for span in (first, step, call, well)} == {digest[:32]}
    assert (first.span_id, first.parent_id) == (digest[32:48], "")
    assert step.parent_id == well.parent_id == first.span_id
    assert call.parent_id == step.span_id
    assert step.attributes == {
        "darkroom.request": "u17",
        "darkroom.job": "0t7mdbhcm2vzk5ex",
        "darkroom.model": "a-model",
        "darkroom.outcome": "ValueError",
    }
    assert (step.has_failed, well.has_failed) == (True, False)
    refused = collected.named("refused")
    assert (refused.attributes["darkroom.outcome"], refused.has_failed) == ("busy", True)
    assert (well.attributes["darkroom.state"], well.attributes["darkroom.outcome"]) == (
        "done",
        "ok",
    )
    assert b"wish" not in b"".join(collected.bodies)


@pytest.mark.slow
def test_sdk_is_not_needed_without_an_endpoint() -> None:
    """Without an endpoint the SDK is not imported: the API alone records nothing."""
    ran = run()
    assert (ran.returncode, ran.stdout) == (0, "[]\n"), ran.stderr


@pytest.mark.slow
def test_endpoint_without_the_packages_is_reported() -> None:
    """The warning says what to do."""
    ran = run("missing", otel_endpoint="http://127.0.0.1:1")
    assert ran.returncode == 1
    assert f"pip install 'opentelemetry-sdk=={version('opentelemetry-api')}'" in ran.stderr


def test_invalid_endpoint_is_refused() -> None:
    """The error at start names the setting."""
    ran = run(otel_endpoint="localhost:4318")
    assert ran.returncode == 1
    assert "otel_endpoint" in ran.stderr


@pytest.mark.slow
def test_hanging_collector_delays_nothing() -> None:
    """The process ends within the limit, and its log has no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        ran = run(otel_endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert time.monotonic() - begun < 8
    assert ran.returncode == 0
    assert "Traceback" not in ran.stderr
