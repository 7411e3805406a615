"""Verification of the signatures of fal's webhooks."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

from infra.settings import Settings
from worker.queues.names import Clock

type Verify = Callable[[Mapping[str, str], bytes], Awaitable[None]]


class Signatures:
    """Loads the verifier on the first webhook: it is slow to import, and the server starts without it."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._verify: Verify | None = None

    async def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises SignatureError, or ProviderError while fal's keys are not available."""
        async with self._opening:
            if self._verify is None:
                await asyncio.to_thread(importlib.import_module, "infra.fal.signature")
                from infra.fal.signature import Jwks
                from infra.light_http_client import create_light_client

                http = create_light_client(proxy=self._settings.fal_proxy)
                self._stack.push_async_callback(http.aclose)
                url = self._settings.fal_rest_base_url
                self._verify = Jwks(http, url, clock=self._clock).verify
        await self._verify(headers, body)

    async def aclose(self) -> None:
        await self._stack.aclose()
