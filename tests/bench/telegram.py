"""A Telegram for the bench: accepts every method, and records calls by method and chat.

https://core.telegram.org/bots/api#making-requests
"""

import asyncio
import json
import re
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from itertools import count
from typing import Any

from infra.sandbox.telegram.rates import Rates
from infra.sandbox.telegram.refusals import ApiError
from tests.bench.wire import Answer, Request

_CHAT = re.compile(rb'(?:^|&)chat_id=(-?\d+)|name="chat_id".*?\r\n\r\n(-?\d+)', re.DOTALL)
_METHOD = re.compile(r"/bot[^/]+/(\w+)")
_BOT = {"id": 4200000000, "is_bot": True, "first_name": "Darkroom", "username": "darkroom_bot"}
_PICTURE = {"file_id": "p", "file_unique_id": "p", "width": 1024, "height": 1024}
_CLIP = {**_PICTURE, "duration": 1}
_CONTENTS: dict[str, dict[str, Any]] = {
    "sendMessage": {"text": "."},
    "editMessageText": {"text": "."},
    "editMessageReplyMarkup": {"text": "."},
    "editMessageMedia": {"photo": [_PICTURE]},
    "sendPhoto": {"photo": [_PICTURE]},
    "sendVideo": {"video": _CLIP},
    "sendDocument": {"document": {"file_id": "d", "file_unique_id": "d"}},
}
_PLAIN: dict[str, Any] = {
    "getMe": _BOT,
    "getWebhookInfo": {"url": ""},
    "getMyDescription": {"description": ""},
    "getMyShortDescription": {"short_description": ""},
    "getUserProfilePhotos": {"total_count": 1, "photos": []},
}

#: How one image is delivered: the card becomes it, or it comes in a message of its own.
RESULT_METHODS = ("editMessageMedia", "sendPhoto")

#: A callback with the time (perf_counter) of each call of a method.
type Watcher = Callable[[int, float], None]


class Telegram:
    """Count calls by method, keep the time and the body of the last of each, and notify watchers."""

    def __init__(self) -> None:
        #: Telegram's rates, for a row that has to keep to them.
        self.rates: Rates | None = None
        self.refused = 0
        self.calls: Counter[str] = Counter()
        self.times: dict[str, float] = {}
        self.bodies: dict[str, bytes] = {}
        self._watchers: dict[str, list[Watcher]] = defaultdict(list)
        self._message_ids = count(1000)

    def handle(self, request: Request) -> Answer:
        now = time.perf_counter()
        found = _METHOD.match(request.target)
        method = found[1] if found else ""
        chat = _chat(request.body)
        self.calls[method] += 1
        self.times[method] = now
        self.bodies[method] = request.body
        if self.rates and method in _CONTENTS:
            try:
                self.rates.spend(chat)
            except ApiError as refusal:
                self.refused += 1
                return Answer("application/json", json.dumps(refusal.answer()).encode())
        for watcher in self._watchers[method]:
            watcher(chat, now)
        body = json.dumps({"ok": True, "result": self._result(method, chat)}).encode()
        return Answer("application/json", body)

    def watch(self, method: str, watcher: Watcher) -> None:
        self._watchers[method].append(watcher)

    def watch_results(self, watcher: Watcher) -> None:
        for method in RESULT_METHODS:
            self.watch(method, watcher)

    def unwatch_results(self, watcher: Watcher) -> None:
        for method in RESULT_METHODS:
            self.unwatch(method, watcher)

    @property
    def last_result(self) -> float:
        """The time of the last delivery."""
        return max(self.times[method] for method in RESULT_METHODS if method in self.times)

    def unwatch(self, method: str, watcher: Watcher) -> None:
        self._watchers[method].remove(watcher)

    def _result(self, method: str, chat: int) -> Any:
        if method not in _CONTENTS:
            return _PLAIN.get(method, True)
        message = {"message_id": next(self._message_ids), "date": int(time.time()), "from": _BOT}
        return {**message, "chat": {"id": chat, "type": "private"}, **_CONTENTS[method]}


def _chat(body: bytes) -> int:
    found = _CHAT.search(body)
    return int(found[1] or found[2]) if found else 0


class Stopwatch:
    """Measure from an event in a chat to the call that ends it, first in first out for each chat."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self._begun: dict[int, deque[float]] = defaultdict(deque)
        self._open = 0
        self._moved = asyncio.Event()

    def begin(self, chat: int, at: float) -> None:
        self._begun[chat].append(at)
        self._open += 1

    def end(self, chat: int, at: float) -> None:
        """Stop the watch; a watcher of Telegram."""
        if self._begun[chat]:
            self.latencies.append(at - self._begun[chat].popleft())
            self._open -= 1
            self._moved.set()

    async def wait_until_quiet(self, seconds: float = 30) -> None:
        """Wait until every measurement has ended."""
        async with asyncio.timeout(seconds):
            while self._open:
                self._moved.clear()
                await self._moved.wait()
