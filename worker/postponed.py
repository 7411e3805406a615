"""Updates to be looked at once more after a moment: that an album is complete, only silence tells."""

from arq.connections import ArqRedis

from worker.queue import Inbox, Queue, Task

KEPT_SECONDS = 600


class PostponedUpdates:
    """The second look goes through the chat's inbox like every update, in its order and handled once."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def put_off(self, update_id: int, chat: str, body: bytes, seconds: float) -> None:
        await self._redis.set(_key(update_id), body, ex=KEPT_SECONDS)
        await self._redis.enqueue_job(
            Task.RESUME, chat, str(update_id), _queue_name=Queue.UPDATES, _defer_by=seconds
        )

    async def resume(self, inbox: Inbox, chat: str, update_id: str) -> None:
        """Hand the update over again; one that is gone was long ago."""
        body: bytes | None = await self._redis.get(_key(update_id))
        if body:
            await inbox.hand_over(f"{update_id}:again", chat, body)


def _key(update_id: int | str) -> str:
    return f"darkroom:postponed:{update_id}"
