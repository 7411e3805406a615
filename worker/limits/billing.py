"""Which ended jobs fal charges for: never for a 5xx or for time in its queue, perhaps for a 422.

https://docs.fal.ai/model-apis/errors
"""

from collections.abc import Collection

from infra.errors import FailureKind
from worker.model import AT_FAL, UNPOSTED, Cancellation, Status

#: fal did not receive the job; one that fal may have received becomes unconfirmed first.
_NOT_SUBMITTED = UNPOSTED | {Status.SUBMITTING}
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
    """Return whether a job that ended out of one of these statuses is charged; in doubt it is."""
    if _NOT_SUBMITTED.issuperset(left) or cancellation in _NEVER_RUN:
        return False
    failed_at_fal = ended is Status.FAILED and AT_FAL.issuperset(left)
    return not (failed_at_fal and failure in _NEVER_CHARGED)
