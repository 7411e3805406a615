"""An OTLP collector on loopback that decodes what it receives. https://opentelemetry.io/docs/specs/otlp/#otlphttp"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class ReceivedSpan:
    name: str
    service: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str]
    has_failed: bool


@dataclass
class Collector:
    """Received spans; `bodies` are the raw request bodies."""

    url: str
    bodies: list[bytes] = field(default_factory=list)

    def spans(self) -> list[ReceivedSpan]:
        return [span for body in list(self.bodies) for span in _decode(body)]

    def named(self, name: str) -> ReceivedSpan:
        """Return the span with this name."""
        [found] = [span for span in self.spans() if span.name == name]
        return found


def _decode(body: bytes) -> Iterator[ReceivedSpan]:
    for sender in ExportTraceServiceRequest.FromString(body).resource_spans:
        of_service = {one.key: one.value.string_value for one in sender.resource.attributes}
        for span in (span for scope in sender.scope_spans for span in scope.spans):
            yield ReceivedSpan(
                name=span.name,
                service=of_service["service.name"],
                trace_id=span.trace_id.hex(),
                span_id=span.span_id.hex(),
                parent_id=span.parent_span_id.hex(),
                attributes={one.key: one.value.string_value for one in span.attributes},
                has_failed=span.status.code == span.status.STATUS_CODE_ERROR,
            )


@contextmanager
def collector() -> Iterator[Collector]:
    received = Collector("")

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_ours = self.path == "/v1/traces"
            if is_ours:
                received.bodies.append(body)
            self.send_response(200 if is_ours else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        received.url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield received
        finally:
            server.shutdown()
            serving.join()
