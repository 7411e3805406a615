"""Readiness probes of the programs that `make run` starts."""

from dataclasses import dataclass, field
from typing import Protocol

import httpx

from infra.http_client import create_client
from infra.redis.client import UNAVAILABLE, connected


class Probe(Protocol):
    """Returns a sign of life, or None.

    A sign that existed before the start comes from an earlier run of the program.
    """

    async def __call__(self) -> str | None: ...


@dataclass(frozen=True)
class HttpAnswers:
    """Ready when the URL answers with any status; `/health` reports problems."""

    url: str

    async def __call__(self) -> str | None:
        async with create_client(connect_timeout=1, read_timeout=2) as client:
            try:
                return str((await client.get(self.url)).status_code)
            except httpx.TransportError:
                return None


@dataclass(frozen=True)
class RedisAnswers:
    """Ready when Redis answers and has all the keys that the program renews while it works."""

    url: str = field(repr=False)
    keys: tuple[str, ...] = ()

    async def __call__(self) -> str | None:
        try:
            async with connected(self.url, retries=0, connections=1) as redis:
                values = await redis.mget(self.keys) if self.keys else [await redis.ping()]
        except UNAVAILABLE:
            return None
        return None if None in values else str(values)
