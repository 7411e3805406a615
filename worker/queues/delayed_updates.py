"""Updates that are handled again after a delay: an album is complete when no further message arrives."""

from arq.connections import ArqRedis

from infra.redis.client import Script
from worker.queues.inbox import Inbox
from worker.queues.names import Queue, Task, definition
from worker.queues.scripts import ENQUEUE

KEPT_SECONDS = 600

# A worker that blocks on the queue wakes, and then again when the task is due.
_PUT_OFF = f"""{ENQUEUE}
local key, body, resume, due = ARGV[1], ARGV[2], ARGV[3], now + ARGV[4]
redis.call('SET', key, body, 'EX', {KEPT_SECONDS})
enqueue('{Queue.UPDATES}', '{Task.RESUME}', resume, due)
"""


class PostponedUpdates:
    """Postponed updates; they go through the chat's inbox again, in order and handled once."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._put_off = Script(redis, _PUT_OFF)

    async def put_off(self, update_id: int, chat: str, body: bytes, seconds: float) -> None:
        resume = definition(Task.RESUME, chat, str(update_id))
        await self._put_off(_key(update_id), body, resume, int(seconds * 1000))

    async def resume(self, inbox: Inbox, chat: str, update_id: str) -> None:
        """Enqueue the update again; ignore one that has expired."""
        body: bytes | None = await self._redis.get(_key(update_id))
        if body:
            await inbox.enqueue(f"{update_id}:again", chat, body)


def _key(update_id: int | str) -> str:
    return f"darkroom:postponed:{update_id}"
