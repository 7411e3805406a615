from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

from infra.sandbox.fal.errors import Failure
from infra.sandbox.fal.records import Record


@dataclass(frozen=True)
class Outcome:
    """Final result of a request, as the result URL returns it."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    error_type: str | None = None

    @classmethod
    def made(cls, output: Mapping[str, Any], units: float) -> "Outcome":
        return cls(200, to_json(output), {"X-Fal-Billable-Units": f"{units:g}"})

    @classmethod
    def of(cls, failure: Failure) -> "Outcome":
        # The input is echoed, and may contain numbers that JSON does not have.
        body = to_json(failure.body, inf_nan_mode="null")
        return cls(failure.status, body, failure.headers, failure.error, failure.error_type)

    def write_to(self, record: Record) -> None:
        record.status = self.status
        record.result = self.body
        record.headers = dict(self.headers)
        record.error = self.error
        record.error_type = self.error_type
        record.billed += self.status < 300
