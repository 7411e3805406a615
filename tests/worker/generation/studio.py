"""The image worker over both fakes, one step at a time, and a job whose card a user sees."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiogram import Bot
from arq.connections import ArqRedis

from infra.settings import Settings
from infra.telegram.throttle import chat_key
from tests.user import Message, User, words
from tests.worker.generation.world import World
from tests.worker.jobs.test_store import request
from worker.composition import Work
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Job, Picture, Status
from worker.queues.names import Queue, Task

QUEUE = Queue.IMAGES


@dataclass(frozen=True)
class Studio:
    work: Work
    redis: ArqRedis
    world: World
    user: User
    bot: Bot | None
    settings: Settings

    @property
    def jobs(self) -> JobStore:
        return JobStore(self.redis, Limits(), time.time)

    @property
    def media(self) -> Path:
        return self.settings.media_dir

    async def order(
        self,
        prompt: str = "a cat",
        language: str = "en",
        *,
        of: Picture | None = None,
        **options: Any,
    ) -> Job:
        """Create a job, not submitted yet, with its card if there is a bot, and with an input image if given."""
        changes = {"chat_id": self.user.id, "prompt": prompt, "language": language}
        if of:
            changes |= {"pictures": (of,), "model": "fal-ai/nano-banana/edit"}
        request_cancellation = request(self.user.id).model_copy(
            update={**changes, "options": options}
        )
        job = await self.jobs.create(
            request_cancellation, f"{self.user.id}:{prompt}:{time.monotonic()}"
        )
        if self.bot:
            card = await self.bot.send_message(self.user.id, "⏳")
            await self.jobs.update_fields(job.id, progress_message_id=card.message_id)
        return await self.read(job)

    async def finished(self, prompt: str = "a cat", **options: Any) -> Job:
        """Return a job that fal has finished and whose result is not fetched yet."""
        job = await self.submit(await self.order(prompt, **options))
        deadline = time.monotonic() + 10
        while job.status is not Status.COMPLETED:
            assert time.monotonic() < deadline, job
            job = await self.look(job)
        return job

    async def prepare(self, job: Job) -> Job:
        return await self._step(job, Task.PREPARE)

    async def submit(self, job: Job) -> Job:
        return await self._step(job, Task.SUBMIT)

    async def collect(self, job: Job) -> Job:
        return await self._step(job, Task.COLLECT)

    async def deliver(self, job: Job) -> Job:
        return await self._step(job, Task.DELIVER)

    async def look(self, job: Job) -> Job:
        await self.redis.zadd(f"darkroom:due:{QUEUE}", {job.id: 0})
        await self._quieten()
        await self.work[Task.TRACK](QUEUE)
        return await self.read(job)

    async def inquire(self, job: Job) -> Job:
        """Ask fal about the job now, if there is a question."""
        await self.redis.zadd(f"darkroom:inquiries:{QUEUE}", {job.id: 0}, xx=True)
        await self._quieten()
        await self.work["inquire"]()
        return await self.read(job)

    async def next_inquiry(self, job: Job) -> float | None:
        """Return the seconds until the next question to fal, None if there is no question."""
        due = await self.redis.zscore(f"darkroom:inquiries:{QUEUE}", job.id)
        return None if due is None else float(due) / 1000 - time.time()

    async def read(self, job: Job) -> Job:
        found = await self.jobs.get(job.id)
        assert found
        return found

    async def next_try(self, job: Job) -> float:
        """Return the seconds until the next try."""
        problem = (await self.read(job)).problem
        assert problem
        assert problem.again_at
        return problem.again_at - time.time()

    async def next_look(self, job: Job) -> float:
        """Return the seconds until the next poll."""
        due = await self.redis.zscore(f"darkroom:due:{QUEUE}", job.id)
        assert due is not None
        return float(due) / 1000 - time.time()

    async def card(self) -> str:
        return words(await self.last_card())

    async def last_card(self) -> Message:
        return await self.user.last_from_bot()

    async def disturb(self, operation: str, **fault: object) -> None:
        body = {"operation": operation, **fault}
        answer = await self.world.http.post(f"{self.world.fal_url}/faults", json=body)
        assert answer.is_success, answer.text

    async def calm(self) -> None:
        await self.world.http.delete(f"{self.world.fal_url}/faults")

    async def _step(self, job: Job, task: Task) -> Job:
        await self._quieten()
        await self.work[task](job.id)
        return await self.read(job)

    async def _quieten(self) -> None:
        """Pretend that the chat's last edit was a while ago."""
        await self.redis.delete(chat_key(self.user.id))
