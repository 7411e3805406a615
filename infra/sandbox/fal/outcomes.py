from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

from infra.sandbox.fal.errors import Failure
from infra.sandbox.fal.records import Bill, Record

_UNITS = "X-Fal-Billable-Units"
_REFUSED_INPUT = 422


@dataclass(frozen=True)
class Outcome:
    """Final result of a request, as the result URL returns it."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    error_type: str | None = None
    bill: Bill | None = None

    @classmethod
    def made(
        cls, output: Mapping[str, Any], bill: Bill, headers: Mapping[str, str] | None = None
    ) -> "Outcome":
        return cls(200, to_json(output), {**(headers or {}), _UNITS: _plain(bill.units)}, bill=bill)

    @classmethod
    def of(cls, failure: Failure) -> "Outcome":
        # The input is echoed, and may contain numbers that JSON does not have.
        body = to_json(failure.body, inf_nan_mode="null")
        # Only a refused input is reported as billed with nothing; fal never bills its own failures.
        units = {_UNITS: "0"} if failure.status == _REFUSED_INPUT else {}
        headers = {**failure.headers, **units}
        return cls(failure.status, body, headers, failure.error, failure.error_type)

    def write_to(self, record: Record) -> None:
        record.status = self.status
        record.result = self.body
        record.headers = dict(self.headers)
        record.error = self.error
        record.error_type = self.error_type
        if self.bill is not None:
            record.billed += 1
            record.bill = self.bill


def _plain(units: float) -> str:
    """Write a number of units without an exponent and without needless zeros."""
    return f"{units:.6f}".rstrip("0").rstrip(".")
