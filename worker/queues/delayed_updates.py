"""Updates that are handled again after a delay: an album is complete when no further message arrives."""

from typing import Any

from arq.connections import ArqRedis

from infra.redis.script import Key, lua_script
from worker.queues.inbox import Inbox
from worker.queues.names import Task, definition

KEPT_SECONDS = 600


@lua_script
async def postpone_update(
    redis: ArqRedis, *, update: Key, body: bytes, resume: bytes, wait_ms: int
) -> Any:
    """Store an update and enqueue its return."""


class PostponedUpdates:
    """Postponed updates; they go through the chat's inbox again, in order and handled once."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def put_off(self, update_id: int, chat: str, body: bytes, seconds: float) -> None:
        resume = definition(Task.RESUME, chat, str(update_id))
        await postpone_update(
            self._redis,
            update=delayed_update_key(update_id),
            body=body,
            resume=resume,
            wait_ms=int(seconds * 1000),
        )

    async def resume(self, inbox: Inbox, chat: str, update_id: str) -> None:
        """Enqueue the update again; ignore one that has expired."""
        body: bytes | None = await self._redis.get(delayed_update_key(update_id))
        if body:
            await inbox.enqueue(f"{update_id}:again", chat, body)


def delayed_update_key(update_id: int | str) -> str:
    return f"darkroom:postponed:{update_id}"
