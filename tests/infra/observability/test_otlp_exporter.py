"""Rate limit of the warning that a collector accepts nothing."""

from collections.abc import Sequence

from loguru import logger
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from infra.observability.otlp_exporter import ReportingExporter


class Refusing(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002 - the base class's
        return SpanExportResult.FAILURE


def log_lines(exporter: ReportingExporter, batches: int) -> list[str]:
    """Return the log of refused batches of one span."""
    lines: list[str] = []
    sink = logger.add(lines.append, format="{level} {message}")
    try:
        for _ in range(batches):
            assert exporter.export([ReadableSpan("lost")]) is SpanExportResult.FAILURE
    finally:
        logger.remove(sink)
    return lines


def test_lost_spans_are_logged_at_intervals() -> None:
    """There is one line, however many batches are refused."""
    [line] = log_lines(ReportingExporter(Refusing()), 3)
    assert line.startswith("WARNING traces not accepted by otel_endpoint: 1 spans lost")


def test_lost_spans_are_logged_again_later() -> None:
    """The second line has the number lost since the first."""
    lines = log_lines(ReportingExporter(Refusing(), silence=0), 2)
    assert [": 1 spans lost" in line for line in lines] == [True, True]
