"""Texts on waiting: elapsed and usual time, problems, and the progress of a cancellation. Pure."""

import math

from infra.errors import FailureKind
from infra.i18n import Phrases
from worker.jobs.refetch import UNFETCHED
from worker.model import ACTIVE, AT_FAL, Cancellation, Job, Status

# Seconds from which the elapsed time advances in steps of this size: a group allows twenty edits a minute.
_STEPS = ((120, 30), (30, 10), (0, 5))
# Seconds from which an estimate is rounded to a multiple of this size.
_KIND_STEPS = ((300, 60), (60, 15), (10, 5), (0, 1))
# The problem that a card names: users see all problems on the way to fal as one.
_PROBLEMS: dict[str, FailureKind] = {
    FailureKind.BUSY: FailureKind.BUSY,
    FailureKind.PROVIDER_DOWN: FailureKind.PROVIDER_DOWN,
    FailureKind.TOO_SLOW: FailureKind.PROVIDER_DOWN,
    FailureKind.STORAGE: FailureKind.STORAGE,
    FailureKind.PICTURE_GONE: FailureKind.PICTURE_GONE,
    FailureKind.RESULT_UNREACHABLE: FailureKind.RESULT_UNREACHABLE,
    FailureKind.RESULT_UNSTORED: FailureKind.RESULT_UNSTORED,
    FailureKind.BROKEN_RESULT: FailureKind.BROKEN_RESULT,
}
# Without the statuses that are not retried: an unconfirmed job is looked up at fal, a collected result is being sent.
_TRIED_AGAIN = ACTIVE - {Status.UNCONFIRMED, Status.COLLECTED, Status.DELIVERING}
_IN_DOUBT = frozenset({Status.SUBMITTING, Status.UNCONFIRMED})


def elapsed_text(t: Phrases, seconds: int) -> str:
    return t.plain("elapsed", minutes=seconds // 60, seconds=seconds % 60)


def wait_so_far(t: Phrases, job: Job, now: float) -> str | None:
    """Say how long fal has had the job, and whether that is usual; None if there is nothing to say yet."""
    seconds = max(0.0, now - (job.submitted_at or job.created_at))
    elapsed = _shown(seconds)
    if job.usual is None:
        return t("wait-elapsed", elapsed=elapsed_text(t, elapsed)) if elapsed else None
    if seconds > max(job.usual * 1.5, job.usual + 5):
        return t("wait-longer", elapsed=elapsed_text(t, elapsed))
    usual = elapsed_text(t, kindly(job.usual))
    if not elapsed:
        return t("wait-usual", usual=usual)
    return t("wait-elapsed-of", elapsed=elapsed_text(t, elapsed), usual=usual)


def step_so_far(t: Phrases, job: Job, now: float) -> str | None:
    """Say how long the current step has taken; None if there is nothing to say yet."""
    elapsed = _shown(max(0.0, now - job.updated_at))
    return t("wait-elapsed", elapsed=elapsed_text(t, elapsed)) if elapsed else None


def problem_text(t: Phrases, job: Job, now: float) -> str | None:
    """Say why a job waits and how long it is still retried; None without a known problem."""
    problem = job.problem if job.status in _TRIED_AGAIN else None
    kind = _PROBLEMS.get(problem.kind) if problem else None
    if kind is None:
        return None
    return t(f"problem-{kind}", left=time_left(t, job, now), input=job.request.input_kind)


def time_left(t: Phrases, job: Job, now: float) -> str:
    """Format the time until the deadline in whole minutes; a time of day would depend on the reader's time zone."""
    minutes = max(1, math.ceil(((job.deadline or now) - now) / 60))
    return elapsed_text(t, minutes * 60)


def too_late_to_cancel(t: Phrases, job: Job, now: float) -> str:
    """Say in plain text what will come: the result, or half an hour of retries."""
    kind = _PROBLEMS.get(job.problem.kind) if job.problem else None
    if kind in UNFETCHED or kind is FailureKind.BROKEN_RESULT:
        return t.plain(f"cancel-too-late-{kind}", left=time_left(t, job, now))
    return t.plain("cancel-too-late")


def kindly(seconds: float) -> int:
    """Round seconds for reading, to at least one."""
    step = next(step for beginning, step in _KIND_STEPS if seconds >= beginning)
    return max(1, round(seconds / step) * step)


def cancelling(t: Phrases, job: Job) -> str:
    """Say how far the cancellation of an active job is."""
    if job.cancellation is Cancellation.REQUESTED:
        return t("cancelling-requested")
    if job.status in _IN_DOUBT:
        return t("cancelling-in-doubt")
    return t("cancelling-at-fal" if job.status in AT_FAL else "cancelling")


def cancelled(t: Phrases, job: Job) -> str:
    """Say how a job was cancelled, and whether it may have cost something."""
    return t(f"cancelled-{job.cancellation or Cancellation.UNKNOWN}")


def _shown(seconds: float) -> int:
    step = next(step for beginning, step in _STEPS if seconds >= beginning)
    return int(seconds) // step * step
