"""A job as a row of the dashboard, in the user's language."""

from infra.errors import FailureKind
from infra.fal.models.catalogue import model_title
from infra.i18n import Phrases
from worker.model import ACTIVE, CANCELLABLE, TERMINAL, WAITED_TOO_LONG, Job, Status

_TONES = {Status.DONE: "good", **dict.fromkeys(TERMINAL - {Status.DONE}, "bad")}
_NAMED_FAILURES = {*FailureKind, Status.UNCONFIRMED, WAITED_TOO_LONG}


class JobRow:
    def __init__(self, job: Job, t: Phrases, now: float) -> None:
        is_failure = job.status is Status.FAILED and job.failure
        self.job = job
        self.status = t.plain("page-status-kept" if job.kept else f"page-status-{job.status}")
        self.why = failure_in_words(job.failure, t) if is_failure and job.failure else None
        self.tone = _TONES.get(job.status, "busy")
        self.age = age_in_words((job.finished_at or now) - job.created_at, t)
        self.model = model_title(job.request.model)
        self.has_picture = job.shown_file is not None
        self.can_be_cancelled = job.status in CANCELLABLE and not job.cancel_requested
        self.is_being_cancelled = job.status in ACTIVE and job.cancel_requested


def failure_in_words(failure: str, t: Phrases) -> str:
    """Return the failure as text. All failures of an input image share one text; unknown ones have their own."""
    if failure not in _NAMED_FAILURES:
        return t.plain("failed-unknown")
    is_picture = failure in set(FailureKind) and FailureKind(failure).blames_picture
    return t.plain("failed-picture" if is_picture else f"failed-{failure}")


def age_in_words(seconds: float, t: Phrases) -> str:
    whole = max(0, int(seconds))
    for key, unit in (("page-days", 24 * 3600), ("page-hours", 3600), ("page-minutes", 60)):
        if whole >= 2 * unit or (unit == 60 and whole >= unit):
            return t.plain(key, count=whole // unit)
    return t.plain("page-seconds", count=whole)
