"""Current state of the service, for admins."""

from collections.abc import Mapping
from dataclasses import dataclass

from arq.connections import ArqRedis

from worker.jobs.fal_webhooks import WebhookStore
from worker.jobs.store import JobStore
from worker.limits.slots import Slots
from worker.model import Kind
from worker.operations.dead_letters import DeadLetterStore
from worker.queues.names import Queue


@dataclass(frozen=True)
class QueueLoad:
    """Number of active jobs of one kind, and the age of the oldest in seconds."""

    active: int
    oldest: float | None = None


@dataclass(frozen=True)
class State:
    """`held` jobs have a fal slot, `waiting` jobs wait for one; `workers` tells which queues have a live worker."""

    held: int
    waiting: int
    loads: Mapping[Kind, QueueLoad]
    webhooks_arrive: bool
    workers: Mapping[Queue, bool]
    dead_letters: int


class Overview:
    def __init__(self, redis: ArqRedis, jobs: JobStore, slots: Slots) -> None:
        self._redis = redis
        self._jobs = jobs
        self._slots = slots
        self._webhooks = WebhookStore(redis)
        self._dead_letters = DeadLetterStore(redis, jobs)

    async def read(self) -> State:
        held, waiting = await self._slots.count()
        loads = {}
        for kind in Kind:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.smembers(f"darkroom:active:{kind.queue}")
                active: set[bytes] = (await pipe.execute())[0]
            oldest = await self._jobs.get(min(active).decode()) if active else None
            age = self._jobs.clock() - oldest.created_at if oldest else None
            loads[kind] = QueueLoad(len(active), age)
        # A live arq worker renews its key.
        workers = {
            queue: bool(await self._redis.exists(f"{queue}:health-check")) for queue in Queue
        }
        return State(
            held=held,
            waiting=waiting,
            loads=loads,
            webhooks_arrive=await self._webhooks.are_working(),
            workers=workers,
            dead_letters=await self._dead_letters.count(),
        )
