"""Faults at random moments that a seed decides.

To add a fault, write a method of `Storm` that causes it and returns when it is over, and give it a weight.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any

import httpx

from tests.chaos.fleet import Fleet

#: Relative frequencies.
_WEIGHTS: Mapping[str, int] = {
    "kill_worker": 4,
    "kill_webhook_app": 2,
    "kill_valkey": 2,
    "fail_fal": 5,
    "fail_telegram": 4,
    "fill_disk": 1,
    "refuse_redis": 2,
    "crowd": 1,
    "forge": 2,
    "forget": 1,
}
_PAGE = "<html><h1>502 Bad Gateway</h1></html>"
_FAL: tuple[dict[str, Any], ...] = (
    {"operation": "submit", "status": 503},
    {"operation": "submit", "status": 429, "times": 3},
    {"operation": "submit", "drop": True, "after": True},
    {"operation": "submit", "status": 502, "after": True},
    {"operation": "submit", "status": 200, "after": True, "body": _PAGE},
    {"operation": "status", "status": 500, "times": 6},
    {"operation": "status", "drop": True, "times": 3},
    {"operation": "result", "status": 503, "times": 4},
    {"operation": "cdn", "status": 503, "times": 12},
    {"operation": "cdn", "drop": True, "times": 3},
    *({"operation": "cdn", "status": status, "times": 3} for status in (400, 401, 403, 409, 410)),
    {"operation": "cdn", "status": 302, "location": "https://example.org/", "times": 3},
    {"operation": "cdn", "status": 200, "cut": True, "times": 3},
    {"operation": "cdn", "status": 200, "half": True, "times": 3},
    *(
        {"operation": operation, "times": 3, **problem}
        for operation in ("status", "result", "cdn")
        for problem in ({"status": 200, "body": _PAGE}, {"bomb": True}, {"endless": True})
    ),
)
_TELEGRAM: tuple[dict[str, Any], ...] = (
    *(
        {"method": method, **problem}
        for method in ("editMessageMedia", "sendPhoto", "sendMessage", "editMessageText")
        for problem in (
            {"status": 429, "retry_after": 2, "times": 2},
            {"status": 500, "times": 2},
            {"status": 502, "body": _PAGE, "times": 3},
            {"status": 200, "body": "", "times": 2},
            {"status": 200, "delay": 3},
        )
    ),
    # Carried out, without a response.
    {"method": "editMessageMedia", "after": True, "status": 502, "body": _PAGE},
    {"method": "editMessageMedia", "after": True, "drop": True},
    {"method": "editMessageMedia", "status": 200, "cut": True},
    {"method": "sendPhoto", "after": True, "status": 502, "body": _PAGE},
    {"method": "sendPhoto", "after": True, "drop": True},
    {"method": "sendPhoto", "status": 200, "cut": True},
    {"method": "sendMessage", "after": True, "status": 502, "body": _PAGE},
    # Telegram's own refusals.
    *(
        {"method": method, "status": 400, "description": description}
        for method in ("editMessageMedia", "sendPhoto")
        for description in (
            "IMAGE_PROCESS_FAILED",
            "PHOTO_INVALID_DIMENSIONS",
            "REPLY_MESSAGE_ID_INVALID",
            "not enough rights to send photos to the chat",
        )
    ),
    {"method": "editMessageText", "status": 400, "description": "MESSAGE_ID_INVALID"},
    {"method": "editMessageMedia", "status": 400, "description": "MESSAGE_ID_INVALID"},
    # A token that is being changed, and a proxy that answers instead of Telegram.
    {"method": "*", "exclude": ["getUpdates"], "status": 401, "times": 5},
    {"method": "*", "exclude": ["getUpdates"], "status": 502, "body": _PAGE, "times": 20},
)
#: How Redis refuses, and what ends it: CONFIG SET, except for the first word's own command.
_REFUSALS: tuple[tuple[str, str, str], ...] = (
    ("maxmemory", "1", "0"),
    ("min-replicas-to-write", "1", "0"),
    ("maxclients", "1", "10000"),
    ("replicaof", "127.0.0.1 1", "no one"),
    ("busy", "", ""),
)
_CROWD = 60
FORGED = "forged"


class Storm:
    """`faults` counts faults by kind; `accepted_forgeries` counts forged callbacks that were not refused."""

    def __init__(self, fleet: Fleet, random: Random, http: httpx.AsyncClient) -> None:
        self._fleet = fleet
        self._random = random
        self._http = http
        self._first = random.sample(list(_WEIGHTS), len(_WEIGHTS))
        self.faults: Counter[str] = Counter()
        self.accepted_forgeries = 0

    async def rage(self, interval: float, until: asyncio.Task[None]) -> None:
        """Cause a fault every `interval` seconds on average until the task is cancelled; then restart everything."""
        async with asyncio.TaskGroup() as restarts:
            while not until.done():
                restarts.create_task(self._strike())
                await asyncio.sleep(self._random.uniform(0.5, 1.5) * interval)
        for url in (self._fleet.installation.fal_url, self._fleet.installation.telegram_url):
            (await self._http.delete(f"{url}/faults")).raise_for_status()

    async def _strike(self) -> None:
        name = self._choose()
        self.faults[name] += 1
        await getattr(self, name)()

    def _choose(self) -> str:
        """Yield each of them once, in any order; from then on by their weights."""
        if self._first:
            return self._first.pop()
        return self._random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]

    async def kill_worker(self) -> None:
        worker = self._random.choice(self._fleet.workers)
        await self._fleet.kill(worker, "worker", self._random.uniform(0, 3))

    async def kill_webhook_app(self) -> None:
        webhook_app = self._random.choice(self._fleet.webhook_apps)
        await self._fleet.kill(webhook_app, "web", self._random.uniform(0, 3))

    async def kill_valkey(self) -> None:
        await self._fleet.kill_valkey(self._random.uniform(0, 2))

    async def fail_fal(self) -> None:
        url = f"{self._fleet.installation.fal_url}/faults"
        (await self._http.post(url, json=self._random.choice(_FAL))).raise_for_status()

    async def fail_telegram(self) -> None:
        url = f"{self._fleet.installation.telegram_url}/faults"
        (await self._http.post(url, json=self._random.choice(_TELEGRAM))).raise_for_status()

    async def forget(self) -> None:
        """Lose arq's keys, and every job's next step."""
        await asyncio.to_thread(self._fleet.lose_next_steps)

    async def fill_disk(self) -> None:
        """Let the disk be full for some seconds."""
        await asyncio.to_thread(self._fleet.disk.fill)
        await asyncio.sleep(self._random.uniform(2, 8))
        await asyncio.to_thread(self._fleet.disk.free)

    async def refuse_redis(self) -> None:
        """Let Redis refuse commands: full, without replicas, too many clients, read-only, or busy."""
        refusal, seconds = self._random.choice(_REFUSALS), self._random.uniform(1, 4)
        await self._fleet.refuse(*refusal, seconds=seconds)

    async def crowd(self) -> None:
        """Send refused bodies from several addresses, and then keep the connections silent."""
        webhook_app = self._random.choice(self._fleet.webhook_apps)
        head = b"POST /telegram/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
        writers = []
        for number in range(_CROWD):
            with suppress(OSError):
                _, writer = await asyncio.open_connection(
                    self._fleet.installation.host,
                    int(webhook_app.environment["api_port"]),
                    local_addr=(f"127.0.0.{2 + number % 3}", 0),
                )
                writer.write(head)
                writers.append(writer)
        await asyncio.sleep(self._random.uniform(2, 8))
        for writer in writers:
            writer.transport.abort()

    async def forge(self) -> None:
        """Send both callbacks with the right form and without the secrets."""
        update = {
            "update_id": self._random.getrandbits(31),
            "message": {
                "message_id": 1,
                "date": 1,
                "chat": {"id": 1001, "type": "private"},
                "from": {"id": 1001, "is_bot": False, "first_name": "Mallory"},
                "text": f"/image {FORGED}",
            },
        }
        await self._knock("/telegram/webhook", {"X-Telegram-Bot-Api-Secret-Token": "guess"}, update)
        word = {"request_id": "guess", "status": "OK", "payload": {"images": []}}
        signature = {
            "Request-Id": "guess",
            "User-Id": "1",
            "Timestamp": "1",
            "Signature": "0" * 128,
        }
        headers = {f"X-Fal-Webhook-{name}": value for name, value in signature.items()}
        await self._knock("/fal/webhook/0123456789abcdef/guess", headers, word)

    async def _knock(self, path: str, headers: dict[str, str], body: object) -> None:
        url = self._fleet.installation.api_url + path
        headers = {"Content-Type": "application/json", **headers}
        try:
            answer = await self._http.post(url, content=json.dumps(body), headers=headers)
        except httpx.TransportError:
            return  # its process was being killed
        self.accepted_forgeries += answer.is_success
