"""Jobs whose results are stored and wait to be sent, and the messages that Telegram users get."""

import secrets
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from arq.connections import ArqRedis
from PIL import Image

from infra.settings import Settings
from infra.storage.store import Storage
from infra.telegram.bot import create_bot
from infra.telegram.delivery import Place
from tests.infra.pictures import encoded
from tests.message import Message, words
from tests.processes import TOKEN
from tests.user import User, create_group
from tests.worker.generation.lives import begin
from tests.worker.generation.world import World
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import File, Job, Kind, Request, Status


@dataclass
class Stored:
    """Store results and let workers send them."""

    world: World
    settings: Settings
    redis: ArqRedis
    user: User
    folder: Path

    @property
    def jobs(self) -> JobStore:
        return JobStore(self.redis, Limits(), time.time)

    async def make(self, count: int = 1, place: Place | None = None) -> Job:
        """Create a job of this user with this many images, ordered in that chat."""
        place = place or Place(self.user.id)
        request = Request(
            kind=Kind.IMAGE,
            user_id=self.user.id,
            chat_id=place.chat_id,
            thread_id=place.thread_id,
            message_id=place.reply_to or 1,
            language="en",
            prompt="a boat",
            model="fal-ai/flux/schnell",
        )
        job = await self.jobs.create(request, secrets.token_hex())
        files = [await self._store(job, number) for number in range(1, count + 1)]
        changes: dict[str, Any] = {"files": files}
        assert await self.jobs.move(job, {Status.CREATED}, Status.COLLECTED, due=0, **changes)
        return await self.read(job)

    async def card(self, job: Job) -> int:
        """Return the job message, in the job's own chat."""
        bot = create_bot(TOKEN, self.world.telegram_url)
        sent = await bot.send_message(job.chat_id, "⏳")
        await bot.session.close()
        await self.jobs.update_fields(job.id, progress_message_id=sent.message_id)
        return sent.message_id

    async def read(self, job: Job) -> Job:
        found = await self.jobs.get(job.id)
        assert found
        return found

    async def finish(self, job: Job) -> Job:
        """Work until nothing is left to do."""
        async with begin(self.settings) as life:
            await life.live()
        return await self.read(job)

    async def send(self, count: int = 1, place: Place | None = None) -> Job:
        return await self.finish(await self.make(count, place))

    async def disturb(self, method: str, **fault: object) -> None:
        fault = {"method": method, **fault}
        answer = await self.world.http.post(f"{self.world.telegram_url}/faults", json=fault)
        assert answer.status_code == httpx.codes.NO_CONTENT

    async def refuse(
        self, method: str, description: str, status: int = 400, times: int = 100
    ) -> None:
        await self.disturb(method, status=status, description=description, times=times)

    async def calm(self) -> None:
        await self.world.http.delete(f"{self.world.telegram_url}/faults")

    async def group(self, *, forum: bool = False) -> User:
        """Return this user in a group with the bot."""
        group = await create_group(self.world.telegram_url, "Studio", [self.user], forum=forum)
        return self.user.in_chat(group)

    async def _store(self, job: Job, number: int) -> File:
        image = Image.new("RGB", (64, 48), (20 * number, 0, 0))
        content, key = encoded(image), f"images/2026/11/29/{job.id}-{number}.png"
        path = self.folder / "image.png"
        path.write_bytes(content)
        storage = Storage.open(self.settings.media_dir, self.settings.storage_url)
        await storage.save(path, key)
        size = {"size": len(content), "width": image.width, "height": image.height}
        return File(key=key, content_type="image/png", **size)


async def received(user: User) -> Counter[str]:
    """Return the kinds of the bot's messages in a chat."""
    return Counter(map(_kind, await user.from_bot()))


def _kind(message: Message) -> str:
    for kind in ("photo", "document", "video"):
        if kind in message:
            return kind
    return "buttons" if words(message) == "What next?" else "text"
