"""Debounce of buttons that start something, against double presses."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message, TelegramObject
from arq.connections import ArqRedis

from worker.jobs.store import JobStore
from worker.model import TERMINAL, Job

REPEATED_WITHIN_MS = 1000
# Longer than a handler may take: presses that arrive meanwhile wait behind it and count as repeated.
_HANDLING_MS = 30_000


@dataclass(frozen=True)
class _Press:
    """The last press of a user in a chat; `job` is the id of the job that it started."""

    id: str
    message: int
    button: str
    job: str | None = None

    @classmethod
    def of(cls, callback: CallbackQuery, message: Message) -> Self:
        return cls(callback.id, message.message_id, callback.data or "")

    def is_of_same_button(self, other: "_Press") -> bool:
        return (self.message, self.button) == (other.message, other.button)


class Debounce(BaseMiddleware):
    """Drop a press that is repeated within a second, unless the job that it started has ended or is being cancelled.

    A handler returns the job that it started. A redelivered callback is not a repeated press.
    """

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if not isinstance(event, CallbackQuery) or not isinstance(event.message, Message):
            return await handler(event, data)
        redis: ArqRedis = data["redis"]
        key = f"darkroom:pressed:{event.from_user.id}:{event.message.chat.id}"
        press = _Press.of(event, event.message)
        stored: bytes | None = await redis.get(key)
        last = _Press(**json.loads(stored)) if stored else None
        if last and await _repeats(press, last, data["jobs"]):
            return await event.answer()
        await redis.set(key, _packed(press), px=_HANDLING_MS)
        try:
            outcome = await handler(event, data)
            if isinstance(outcome, Job):
                press = replace(press, job=outcome.id)
        finally:
            await redis.set(key, _packed(press), px=REPEATED_WITHIN_MS)
        return outcome


async def _repeats(press: _Press, last: _Press, jobs: JobStore) -> bool:
    if last.id == press.id or not last.is_of_same_button(press):
        return False
    if last.job is None:
        return True
    job = await jobs.get(last.job)
    return job is not None and job.status not in TERMINAL and not job.cancel_requested


def _packed(press: _Press) -> str:
    return json.dumps(asdict(press))
