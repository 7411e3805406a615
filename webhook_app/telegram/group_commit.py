"""Group commit: what comes while a write is on its way goes together in the next.

The first goes at once, so nothing waits while there is little to do; the more there is to do, the larger the groups.
https://en.wikipedia.org/wiki/Commit_(data_management)#Group_commit
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

type _Waiting[Item, Outcome] = list[tuple[Item, asyncio.Future[Outcome]]]


class GroupCommit[Item, Outcome]:
    """Gives each item its own outcome, once the group that it went with is written.

    `write` takes at most `largest` items, in the order they came, and returns their outcomes in that order.
    """

    def __init__(
        self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]], largest: int = 64
    ) -> None:
        self._write = write
        self._largest = largest
        self._waiting: _Waiting[Item, Outcome] = []
        self._writing: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Outcome:
        """Wait until the item is written; raises what the write of its group raised."""
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, outcome))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return await outcome

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                group = self._waiting[: self._largest]
                del self._waiting[: self._largest]
                await self._write_group(group)
        finally:
            self._writing = None

    async def _write_group(self, group: _Waiting[Item, Outcome]) -> None:
        try:
            outcomes = await self._write([item for item, _ in group])
        except Exception as error:  # noqa: BLE001 - it is raised again, where each of the group waits
            self._fail([*group, *self._waiting], error)
            # Who waited behind it has waited long enough, and would fail of the same.
            self._waiting.clear()
        else:
            for (_, future), outcome in zip(group, outcomes, strict=True):
                if not future.done():
                    future.set_result(outcome)

    @staticmethod
    def _fail(waiting: _Waiting[Item, Outcome], error: Exception) -> None:
        for _, future in waiting:
            if not future.done():
                future.set_exception(error)
