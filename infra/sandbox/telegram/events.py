import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count

from infra.sandbox.telegram.wire import Clock, Json

REMEMBERED_EVENTS = 2000
HEARTBEAT_SECONDS = 15

type Channel = int | str
"""A chat by its id, or events for one user alone."""


def personal(user_id: int) -> Channel:
    """Events for one user, in every chat."""
    return f"user:{user_id}"


def in_chat(user_id: int, chat_id: int) -> Channel:
    """Events for one user, in one chat."""
    return f"user:{user_id}:{chat_id}"


class Events:
    """Live events for users' apps, kept for a while.

    Numbers keep growing after a restart, so the `Last-Event-ID` of an app that reconnects stays valid.
    """

    def __init__(self, clock: Clock) -> None:
        self._numbers = count(int(clock() * 1000))
        self._last = next(self._numbers)
        self._closed = False
        self._logs: defaultdict[Channel, deque[tuple[int, str]]] = defaultdict(
            lambda: deque(maxlen=REMEMBERED_EVENTS)
        )
        self._listeners: defaultdict[Channel, set[asyncio.Event]] = defaultdict(set)

    @property
    def last(self) -> int:
        return self._last

    def publish(self, channel: Channel, event: Json) -> None:
        self._last = next(self._numbers)
        self._logs[channel].append((self._last, json.dumps(event, ensure_ascii=False)))
        self._wake(channel)

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closed = True
        for channel in list(self._listeners):
            self._wake(channel)

    def _wake(self, channel: Channel) -> None:
        for news in self._listeners.get(channel, ()):
            news.set()

    async def stream(self, channels: list[Channel], after: int) -> AsyncIterator[str]:
        """Stream server-sent events from these sources after the one with this number, without end.

        A comment separates stored events from live ones, and is repeated as a keep-alive.
        """
        comment = ": that was so far\n\n"
        with self._listening(channels) as news:
            while not self._closed:
                news.clear()
                for number, body in self._since(channels, after):
                    after = number
                    yield f"id: {number}\ndata: {body}\n\n"
                if comment:
                    yield comment
                comment = "" if comment or await _happens(news) else ": still here\n\n"

    @contextmanager
    def _listening(self, channels: list[Channel]) -> Iterator[asyncio.Event]:
        news = asyncio.Event()
        for channel in channels:
            self._listeners[channel].add(news)
        try:
            yield news
        finally:
            for channel in channels:
                self._listeners[channel].discard(news)

    def _since(self, channels: list[Channel], after: int) -> list[tuple[int, str]]:
        logs = [self._logs[channel] for channel in channels]
        return sorted(event for log in logs for event in log if event[0] > after)


async def _happens(news: asyncio.Event) -> bool:
    """Wait for an event; return False when a keep-alive is due first."""
    try:
        await asyncio.wait_for(news.wait(), HEARTBEAT_SECONDS)
    except TimeoutError:
        return False
    return True
