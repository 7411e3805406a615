"""Metrics of calls to fal: duration and kind of error."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from infra.errors import FailureKind, ProviderError
from infra.observability.metrics import Meter
from infra.observability.tracing import call as span_of_call
from infra.observability.tracing import note

# Label of a call to the queue, by HTTP method.
_QUEUE_CALLS = {"POST": "submit", "GET": "follow", "PUT": "cancel"}


class Calls:
    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    @contextmanager
    def measured(self, call: str) -> Iterator[None]:
        """Measure a call and count the error that it raises. For an error response call `refuse` within it."""
        with span_of_call(f"fal {call}"):
            try:
                with self._meter.timed("darkroom_fal_seconds", call=call):
                    yield
            except ProviderError as error:
                self.refuse(call, error.kind)
                raise
            except httpx.TimeoutException:
                self.refuse(call, FailureKind.TOO_SLOW)
                raise
            except (httpx.HTTPError, httpx.StreamError):
                self.refuse(call, FailureKind.PROVIDER_DOWN)
                raise

    def refuse(self, call: str, kind: FailureKind) -> None:
        note(outcome=kind.value)
        self._meter.count("darkroom_fal_errors_total", call=call, kind=kind.value)


def name_of(method: str, *, is_queue: bool) -> str:
    """Return the label of a call."""
    return _QUEUE_CALLS.get(method, "other") if is_queue else "upload"
