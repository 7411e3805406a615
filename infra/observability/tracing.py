"""Traces: how long each step took, recorded when `otel_endpoint` is set and sent by otlp_exporter.py.

A trace's id, and that of its first span, are made of the request id, which follows an update from the door to its job's
end. So no record and no queue carries anything for it. Nothing but ids, names of our own and outcomes goes into a span.
https://opentelemetry.io/docs/concepts/signals/traces/
"""

import contextlib
import hashlib
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextvars import ContextVar

from infra.observability.request_id import current_ids
from infra.observability.span import Kind, Recorder, Span
from infra.settings import Settings

_MISSING = (
    "otel_endpoint is set, but OpenTelemetry is not installed."
    " Install it (.venv/bin/pip install 'opentelemetry-sdk>=1.38' 'opentelemetry-exporter-otlp-proto-http>=1.38'),"
    " or take otel_endpoint out of the settings."
)
# A process that ends waits so long (seconds) for a collector that hangs; what it has not told by then is lost.
_LAST_PATIENCE = 2


_recorder: Recorder | None = None
_current: ContextVar[Span | None] = ContextVar("span", default=None)
_NOTHING = contextlib.nullcontext()


def setup(settings: Settings, process_name: str) -> None:
    """Record from now on if the settings say so; ends the process when the packages for it are missing."""
    global _recorder  # noqa: PLW0603 - a process has one, as it has one log
    if settings.otel_endpoint is None or _recorder:
        return
    try:
        # Only then: it is an extra.
        from infra.observability.otlp_exporter import Collector
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        sys.exit(_MISSING)
    _recorder = Collector(settings.otel_endpoint, f"darkroom-{process_name}", settings.app_env)


@contextlib.asynccontextmanager
async def flushing() -> AsyncIterator[None]:
    """At the end of this all that was recorded is sent, within a bound."""
    try:
        yield
    finally:
        if _recorder:
            await _recorder.flush(_LAST_PATIENCE)


def span(name: str, **attributes: str) -> contextlib.AbstractContextManager[None]:
    """Work of ours: a child of the span that it is done in, or else of the request's first."""
    return _measured(name, "internal", attributes) if _recorder else _NOTHING


def call(name: str, **attributes: str) -> contextlib.AbstractContextManager[None]:
    """A call to another service, recorded inside of spans alone: most looks at a job find nothing new."""
    return _measured(name, "client", attributes) if _current.get() else _NOTHING


def note(**attributes: str) -> None:
    """Add to the span that this is done in."""
    if current := _current.get():
        current.attributes.update(attributes)


def record_first(name: str, seconds: float) -> None:
    """The first span of the current request's trace, which has just ended; to be recorded once a request."""
    if _recorder:
        first = _begin(name, "server", current_ids())
        assert first.parent_id is not None  # noqa: S101 - for the type checker: only now it is made the first
        first.span_id, first.parent_id = first.parent_id, None
        _end(first, seconds)


def record(name: str, seconds: float, ids: Mapping[str, object], **attributes: str) -> None:
    """What has just ended and was no span while it lasted, such as a job's waiting; it belongs to these ids."""
    if _recorder:
        passed = _begin(name, "internal", ids)
        passed.attributes.update(attributes)
        _end(passed, seconds)


@contextlib.contextmanager
def _measured(name: str, kind: Kind, attributes: Mapping[str, str]) -> Iterator[None]:
    begun = _begin(name, kind, current_ids(), _current.get())
    begun.attributes.update(attributes)
    token = _current.set(begun)
    try:
        yield
    except BaseException as error:
        # Its text may quote a person, or an address with a token.
        begun.attributes.setdefault("outcome", type(error).__name__)
        begun.has_failed = True
        raise
    finally:
        _current.reset(token)
        begun.attributes.setdefault("outcome", "ok")
        _end(begun)


def _begin(name: str, kind: Kind, ids: Mapping[str, object], parent: Span | None = None) -> Span:
    trace_id, first_id = _ids_of(ids)
    return Span(
        name=name,
        kind=kind,
        trace_id=parent.trace_id if parent else trace_id,
        span_id=secrets.randbits(64) or 1,
        parent_id=parent.span_id if parent else first_id,
        begun=time.time_ns(),
        attributes={key: str(value) for key, value in ids.items() if value is not None},
    )


def _ids_of(ids: Mapping[str, object]) -> tuple[int, int]:
    """Those of the trace, and of its first span. A job of an earlier version has no request id, but its own."""
    known = ids.get("request") or ids.get("job") or secrets.token_hex(8)
    digest = hashlib.sha256(str(known).encode()).digest()
    return int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])


def _end(ended: Span, seconds: float | None = None) -> None:
    ended.ended = time.time_ns()
    if seconds is not None:
        ended.begun = ended.ended - int(seconds * 1e9)
    if _recorder:
        _recorder.record(ended)
