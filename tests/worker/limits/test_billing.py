import pytest

from infra.errors import FailureKind
from worker.limits.billing import is_charged
from worker.model import AT_FAL, Cancellation, Status


@pytest.mark.parametrize("left", [Status.CREATED, Status.PREPARING, Status.SUBMITTING])
def test_unaccepted_job_costs_nothing(left: Status) -> None:
    """Cancelled before the POST, or refused by its response."""
    assert not is_charged({left}, Status.FAILED, FailureKind.BAD_INPUT)
    assert not is_charged({left}, Status.CANCELLED)


@pytest.mark.parametrize(
    ("kind", "charged"),
    [
        (FailureKind.PROVIDER_DOWN, False),
        (FailureKind.TOO_SLOW, False),
        (FailureKind.BUSY, False),
        (FailureKind.MODERATION, True),
        (FailureKind.BAD_INPUT, True),
        (FailureKind.UNKNOWN, True),
    ],
)
def test_failure_costs_unless_it_is_fals(kind: FailureKind, charged: bool) -> None:  # noqa: FBT001 - a row of the table
    """A 5xx is never charged, a 422 may be."""
    assert is_charged(AT_FAL, Status.FAILED, kind) is charged


def test_undownloaded_result_costs() -> None:
    """For every reason of the failed download."""
    assert is_charged({Status.COLLECTING}, Status.FAILED, FailureKind.PROVIDER_DOWN)


def test_unknown_outcome_costs() -> None:
    """It is unknown whether it arrived, or how far it came before the cancel."""
    assert is_charged({Status.UNCONFIRMED}, Status.FAILED, "unconfirmed")
    assert is_charged(AT_FAL, Status.EXPIRED, FailureKind.TOO_SLOW)
    assert is_charged(AT_FAL, Status.CANCELLED, cancellation=Cancellation.UNKNOWN)


def test_job_cancelled_in_fals_queue_is_free() -> None:
    """A job that left the queue never ran, and a run that fal stopped has no result, which fal would bill."""
    for outcome in (Cancellation.REMOVED, Cancellation.STOPPED):
        assert not is_charged(AT_FAL, Status.CANCELLED, cancellation=outcome)
