"""Spans go to a collector by OTLP over HTTP. https://opentelemetry.io/docs/specs/otlp/#otlphttp

OpenTelemetry's packages, which are an extra, are imported here alone. A thread of theirs sends a batch every few
seconds; what finds no room or no collector is dropped.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from types import MappingProxyType

from loguru import logger
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from infra.observability.span import Span
from infra.process.version import read_version

_KINDS = MappingProxyType(
    {"internal": SpanKind.INTERNAL, "server": SpanKind.SERVER, "client": SpanKind.CLIENT}
)
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_SCOPE = InstrumentationScope("darkroom")
# Seconds for one batch, with what is tried again.
_TIMEOUT = 10
# Seconds between two lines about a collector that is away.
_SILENCE = 600


class Collector:
    """`endpoint` is the collector's base URL; `/v1/traces` is added to it."""

    def __init__(self, endpoint: str, service: str, environment: str) -> None:
        # They say each failure with a traceback, or twice a batch; one line of ours is enough.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        self._resource = Resource.create(
            {
                "service.name": service,
                "service.version": read_version()["version"],
                "deployment.environment.name": environment,
            }
        )
        exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=_TIMEOUT)
        self._batches = BatchSpanProcessor(ReportingExporter(exporter))

    def record(self, span: Span) -> None:
        self._batches.on_end(self._readable(span))

    async def flush(self, seconds: float) -> None:
        # It takes no heed of a time-out, so that it is left behind in a thread which nobody waits for.
        sending = threading.Thread(target=self._batches.force_flush, daemon=True)
        sending.start()
        until = time.monotonic() + seconds
        while sending.is_alive() and time.monotonic() < until:  # noqa: ASYNC110 - it may outlive the loop of an event
            await asyncio.sleep(0.02)

    def _readable(self, span: Span) -> ReadableSpan:
        return ReadableSpan(
            name=span.name,
            context=_context(span.trace_id, span.span_id),
            parent=_context(span.trace_id, span.parent_id) if span.parent_id else None,
            resource=self._resource,
            attributes={f"darkroom.{name}": value for name, value in span.attributes.items()},
            kind=_KINDS[span.kind],
            instrumentation_scope=_SCOPE,
            status=Status(StatusCode.ERROR) if span.has_failed else Status(),
            start_time=span.begun,
            end_time=span.ended,
        )


class ReportingExporter(SpanExporter):
    """Says that spans do not arrive, once in a while."""

    def __init__(self, exporter: SpanExporter, silence: float = _SILENCE) -> None:
        self._exporter = exporter
        self._silence = silence
        self._lost = 0
        self._quiet_until = 0.0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            self._report(len(spans))
        return result

    def _report(self, lost: int) -> None:
        self._lost += lost
        now = time.monotonic()
        if now < self._quiet_until:
            return
        self._quiet_until = now + self._silence
        logger.warning(
            "Traces do not arrive at otel_endpoint (spans lost: {}); all else goes on."
            " Is a collector running there that takes OTLP over HTTP? Said every {:g} minutes at most.",
            self._lost,
            self._silence / 60,
        )
        self._lost = 0

    def shutdown(self) -> None:
        self._exporter.shutdown()


def _context(trace_id: int, span_id: int) -> SpanContext:
    return SpanContext(trace_id, span_id, is_remote=False, trace_flags=_SAMPLED)
