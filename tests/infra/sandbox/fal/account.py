"""A client with an account at fal: plain HTTP, without our own code."""

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
    """Requests URLs that the fake returned, with this key."""

    http: httpx.AsyncClient

    async def post(self, endpoint: str, body: Mapping[str, Any], **query: str) -> httpx.Response:
        return await self.http.post(f"/{endpoint}", json=body, params=query)

    async def submit(self, endpoint: str, body: Mapping[str, Any], **query: str) -> "Submitted":
        answer = await self.post(endpoint, body, **query)
        assert answer.status_code == 200, answer.text
        return Submitted(self.http, answer.json())

    async def draw(self, prompt: str, **fields: Any) -> "Submitted":
        """Submit a request for an image so small that it costs almost nothing."""
        return await self.submit(SCHNELL, {"prompt": prompt, "image_size": SMALL, **fields})

    async def file(self, url: str) -> bytes:
        answer = await self.http.get(url)
        assert answer.status_code == 200, answer.text
        return answer.content

    @property
    def admin_headers(self) -> dict[str, str]:
        """Return the headers with the account's ADMIN key."""
        key = self.http.headers["authorization"].removeprefix("Key ")
        return {"authorization": f"Key admin-{key}"}

    async def admin(self, path: str, **query: str) -> dict[str, Any]:
        """Read one of the Platform routes that require the ADMIN scope."""
        answer = await self.http.get(path, params=query, headers=self.admin_headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def uploaded(self, content: bytes, **headers: str) -> str:
        """Upload a file; return its URL."""
        about = {"content_type": "application/octet-stream"}
        given = await self.http.post("/storage/upload/initiate", json=about, headers=headers)
        await self.http.put(given.json()["upload_url"], content=content)
        return str(given.json()["file_url"])

    async def requests(self) -> list[dict[str, Any]]:
        """Return what the fake accepted from this account."""
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

    async def reaches(self, state: str, seconds: float = 20) -> dict[str, Any]:
        """Wait for a state; return the status object."""
        async with asyncio.timeout(seconds):
            while True:
                found = await self.status()
                if found["status"] == state:
                    return found
                await asyncio.sleep(0.01)

    async def result(self) -> httpx.Response:
        return await self.http.get(self.path("response_url"))

    async def end(self, seconds: float = 20) -> httpx.Response:
        """Wait for the result."""
        await self.reaches("COMPLETED", seconds)
        return await self.result()

    async def output(self) -> dict[str, Any]:
        """Return the output of a successful request."""
        answer = await self.end()
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def error(self) -> dict[str, Any]:
        """Return the only error that the model reported."""
        answer = await self.end()
        assert answer.status_code == 422, answer.text
        (entry,) = answer.json()["detail"]
        found: dict[str, Any] = entry
        return found

    async def cancel(self) -> httpx.Response:
        return await self.http.put(self.path("cancel_url"))


@asynccontextmanager
async def account(base: str, name: str) -> AsyncIterator[Account]:
    """Return an account of this name: other accounts' requests do not delay it."""
    headers = {"Authorization": f"Key {name}:secret"}
    # Loading the machine's certificate authorities, the default, takes longer than most tests here.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx.AsyncClient(
        base_url=base, headers=headers, verify=nobody, trust_env=False
    ) as http:
        yield Account(http)
