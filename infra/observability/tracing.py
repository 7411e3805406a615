"""Traces: durations of steps, recorded if `otel_endpoint` is set and sent by otlp_exporter.py.

The ids of a trace and of its first span are derived from the request id, which follows an update from webhook_app to
the end of its job, so no record and no queue has to carry them. A span contains ids, fixed names and outcomes only.
https://opentelemetry.io/docs/concepts/signals/traces/
"""

import contextlib
import hashlib
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextvars import ContextVar
from importlib.metadata import version
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags

from infra.observability.request_id import current_ids
from infra.settings import Settings

if TYPE_CHECKING:
    from infra.observability.otlp_exporter import Exporter

_MISSING = (
    "otel_endpoint is set, but OpenTelemetry's SDK is not installed. Install it in the version of its API"
    " (.venv/bin/pip install 'opentelemetry-sdk=={0}' 'opentelemetry-exporter-otlp-proto-http=={0}'),"
    " or remove otel_endpoint from the settings."
)
# Seconds: a process that ends waits this long for the collector, then unsent spans are lost.
_LAST_PATIENCE = 2
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)

# The API's tracer: it records nothing until `setup` has installed the SDK.
_tracer = trace.get_tracer("darkroom")
_exporter: "Exporter | None" = None
# Names of the attributes set by `note` in the current span: a span of the API cannot be read.
_noted: ContextVar[set[str] | None] = ContextVar("noted", default=None)
_NOTHING = contextlib.nullcontext()


def setup(settings: Settings, process_name: str) -> None:
    """Record from now on if otel_endpoint is set. Exit with a message if the SDK is not installed."""
    global _exporter  # noqa: PLW0603 - a process has one, as it has one log
    if settings.otel_endpoint is None or _exporter:
        return
    try:
        # The SDK is an optional dependency.
        from infra.observability.otlp_exporter import Exporter
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        sys.exit(_MISSING.format(version("opentelemetry-api")))
    _exporter = Exporter(settings.otel_endpoint, f"darkroom-{process_name}", settings.app_env)
    trace.set_tracer_provider(_exporter.provider)


@contextlib.asynccontextmanager
async def flushing() -> AsyncIterator[None]:
    """Send all recorded spans on exit, within a time limit."""
    try:
        yield
    finally:
        if _exporter:
            await _exporter.flush(_LAST_PATIENCE)


def span(name: str, **attributes: str) -> contextlib.AbstractContextManager[None]:
    """Record a step of this service, as a child of the current span or else of the request's first."""
    return measured_span(name, SpanKind.INTERNAL, attributes) if _exporter else _NOTHING


def call(name: str, **attributes: str) -> contextlib.AbstractContextManager[None]:
    """Record a call to another service, only within a span: most polls of a job find nothing new."""
    is_inside = _exporter and trace.get_current_span().is_recording()
    return measured_span(name, SpanKind.CLIENT, attributes) if is_inside else _NOTHING


def note(**attributes: str) -> None:
    """Add attributes to the current span."""
    if (noted := _noted.get()) is not None:
        noted.update(attributes)
        trace.get_current_span().set_attributes(_named(attributes))


def record_first(name: str, seconds: float) -> None:
    """Record the first span of the current request's trace, which ends now. Call it once a request."""
    if _exporter:
        ids = current_ids()
        with _exporter.first(first_span_of_trace(ids)):
            record_span(name, seconds, ids, Context(), SpanKind.SERVER)


def record(name: str, seconds: float, ids: Mapping[str, object], **attributes: str) -> None:
    """Record a span for these ids that ends now and was not open before, such as a job's wait."""
    if _exporter:
        record_span(
            name,
            seconds,
            {**ids, **attributes},
            _within(first_span_of_trace(ids)),
            SpanKind.INTERNAL,
        )


def record_span(
    name: str, seconds: float, attributes: Mapping[str, object], context: Context, kind: SpanKind
) -> None:
    now = time.time_ns()
    ended = _tracer.start_span(
        name, context, kind, _named(attributes), start_time=now - int(seconds * 1e9)
    )
    ended.end(now)


@contextlib.contextmanager
def measured_span(name: str, kind: SpanKind, attributes: Mapping[str, str]) -> Iterator[None]:
    ids = current_ids()
    context = None if trace.get_current_span().is_recording() else _within(first_span_of_trace(ids))
    with _tracer.start_as_current_span(
        name,
        context,
        kind,
        _named({**ids, "outcome": "ok", **attributes}),
        # An error's message may quote a user, or contain a URL with a token.
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        noted: set[str] = set()
        token = _noted.set(noted)
        try:
            yield
        except BaseException as error:
            if "outcome" not in noted:
                current.set_attributes(_named({"outcome": type(error).__name__}))
            current.set_status(StatusCode.ERROR)
            raise
        finally:
            _noted.reset(token)


def first_span_of_trace(ids: Mapping[str, object]) -> SpanContext:
    """Return the first span of these ids' trace. A job of an earlier version has no request id; its own id is used."""
    known = ids.get("request") or ids.get("job") or secrets.token_hex(8)
    digest = hashlib.sha256(str(known).encode()).digest()
    trace_id, span_id = int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=_SAMPLED)


def _within(parent: SpanContext) -> Context:
    return trace.set_span_in_context(NonRecordingSpan(parent), Context())


def _named(attributes: Mapping[str, object]) -> dict[str, str]:
    return {
        f"darkroom.{name}": str(value) for name, value in attributes.items() if value is not None
    }
