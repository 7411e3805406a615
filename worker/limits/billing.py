"""Whether fal charges for a job that has ended: never for a 5xx nor for the time in its queue, perhaps for a 422.

https://docs.fal.ai/model-apis/errors
"""

from collections.abc import Collection

from infra.errors import FailureKind
from worker.model import AT_FAL, Cancellation, Status

#: The submit has not come to anything; what may have arrived is unconfirmed first.
_NOT_SUBMITTED = frozenset({Status.CREATED, Status.PREPARING, Status.SUBMITTING})
_NEVER_RUN = frozenset({Cancellation.UNSENT, Cancellation.REMOVED})
_NEVER_CHARGED = frozenset(
    {
        FailureKind.PROVIDER_DOWN,
        FailureKind.BUSY,
        FailureKind.TOO_SLOW,
        FailureKind.KEY,
        FailureKind.BALANCE,
    }
)


def is_charged(
    left: Collection[Status],
    ended: Status,
    failure: str | None = None,
    cancellation: Cancellation | None = None,
) -> bool:
    """Whether an end out of one of these statuses costs what was expected; in doubt it does."""
    if _NOT_SUBMITTED.issuperset(left) or cancellation in _NEVER_RUN:
        return False
    failed_at_fal = ended is Status.FAILED and AT_FAL.issuperset(left)
    return not (failed_at_fal and failure in _NEVER_CHARGED)
