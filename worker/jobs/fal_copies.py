"""What remains of a job at fal, and until when: it cannot be deleted there with the key of the API."""

import math
from dataclasses import dataclass

from infra.fal.stored_data import REQUEST_SECONDS, StoredData
from worker.model import Cancellation, Job, Status


@dataclass(frozen=True, slots=True)
class FalCopies:
    """Times until which fal stores the files and the request; 0: it has none, infinity: for ever."""

    files: float = 0
    request: float = 0


def fal_copies(job: Job, now: float) -> FalCopies:
    in_doubt = job.failure == Status.UNCONFIRMED or job.cancellation is Cancellation.UNKNOWN
    may_be_sent = job.submitted_at is not None or in_doubt
    if not may_be_sent and not job.picture_urls:
        return FalCopies()
    # Jobs of an earlier version did not limit it.
    keeps, ended = job.fal_keeps or StoredData(), job.finished_at or job.updated_at
    files = ended + keeps.media_seconds if keeps.media_days else math.inf
    request = ended + REQUEST_SECONDS if may_be_sent and keeps.requests else 0
    return FalCopies(files if files > now else 0, request if request > now else 0)
