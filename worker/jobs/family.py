"""The jobs that a result was made from, and those that were made from it."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.jobs.indexes import IndexPage, JobIndexes
from worker.jobs.store import JobStore
from worker.model import Job, Picture

#: A job remembers the first of the jobs that led to it, and the nearest ones.
MOST_ANCESTORS = 20
#: The descendants of one page.
PAGE = 5


def line_from(source: Job) -> tuple[str, ...]:
    """Return the ancestors of a job that starts from a result of `source`, oldest first."""
    line = (*source.request.line, source.id)
    return line if len(line) <= MOST_ANCESTORS else (line[0], *line[1 - MOST_ANCESTORS :])


@dataclass(frozen=True)
class Step:
    """A job of a chain of edits, None if it was deleted; `picture` is the file that the next step started from."""

    job: Job | None
    picture: int = 0


@dataclass(frozen=True)
class Line:
    """The steps that led to `job`, oldest first."""

    job: Job
    steps: Sequence[Step]

    @property
    def begin(self) -> Step:
        """The first step of the chain, which may be gone."""
        return self.steps[0] if self.steps else Step(self.job)

    @property
    def first_picture(self) -> Picture | None:
        """The image that the chain began with, a user's own or the first result; None if it is gone."""
        first, number = self.begin.job, self.begin.picture
        if first is None:
            return None
        if first.request.pictures:
            return first.repeatable.pictures[0]
        return first.files[number].as_start if number < len(first.files) else None

    @property
    def previous(self) -> Step | None:
        """The nearest step that still exists."""
        return next((step for step in reversed(self.steps) if step.job), None)

    def after(self, job_id: str) -> Step | None:
        """Return the step that follows a job on the way to the last one; None if that job is not on the way."""
        known = [step for step in self.steps if step.job]
        found = [n for n, step in enumerate(known, start=1) if step.job and step.job.id == job_id]
        return [*known, Step(self.job)][found[0]] if found else None


class Family:
    def __init__(self, jobs: JobStore, indexes: JobIndexes) -> None:
        self._jobs = jobs
        self._indexes = indexes

    async def line(self, job: Job) -> Line:
        """Return the steps that led to a job."""
        ids = job.request.line
        if not ids:
            return Line(job, ())
        known = {each.id: each for each in await self._jobs.get_many(ids)}
        # Each step is followed by the one that knows which of its files it started from.
        following = [*(known.get(job_id) for job_id in ids[1:]), job]
        steps = [
            Step(
                known.get(job_id),
                (after.request.source_file or 0) if after and after.request.source == job_id else 0,
            )
            for job_id, after in zip(ids, following, strict=True)
        ]
        return Line(job, steps)

    async def children(self, job: Job, start: str = "") -> tuple[IndexPage, list[Job]]:
        """Return a page of what was made from a job's results, newest first, and the jobs of it."""
        page = await self._indexes.children(job.id, start, PAGE)
        return page, await self._jobs.get_many(page.ids) if page.ids else []
