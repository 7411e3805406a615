import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from infra.sandbox.telegram.database import Database
from infra.sandbox.telegram.updates import Update, Updates
from infra.sandbox.telegram.wire import Clock, Json

FIRST_DELAY = 2.0
LONGEST_DELAY = 60.0
LONGEST_RETRY_AFTER = 3600.0
TIMEOUT_SECONDS = 60.0
JSON = {"Content-Type": "application/json"}

type Perform = Callable[[Json], Awaitable[None]]
"""Calls a method from the body of a webhook's response."""


@dataclass(frozen=True)
class WebhookSettings:
    url: str = ""
    secret_token: str = ""
    max_connections: int = 40


class Webhook:
    """Webhook delivery with Telegram's order and retries.

    One update of a queue is in flight at a time; the next is sent only after a 2xx for the last.
    A failed one is repeated at once, then after 2, 4, 8… seconds, times `retry_scale`.
    """

    def __init__(
        self,
        database: Database,
        updates: Updates,
        client: httpx.AsyncClient,
        clock: Clock,
        retry_scale: float,
    ) -> None:
        self._database = database
        self._updates = updates
        self._client = client
        self._clock = clock
        self._retry_scale = retry_scale
        self._deliveries: dict[str, asyncio.Task[None]] = {}
        self._error: Json = {}
        self._slots = asyncio.Semaphore(self.settings.max_connections)

    @property
    def settings(self) -> WebhookSettings:
        return WebhookSettings(**self._database.setting("webhook", {}))

    async def set(self, settings: WebhookSettings) -> None:
        """Store new settings, and cancel the deliveries to the old URL."""
        if settings == self.settings:
            return
        self._database.keep_setting("webhook", asdict(settings))
        await self.stop()
        self._error = {}
        self._slots = asyncio.Semaphore(settings.max_connections)
        self._updates.wake()

    async def stop(self) -> None:
        deliveries = list(self._deliveries.values())
        for delivery in deliveries:
            delivery.cancel()
        await asyncio.gather(*deliveries, return_exceptions=True)

    def info(self) -> Json:
        """https://core.telegram.org/bots/api#webhookinfo"""
        settings, allowed = self.settings, self._updates.allowed
        shown: Json = {
            "url": settings.url,
            "has_custom_certificate": False,
            "pending_update_count": self._updates.count(),
        }
        if settings.url:
            shown["max_connections"] = settings.max_connections
        return shown | ({"allowed_updates": allowed} if allowed else {}) | self._error

    async def run(self, perform: Perform) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                if self.settings.url:
                    self._start_deliveries(perform)
                await self._updates.wait()
        finally:
            await self.stop()

    def _start_deliveries(self, perform: Perform) -> None:
        for queue in self._updates.queues():
            if queue not in self._deliveries:
                self._deliveries[queue] = asyncio.create_task(self._drain(queue, perform))

    async def _drain(self, queue: str, perform: Perform) -> None:
        try:
            while update := self._updates.head(queue):
                await self._deliver(update, perform)
                self._updates.remove(update)
        finally:
            del self._deliveries[queue]

    async def _deliver(self, update: Update, perform: Perform) -> None:
        """Return when the bot has accepted the update, or it has expired, or was dropped on request."""
        delay = 0.0
        while self._updates.holds(update):
            async with self._slots:
                failure = await self._send(update, perform)
            if failure is None:
                return
            wait = failure if failure > 0 else delay * self._retry_scale
            if self._clock() + wait > update.expires:
                return
            await asyncio.sleep(wait)
            delay = min(max(FIRST_DELAY, delay * 2), LONGEST_DELAY)

    async def _send(self, update: Update, perform: Perform) -> float | None:
        """Return None when it was accepted, else the seconds of the bot's Retry-After (0 without one)."""
        settings = self.settings
        secret = {"X-Telegram-Bot-Api-Secret-Token": settings.secret_token}
        try:
            response = await self._client.post(
                settings.url,
                content=json.dumps(update.body),
                headers=JSON | (secret if settings.secret_token else {}),
                timeout=TIMEOUT_SECONDS,
            )
        except httpx.HTTPError as error:
            return self._failed(_reason(error), 0.0)
        if not response.is_success:
            code = f"{response.status_code} {response.reason_phrase}"
            return self._failed(f"Wrong response from the webhook: {code}", _retry_after(response))
        await self._carry_out(response, perform)
        return None

    async def _carry_out(self, response: httpx.Response, perform: Perform) -> None:
        """Carry out the call that a response may contain; its result is never reported."""
        try:
            call = json.loads(response.content)
        except ValueError:
            return
        if isinstance(call, dict) and isinstance(call.get("method"), str):
            await perform(call)

    def _failed(self, message: str, retry_after: float) -> float:
        self._error = {
            "last_error_date": int(self._clock()),
            "last_error_message": message,
        }
        return retry_after


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "Read timeout expired"
    return "Connection refused" if isinstance(error, httpx.ConnectError) else "Connection closed"


def _retry_after(response: httpx.Response) -> float:
    """Parse Retry-After, a number of seconds or a date."""
    value = response.headers.get("retry-after", "")
    if value.isdigit():
        return min(float(value), LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(value) - datetime.now(UTC)
    except (ValueError, TypeError):
        return 0.0
    return min(max(0.0, until.total_seconds()), LONGEST_RETRY_AFTER)
