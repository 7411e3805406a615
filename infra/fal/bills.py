"""What fal bills for a task: the units of its result, each at the unit price of the endpoint.

https://fal.ai/docs/model-apis/model-endpoints/queue
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

_UNITS = "X-Fal-Billable-Units"
_BILLED_AS = "x-fal-bill-as"


@dataclass(frozen=True, slots=True)
class Bill:
    """`endpoint` is the one whose price applies, None if it is that of the order."""

    units: float
    endpoint: str | None = None


def read_bill(headers: Mapping[str, str]) -> Bill | None:
    """Parse the headers of a result; only the result call has them."""
    try:
        units = float(headers.get(_UNITS, ""))
    except ValueError:
        return None
    if not math.isfinite(units) or units < 0:
        return None
    return Bill(units, headers.get(_BILLED_AS) or None)
