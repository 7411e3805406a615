"""The end of a comparison's jobs: the vote, or the models at once if there is nothing to vote on."""

from collections.abc import Sequence

from infra.fal.model import Work
from worker.comparisons.store import FEWEST, Comparison, ComparisonStore
from worker.jobs.job_set import JobSets
from worker.jobs.store import JobStore
from worker.model import TERMINAL, Job, Kind

_WORKS = {
    (Kind.IMAGE, False): Work.IMAGE,
    (Kind.IMAGE, True): Work.IMAGE_EDIT,
    (Kind.VIDEO, False): Work.VIDEO,
    (Kind.VIDEO, True): Work.IMAGE_TO_VIDEO,
}


class Comparing:
    def __init__(self, jobs: JobStore, sets: JobSets, comparisons: ComparisonStore) -> None:
        self._jobs = jobs
        self._sets = sets
        self._comparisons = comparisons

    async def begin_vote(
        self, album: Sequence[Job], job_set: Sequence[Job]
    ) -> tuple[Sequence[Job], Sequence[Job]]:
        """Let users vote for the results of the album; a single one is shown with its model, as are the others."""
        where = album[0].set_id
        # A vote that has begun goes on, also if some of its jobs have ended meanwhile.
        if not album[0].is_blind or await self._comparisons.get(where):
            return album, job_set
        if len(album) < FEWEST:
            await self._reveal(job_set)
            return _revealed(album), _revealed(job_set)
        await self._comparisons.open(comparison_of(job_set, "".join(job.letter for job in album)))
        return album, job_set

    async def end(self, job: Job) -> Job:
        """Reveal the models if all jobs of the comparison have ended without a result; return the job as it is now."""
        if not job.is_blind or job.files:
            return job
        job_set = await self._sets.members(job)
        if any(each.files or each.status not in TERMINAL for each in job_set):
            return job
        await self._reveal(job_set)
        return job.model_copy(update={"revealed": True})

    async def _reveal(self, job_set: Sequence[Job]) -> None:
        for job in job_set:
            await self._jobs.update_fields(job.id, revealed=True)


def comparison_of(job_set: Sequence[Job], candidates: str = "") -> Comparison:
    request = job_set[0].request
    return Comparison(
        id=job_set[0].set_id,
        owner=request.user_id,
        work=_WORKS[request.kind, bool(request.pictures)],
        jobs={job.letter: job.id for job in job_set},
        models={job.letter: job.request.model for job in job_set},
        candidates=candidates,
    )


def _revealed(jobs: Sequence[Job]) -> Sequence[Job]:
    return [job.model_copy(update={"revealed": True}) for job in jobs]
