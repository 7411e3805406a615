"""Readiness probes: whether a program is up and does its work."""

from dataclasses import dataclass, field
from typing import Protocol

import httpx

from infra.http import create_client
from infra.redis import UNAVAILABLE, connect


class Probe(Protocol):
    async def __call__(self) -> bool: ...


@dataclass(frozen=True)
class HttpAnswers:
    """Any answer will do: what is wrong inside is for `/health` to say."""

    url: str

    async def __call__(self) -> bool:
        async with create_client(connect_timeout=1, read_timeout=2) as client:
            try:
                await client.get(self.url)
            except httpx.TransportError:
                return False
        return True


@dataclass(frozen=True)
class RedisAnswers:
    """Redis answers PING, and the keys that a program keeps alive while it works are there."""

    url: str = field(repr=False)
    keys: tuple[str, ...] = ()

    async def __call__(self) -> bool:
        redis = connect(self.url, retries=0, connections=1)
        try:
            await redis.ping()
            return not self.keys or await redis.exists(*self.keys) == len(self.keys)
        except UNAVAILABLE:
            return False
        finally:
            await redis.aclose(close_connection_pool=True)
