import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from itertools import count

from infra.sandbox.telegram.wire import Clock, Json

REMEMBERED_EVENTS = 2000
HEARTBEAT_SECONDS = 15


class Events:
    """What people's apps are told of each chat as it happens, and for a while afterwards.

    What is for a person alone goes to their private chat with the bot, which has their own id.
    Numbers grow over a restart too, so `Last-Event-ID` of an app that comes back stays good.
    """

    def __init__(self, clock: Clock) -> None:
        self._numbers = count(int(clock() * 1000))
        self._last = next(self._numbers)
        self._closed = False
        self._logs: defaultdict[int, deque[tuple[int, str]]] = defaultdict(
            lambda: deque(maxlen=REMEMBERED_EVENTS)
        )
        self._news: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)

    @property
    def last(self) -> int:
        return self._last

    def publish(self, chat_id: int, event: Json) -> None:
        self._last = next(self._numbers)
        self._logs[chat_id].append((self._last, json.dumps(event, ensure_ascii=False)))
        self._wake(chat_id)

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closed = True
        for chat_id in list(self._news):
            self._wake(chat_id)

    def _wake(self, chat_id: int) -> None:
        self._news.pop(chat_id, asyncio.Event()).set()

    async def stream(self, chat_id: int, after: int) -> AsyncIterator[str]:
        """Server-sent events of one chat after the one with this number, until the end.

        A comment stands between what was and what comes, and then marks each quiet while.
        """
        caught_up = False
        while not self._closed:
            for number, body in [event for event in self._logs[chat_id] if event[0] > after]:
                after = number
                yield f"id: {number}\ndata: {body}\n\n"
            if not caught_up:
                caught_up = True
                yield ": that was so far\n\n"
            elif not await self._wait(chat_id, after):
                yield ": still here\n\n"

    async def _wait(self, chat_id: int, after: int) -> bool:
        log = self._logs[chat_id]
        if self._closed or (log and log[-1][0] > after):
            return True
        try:
            await asyncio.wait_for(self._news[chat_id].wait(), HEARTBEAT_SECONDS)
        except TimeoutError:
            return False
        return True
