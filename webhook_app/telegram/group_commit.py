"""Group commit: items that arrive during a write are written together in the next one.

The first item is written at once, so there is no delay under low load; groups grow with the load.
https://en.wikipedia.org/wiki/Commit_(data_management)#Group_commit
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

type _Waiting[Item, Outcome] = list[tuple[Item, asyncio.Future[Outcome]]]


class GroupCommit[Item, Outcome]:
    """Returns each item's own outcome after its group is written.

    `write` takes at most `largest` items in order of arrival and returns their outcomes in the same order.
    """

    def __init__(
        self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]], largest: int = 64
    ) -> None:
        self._write = write
        self._largest = largest
        self._waiting: _Waiting[Item, Outcome] = []
        self._writing: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Outcome:
        """Wait until the item is written. Raises what the write of its group raised."""
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
                try:
                    outcomes = await self._write([item for item, _ in group])
                except Exception as error:  # noqa: BLE001 - each caller of the group raises it again
                    # The next items have waited for the whole failed write, and would fail in the same way.
                    group += self._waiting
                    self._waiting.clear()
                    for _, future in group:
                        if not future.done():
                            future.set_exception(error)
                else:
                    for (_, future), outcome in zip(group, outcomes, strict=True):
                        if not future.done():
                            future.set_result(outcome)
        finally:
            self._writing = None
