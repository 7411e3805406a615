"""Orders with images, processed by a worker over both fakes."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from arq.connections import ArqRedis
from PIL import Image

from infra.storage.store import Storage
from tests.infra.pictures import encoded, opened
from tests.user import User
from tests.worker.generation.lives import Life
from tests.worker.generation.world import World
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Job, Kind, Picture, Request


@dataclass
class Order:
    redis: ArqRedis
    world: World
    worker: Life
    user: User
    storage: Storage

    async def make(self, model: str, *pictures: Picture, **changes: Any) -> Job:
        job = await self.place(model, *pictures, **changes)
        return await self.finish(job)

    async def place(self, model: str, *pictures: Picture, cost: float = 0, **changes: Any) -> Job:
        fields: dict[str, Any] = {"kind": Kind.IMAGE, "prompt": "a red cat", "language": "en"}
        request = Request(
            user_id=self.user.id,
            chat_id=self.user.id,
            message_id=1,
            model=model,
            pictures=pictures,
            **fields | changes,
        )
        return await JobStore(self.redis, Limits(), time.time).create(
            request, f"{self.user.id}:{secrets.token_hex(8)}", cost=cost
        )

    async def finish(self, job: Job) -> Job:
        await self.worker.live()
        ended = await JobStore(self.redis, Limits(), time.time).get(job.id)
        assert ended
        return ended

    async def document(self, content: bytes) -> Picture:
        sent = await self.user.send_files(content)
        return Picture(file_id=sent["document"]["file_id"])

    async def photo(self, image: Image.Image) -> Picture:
        """Send a photo as Telegram compresses it."""
        sent = await self.user.send_photo(encoded(image, "JPEG", quality=90))
        return Picture(file_id=sent["photo"][-1]["file_id"])

    async def stored(self, key: str) -> Image.Image:
        return opened(b"".join([chunk async for chunk in self.storage.read(key)]))

    async def disturb(self, **fault: object) -> None:
        await self.world.http.post(f"{self.world.telegram_url}/faults", json=fault)
