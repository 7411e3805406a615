"""A Redis client for filling: commands that are awaited together share a round trip."""

import asyncio
from typing import Any

from arq.connections import ArqRedis

from infra.redis.client import connect, dumps, loads

# How many share one response.
_MOST = 500


class BatchingRedis(ArqRedis):
    """Send commands of one event loop iteration in one pipeline."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._waiting: list[tuple[tuple[Any, ...], asyncio.Future[Any]]] = []
        self._sending: set[asyncio.Task[None]] = set()

    async def execute_command(self, *args: Any, **_: Any) -> Any:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((args, answer))
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._begin)
        return await answer

    def _begin(self) -> None:
        batch, self._waiting = self._waiting, []
        for first in range(0, len(batch), _MOST):
            task = asyncio.create_task(self._send(batch[first : first + _MOST]))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, batch: list[tuple[tuple[Any, ...], asyncio.Future[Any]]]) -> None:
        async with self.pipeline(transaction=False) as pipe:
            for args, _ in batch:
                pipe.execute_command(*args)
            outcomes = await pipe.execute(raise_on_error=False)
        for (_, answer), outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Exception):
                answer.set_exception(outcome)
            else:
                answer.set_result(outcome)


def batching(url: str) -> BatchingRedis:
    """Close it with `aclose(close_connection_pool=True)`."""
    pool = connect(url).connection_pool
    # Filling waits for long pipelines.
    pool.connection_kwargs["socket_timeout"] = 60
    return BatchingRedis(pool_or_conn=pool, job_serializer=dumps, job_deserializer=loads)
