"""An honest wait: how long it has been, how long it usually takes, and what becomes of a wish to cancel. Pure."""

import math

from infra.errors import FailureKind
from infra.i18n import Phrases
from worker.jobs.refetch import UNFETCHED
from worker.model import ACTIVE, AT_FAL, Cancellation, Job, Status

# A new second is no news, and a group bears twenty edits a minute: from so many seconds on, steps of so many.
_STEPS = ((120, 30), (30, 10), (0, 5))
# Nobody counts the seconds of minutes: from so many seconds on, rounded to so many.
_KIND_STEPS = ((300, 60), (60, 15), (10, 5), (0, 1))
# What a card says of what a step waits out: to a person all trouble on the way to fal is one.
_TROUBLES: dict[str, FailureKind] = {
    FailureKind.BUSY: FailureKind.BUSY,
    FailureKind.PROVIDER_DOWN: FailureKind.PROVIDER_DOWN,
    FailureKind.TOO_SLOW: FailureKind.PROVIDER_DOWN,
    FailureKind.STORAGE: FailureKind.STORAGE,
    FailureKind.PICTURE_GONE: FailureKind.PICTURE_GONE,
    FailureKind.RESULT_UNREACHABLE: FailureKind.RESULT_UNREACHABLE,
    FailureKind.RESULT_UNSTORED: FailureKind.RESULT_UNSTORED,
    FailureKind.BROKEN_RESULT: FailureKind.BROKEN_RESULT,
}
# Of those that are tried again: whether fal has an unconfirmed job is asked, and what is sent is on its way.
_TRIED_AGAIN = ACTIVE - {Status.UNCONFIRMED, Status.COLLECTED, Status.DELIVERING}
_IN_DOUBT = frozenset({Status.SUBMITTING, Status.UNCONFIRMED})


def elapsed_text(say: Phrases, seconds: int) -> str:
    return say.plain("elapsed", minutes=seconds // 60, seconds=seconds % 60)


def wait_so_far(say: Phrases, job: Job, now: float) -> str | None:
    """How long fal has had the job, and whether that is usual; None when there is nothing to say yet."""
    seconds = max(0.0, now - (job.submitted_at or job.created_at))
    elapsed = _shown(seconds)
    if job.usual is None:
        return say("wait-elapsed", elapsed=elapsed_text(say, elapsed)) if elapsed else None
    if seconds > max(job.usual * 1.5, job.usual + 5):
        return say("wait-longer", elapsed=elapsed_text(say, elapsed))
    usual = elapsed_text(say, kindly(job.usual))
    if not elapsed:
        return say("wait-usual", usual=usual)
    return say("wait-elapsed-of", elapsed=elapsed_text(say, elapsed), usual=usual)


def step_so_far(say: Phrases, job: Job, now: float) -> str | None:
    """How long the step has taken that the job is in; None when there is nothing to say yet."""
    elapsed = _shown(max(0.0, now - job.updated_at))
    return say("wait-elapsed", elapsed=elapsed_text(say, elapsed)) if elapsed else None


def trouble_text(say: Phrases, job: Job, now: float) -> str | None:
    """Why a job waits, and for how long it is still tried; None: nothing is known to keep it."""
    kind = _trouble(job) if job.status in _TRIED_AGAIN else None
    return say(f"trouble-{kind}", left=time_left(say, job, now)) if kind else None


def _trouble(job: Job) -> FailureKind | None:
    return _TROUBLES.get(job.trouble.kind) if job.trouble else None


def time_left(say: Phrases, job: Job, now: float) -> str:
    """Until the deadline, in whole minutes: a clock's time would be another one for half the readers."""
    minutes = max(1, math.ceil(((job.deadline or now) - now) / 60))
    return elapsed_text(say, minutes * 60)


def too_late_to_cancel(say: Phrases, job: Job, now: float) -> str:
    """What is there to come, plain: the result, or half an hour of tries."""
    kind = _trouble(job)
    if kind in UNFETCHED or kind is FailureKind.BROKEN_RESULT:
        return say.plain(f"cancel-too-late-{kind}", left=time_left(say, job, now))
    return say.plain("cancel-too-late")


def kindly(seconds: float) -> int:
    """As one would say it, never less than a second."""
    step = next(step for beginning, step in _KIND_STEPS if seconds >= beginning)
    return max(1, round(seconds / step) * step)


def cancelling(say: Phrases, job: Job) -> str:
    """How far the wish to cancel an active job has come."""
    if job.cancellation is Cancellation.REQUESTED:
        return say("cancelling-requested")
    if job.status in _IN_DOUBT:
        return say("cancelling-in-doubt")
    return say("cancelling-at-fal" if job.status in AT_FAL else "cancelling")


def cancelled(say: Phrases, job: Job) -> str:
    """How a job was cancelled, and whether it may have cost something."""
    return say(f"cancelled-{job.cancellation or Cancellation.UNKNOWN}")


def _shown(seconds: float) -> int:
    step = next(step for beginning, step in _STEPS if seconds >= beginning)
    return int(seconds) // step * step
