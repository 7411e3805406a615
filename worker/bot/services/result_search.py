"""Search of a user's own results, by the words of their prompts or by a job's id; newest first."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from worker.jobs.store import JobStore
from worker.model import Job, Status, is_job_id

#: Results of an answer: https://core.telegram.org/bots/api#answerinlinequery
MOST_FOUND = 50
_PAGE = 100
# Seconds until an answer with some results, and until one without any. The next page continues where the search has
# stopped, but Telegram's apps ask for it only below a result.
_SOON, _AT_LATEST = 0.6, 3.0


@dataclass(frozen=True)
class Found:
    """A file of a job; `number` counts the job's files from 0."""

    job: Job
    number: int


@dataclass(frozen=True)
class FoundPage:
    """Results, newest first; `cursor` (a job id) requests the next page, None ends the list."""

    results: Sequence[Found] = ()
    cursor: str | None = None


class ResultSearch:
    def __init__(self, jobs: JobStore) -> None:
        self._jobs = jobs

    async def find(self, user_id: int, query: str, cursor: str = "") -> FoundPage:
        """Return the results whose prompts contain all words of the query; without words, all results.

        A job's id finds its results, with a number after it (from 1) that one.
        """
        words = _normalized(query).split()
        if words and is_job_id(words[0]):
            return await self._find_by_id(user_id, words[0], words[1:])
        found: list[Found] = []
        begun, start = time.monotonic(), cursor if is_job_id(cursor) else None
        while True:
            done = {Status.DONE}
            page = await self._jobs.page(user_id=user_id, statuses=done, cursor=start, limit=_PAGE)
            for job in page.jobs:
                prompt = _normalized(job.request.prompt)
                results = _results(job) if all(word in prompt for word in words) else []
                if len(found) + len(results) > MOST_FOUND:
                    return FoundPage(found, start)
                found += results
                start = job.id
            if page.cursor is None:
                return FoundPage(found)
            start = page.cursor
            if time.monotonic() - begun > (_SOON if found else _AT_LATEST):
                return FoundPage(found, start)

    async def _find_by_id(self, user_id: int, job_id: str, number: Sequence[str]) -> FoundPage:
        job = await self._jobs.get(job_id)
        if job is None or job.request.user_id != user_id or job.status is not Status.DONE:
            return FoundPage()
        results = _results(job)
        if number:
            results = [each for each in results if str(each.number + 1) == number[0]]
        return FoundPage(results)


def _results(job: Job) -> list[Found]:
    """Return the files that Telegram has; none of a comparison whose models are still hidden."""
    if job.is_blind:
        return []
    return [
        Found(job, number)
        for number, file in enumerate(job.files)
        if file.file_id or file.document_id
    ]


def _normalized(text: str) -> str:
    return text.casefold().replace("ё", "е")
