import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.infra.loopback import serve

type Answer = Callable[[dict[str, Any]], Response]


@dataclass
class Receiver:
    """A bot's webhook: keeps requests, and answers as the test sets."""

    answer: Answer = field(default=lambda _update: Response())
    updates: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    delay: float = 0.0
    url: str = ""
    in_flight: int = 0
    most_in_flight: int = 0

    async def take(self, request: Request) -> Response:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        update = await request.json()
        self.updates.append(update)
        self.times.append(asyncio.get_running_loop().time())
        self.secrets.append(request.headers.get("x-telegram-bot-api-secret-token"))
        await asyncio.sleep(self.delay)
        self.in_flight -= 1
        async with self.news:
            self.news.notify_all()
        return self.answer(update)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.updates]

    async def wait_for(self, number: int) -> None:
        """Wait until this many deliveries have been answered."""
        async with asyncio.timeout(10), self.news:
            await self.news.wait_for(lambda: len(self.updates) >= number and not self.in_flight)


@asynccontextmanager
async def receive() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/hook", receiver.take, methods=["POST"])])
    async with serve(app) as address:
        receiver.url = f"{address}/hook"
        yield receiver
