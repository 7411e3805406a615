import pytest

from infra.errors import FailureKind
from worker.limits.billing import is_charged
from worker.model import AT_FAL, Cancellation, Status


@pytest.mark.parametrize("left", [Status.CREATED, Status.PREPARING, Status.SUBMITTING])
def test_what_fal_never_took_costs_nothing(left: Status) -> None:
    """Cancelled before the POST, or refused by its answer."""
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
def test_a_failure_at_fal_costs_unless_it_is_fals_own(kind: FailureKind, charged: bool) -> None:  # noqa: FBT001 - a row of the table
    """A 5xx is never charged, a 422 may be."""
    assert is_charged(AT_FAL, Status.FAILED, kind) is charged


def test_a_result_that_could_not_be_fetched_was_paid_for() -> None:
    """Whatever kept it from us."""
    assert is_charged({Status.COLLECTING}, Status.FAILED, FailureKind.PROVIDER_DOWN)


def test_in_doubt_it_costs() -> None:
    """Nobody knows whether it arrived, or how far it came before it was called off."""
    assert is_charged({Status.UNCONFIRMED}, Status.FAILED, "unconfirmed")
    assert is_charged(AT_FAL, Status.EXPIRED, FailureKind.TOO_SLOW)
    assert is_charged(AT_FAL, Status.CANCELLED, cancellation=Cancellation.STOPPED)


def test_time_in_fals_queue_is_free() -> None:
    """What was taken out of it never ran."""
    assert not is_charged(AT_FAL, Status.CANCELLED, cancellation=Cancellation.REMOVED)
