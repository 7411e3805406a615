"""How a test acts as somebody with an account at fal: plain HTTP, and no code of ours."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

SCHNELL = "fal-ai/flux/schnell"
SMALL = {"width": 96, "height": 64}


@dataclass
class Account:
    """Paths are taken from the addresses that the stand-in gave, and asked with this key."""

    http: httpx.AsyncClient

    async def post(self, endpoint: str, body: Mapping[str, Any], **query: str) -> httpx.Response:
        return await self.http.post(f"/{endpoint}", json=body, params=query)

    async def submit(self, endpoint: str, body: Mapping[str, Any], **query: str) -> "Submitted":
        answer = await self.post(endpoint, body, **query)
        assert answer.status_code == 200, answer.text
        return Submitted(self.http, answer.json())

    async def draw(self, prompt: str, **fields: Any) -> "Submitted":
        """Ask for a picture so small that it costs next to nothing."""
        return await self.submit(SCHNELL, {"prompt": prompt, "image_size": SMALL, **fields})

    async def file(self, url: str) -> bytes:
        answer = await self.http.get(url)
        assert answer.status_code == 200, answer.text
        return answer.content

    async def requests(self) -> list[dict[str, Any]]:
        """What the stand-in says it accepted from this account."""
        name = self.http.headers["authorization"].removeprefix("Key ").partition(":")[0]
        listed: list[dict[str, Any]] = (await self.http.get("/requests")).json()
        return [request for request in listed if request["account"] == name]


@dataclass
class Submitted:
    http: httpx.AsyncClient
    answer: dict[str, Any]

    @property
    def request_id(self) -> str:
        return str(self.answer["request_id"])

    def path(self, name: str) -> str:
        return urlsplit(str(self.answer[name])).path

    async def status(self, **query: str) -> dict[str, Any]:
        answer = await self.http.get(self.path("status_url"), params=query)
        found: dict[str, Any] = answer.json()
        assert answer.status_code == (200 if found["status"] == "COMPLETED" else 202)
        return found

    async def reaches(self, state: str) -> dict[str, Any]:
        """Wait for a state; what it was then."""
        async with asyncio.timeout(20):
            while True:
                found = await self.status()
                if found["status"] == state:
                    return found
                await asyncio.sleep(0.01)

    async def result(self) -> httpx.Response:
        return await self.http.get(self.path("response_url"))

    async def end(self) -> httpx.Response:
        """The result, once it is there."""
        await self.reaches("COMPLETED")
        return await self.result()

    async def output(self) -> dict[str, Any]:
        """What a success made."""
        answer = await self.end()
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def error(self) -> dict[str, Any]:
        """The one thing that the model found wrong."""
        answer = await self.end()
        assert answer.status_code == 422, answer.text
        (entry,) = answer.json()["detail"]
        found: dict[str, Any] = entry
        return found

    async def cancel(self) -> httpx.Response:
        return await self.http.put(self.path("cancel_url"))


@asynccontextmanager
async def account(base: str, name: str) -> AsyncIterator[Account]:
    """A customer of this name: what others ask for is not in its way."""
    headers = {"Authorization": f"Key {name}:secret"}
    # Reading the machine's authorities, as by default, takes longer than most tests here.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx.AsyncClient(
        base_url=base, headers=headers, verify=nobody, trust_env=False
    ) as http:
        yield Account(http)
