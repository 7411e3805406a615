import asyncio
from dataclasses import dataclass

from infra.sandbox.telegram.refusals import POLLING_REPLACED, POLLING_STOPPED, ApiError
from infra.sandbox.telegram.updates import Updates
from infra.sandbox.telegram.wire import Json


@dataclass
class Poll:
    ended: ApiError | None = None


class Polling:
    """https://core.telegram.org/bots/api#getupdates: one poll at a time, the newest wins."""

    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._current = Poll()
        self._closed = False

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """Return what is pending from `offset` on, as soon as there is something."""
        self.end(POLLING_REPLACED)
        poll = self._current = Poll()
        self._confirm(offset)
        deadline = asyncio.get_running_loop().time() + seconds
        while not (found := self._updates.pending(limit)):
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or self._closed:
                break
            await self._updates.wait(left)
            if poll.ended:
                raise poll.ended
        return [update.body for update in found]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self._updates.keep_last(-offset)
        else:
            self._updates.confirm(offset)

    def stop(self) -> None:
        """End the current poll because a webhook was set."""
        self.end(POLLING_STOPPED)

    def end(self, reason: str) -> None:
        self._current.ended = ApiError(409, reason)
        self._updates.wake()

    def close(self) -> None:
        """Answer waiting polls, so that the server can stop."""
        self._closed = True
        self._updates.wake()
