"""A worker's environment: both fakes, and the path of an update from Telegram into Redis."""

from dataclasses import dataclass

import httpx
from arq.connections import ArqRedis

from infra.redis.client import dumps
from tests.processes import TOKEN
from worker.queues.inbox import Inbox


@dataclass
class World:
    http: httpx.AsyncClient
    telegram_url: str
    fal_url: str
    offset: int = 0

    async def enqueue(self, redis: ArqRedis) -> None:
        url = f"{self.telegram_url}/bot{TOKEN}/getUpdates"
        updates = (await self.http.post(url, json={"offset": self.offset})).json()["result"]
        for update in updates:
            message = update.get("message") or update["callback_query"]["message"]
            chat = str(message["chat"]["id"])
            await Inbox(redis).enqueue(update["update_id"], chat, dumps(update))
            self.offset = update["update_id"] + 1

    async def paid(self) -> int:
        return len((await self.http.get(f"{self.fal_url}/requests")).json())
