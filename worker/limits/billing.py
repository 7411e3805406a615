"""What fal charges for an ended job: its bill, and without one never a 5xx or time in its queue, perhaps a 422.

https://docs.fal.ai/model-apis/errors
"""

from collections.abc import Collection

from infra.errors import FailureKind
from infra.fal.bills import Bill
from infra.fal.models.catalogue import MODELS
from worker.model import AT_FAL, UNPOSTED, Cancellation, Status

#: fal did not receive the job; one that fal may have received becomes unconfirmed first.
_NOT_SUBMITTED = UNPOSTED | {Status.SUBMITTING}
#: fal bills results only, and a run that it stopped has none; one that completed nevertheless has a bill.
#: https://fal.ai/docs/documentation/model-apis/pricing
_NO_RESULT = frozenset({Cancellation.UNSENT, Cancellation.REMOVED, Cancellation.STOPPED})
_NEVER_CHARGED = frozenset(
    {
        FailureKind.PROVIDER_DOWN,
        FailureKind.BUSY,
        FailureKind.TOO_SLOW,
        FailureKind.KEY,
        FailureKind.BALANCE,
    }
)


def charge(model: str, bill: Bill | None) -> dict[str, float]:
    """Return the fields of a job that fal has billed; none if the bill or the unit price is not known."""
    if bill is None:
        return {}
    row = MODELS.get(bill.endpoint or model)
    unit_price = row.price.dollars if row else None
    if unit_price is None:
        return {"units": 0, "cost": 0} if bill.units == 0 else {}
    return {"units": bill.units, "cost": round(unit_price * bill.units, 6)}


def is_charged(
    left: Collection[Status],
    ended: Status,
    failure: str | None = None,
    cancellation: Cancellation | None = None,
) -> bool:
    """Return whether a job that ended out of one of these statuses is charged; in doubt it is."""
    if _NOT_SUBMITTED.issuperset(left) or cancellation in _NO_RESULT:
        return False
    failed_at_fal = ended is Status.FAILED and AT_FAL.issuperset(left)
    return not (failed_at_fal and failure in _NEVER_CHARGED)
