"""Export of spans to a collector by OTLP over HTTP. https://opentelemetry.io/docs/specs/otlp/#otlphttp

Only this module imports OpenTelemetry's SDK, an optional dependency. A thread sends a batch every few seconds; spans
are dropped when the buffer is full or the collector does not accept them.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextvars import ContextVar

from loguru import logger
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanContext

from infra.process.version import read_version

# Seconds for one batch, including retries.
_TIMEOUT = 10
# Seconds between two log lines about a collector that is not available.
_SILENCE = 600


class Exporter:
    """`endpoint` is the collector's base URL; `/v1/traces` is added to it."""

    def __init__(self, endpoint: str, service: str, environment: str) -> None:
        # They log each failure with a traceback, or twice a batch; ReportingExporter logs it instead.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        self._ids = _Ids()
        self._batches = BatchSpanProcessor(
            ReportingExporter(OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=_TIMEOUT))
        )
        self.provider = TracerProvider(
            resource=Resource.create(
                {
                    "service.name": service,
                    "service.version": read_version()["version"],
                    "deployment.environment.name": environment,
                }
            ),
            id_generator=self._ids,
            # The SDK's own shutdown waits for the collector without a limit; `flush` has one.
            shutdown_on_exit=False,
        )
        self.provider.add_span_processor(self._batches)

    def first(self, span: SpanContext) -> contextlib.AbstractContextManager[None]:
        """Give the next span without a parent these ids."""
        return self._ids.given(span)

    async def flush(self, seconds: float) -> None:
        # force_flush ignores its timeout, so it runs in a daemon thread that may be abandoned.
        sending = threading.Thread(target=self._batches.force_flush, daemon=True)
        sending.start()
        until = time.monotonic() + seconds
        while sending.is_alive() and time.monotonic() < until:  # noqa: ASYNC110 - the thread may outlive the loop
            await asyncio.sleep(0.02)


class _Ids(RandomIdGenerator):
    """Generates random ids, except for a request's first span, whose ids are derived from the request id."""

    def __init__(self) -> None:
        self._given: ContextVar[SpanContext | None] = ContextVar("given", default=None)

    @contextlib.contextmanager
    def given(self, span: SpanContext) -> Iterator[None]:
        token = self._given.set(span)
        try:
            yield
        finally:
            self._given.reset(token)

    def generate_trace_id(self) -> int:
        given = self._given.get()
        return given.trace_id if given else super().generate_trace_id()

    def generate_span_id(self) -> int:
        given = self._given.get()
        return given.span_id if given else super().generate_span_id()


class ReportingExporter(SpanExporter):
    """Logs that spans are lost, at most once in `silence` seconds."""

    def __init__(self, exporter: SpanExporter, silence: float = _SILENCE) -> None:
        self._exporter = exporter
        self._silence = silence
        self._lost = 0
        self._quiet_until = 0.0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            return result
        self._lost += len(spans)
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + self._silence
            logger.warning(
                "traces not accepted by otel_endpoint: {} spans lost."
                " Check that a collector for OTLP over HTTP runs there. Logged at most every {:g} minutes.",
                self._lost,
                self._silence / 60,
            )
            self._lost = 0
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()
