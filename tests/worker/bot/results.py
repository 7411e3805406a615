"""Results in a chat, as a worker leaves them."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from infra.storage.store import Storage
from infra.telegram.delivery import Delivery, Place
from tests.user import Message, User
from tests.worker.bot.conversation import Conversation
from tests.worker.bot.drawings import SIZE
from worker.bot.views.result_caption import result_caption
from worker.bot.views.result_keyboard import album_card, result_keyboard
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.jobs.telegram_media import as_media
from worker.model import File, Job, Status


@dataclass
class Darkroom:
    """Finish users' orders."""

    conversation: Conversation
    files: Storage
    folder: Path

    async def make(
        self, user: User, count: int = 1, order: str = "/image красное яблоко"
    ) -> tuple[Job, Message]:
        """Finish a job; return it and the message with its buttons."""
        await self.conversation.send_text(user, order)
        return await self.finish(await self.conversation.job(user), user, count)

    async def finish(self, job: Job, user: User, count: int = 1) -> tuple[Job, Message]:
        files = [await self.store(job, number) for number in range(1, count + 1)]
        job = job.model_copy(update={"files": tuple(files)})
        ids = await self._send(job)
        changes: dict[str, Any] = {"files": files, "sent_message_ids": ids, "seed": "7"}
        done = await self.conversation.jobs.move(job, None, Status.DONE, due=None, **changes)
        assert done
        now = await self.conversation.jobs.get(job.id)
        assert now
        return now, (await user.from_bot())[-1]

    async def store(self, job: Job, number: int, size: tuple[int, int] = SIZE) -> File:
        encoded = io.BytesIO()
        Image.new("RGB", size, "red").save(encoded, "PNG")
        path = self.folder / "picture.png"
        path.write_bytes(encoded.getvalue())
        key = f"images/2026/11/22/{job.id}-{number}.png"
        await self.files.save(path, key)
        return File(
            key=key,
            content_type="image/png",
            size=path.stat().st_size,
            width=size[0],
            height=size[1],
        )

    async def _send(self, job: Job) -> list[int]:
        t = self.conversation.dispatcher["texts"].speaking(job.request.language)
        catalog = self.conversation.dispatcher["catalog"]
        delivery, keyboard = Delivery(self.conversation.bot), result_keyboard(t, catalog, job)
        place = Place(job.chat_id, job.request.thread_id, job.request.message_id)
        media = [as_media(file, self.files) for file in job.files]
        single = len(media) == 1
        sent = await delivery.send_results(
            place, media, result_caption(t, job), keyboard if single else None
        )
        ids = [message.message_id for message in sent]
        index = MessageIndex(self.conversation.dispatcher["redis"])
        shown = {message_id: ResultRef(job.id, number) for number, message_id in enumerate(ids)}
        await index.remember_sent(job.chat_id, shown)
        if single:
            return ids
        card = album_card(t, catalog, job)
        below = await delivery.send_card(place, card.text, card.keyboard)
        await index.remember_sent(job.chat_id, {below: ResultRef(job.id)})
        return [*ids, below]
