"""Conversation state that is written after its update was handled: a retried handler finds the old state."""

import json
from collections.abc import Mapping
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey
from aiogram.fsm.storage.redis import RedisStorage
from redis.asyncio.client import Pipeline


class PendingState(BaseStorage):
    """The unsaved state and data of one conversation, over the stored ones."""

    def __init__(self, storage: RedisStorage, key: StorageKey) -> None:
        self._storage = storage
        self._key = key
        self.state: str | None = None
        self._stored: bytes = b"{}"
        self._data: dict[str, Any] | None = None
        self._changed: set[str] = set()

    def read(self, pipe: Pipeline) -> None:
        """Add the commands to a pipeline whose answers `take` gets."""
        build = self._storage.key_builder.build
        pipe.get(build(self._key, "state"))
        pipe.get(build(self._key, "data"))

    def take(self, state: bytes | None, data: bytes | None) -> None:
        self.state = state.decode() if state else None
        self._stored = data or b"{}"

    async def get_state(self, key: StorageKey) -> str | None:  # noqa: ARG002 - there is one
        return self.state

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:  # noqa: ARG002 - there is one
        new = state.state if isinstance(state, State) else state
        if new or self.state:
            self._changed.add("state")
        self.state = new

    async def get_data(self, key: StorageKey) -> dict[str, Any]:  # noqa: ARG002 - there is one
        return self._read().copy()

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:  # noqa: ARG002 - there is one
        if data or self._read():
            self._changed.add("data")
        self._data = dict(data)

    def _read(self) -> dict[str, Any]:
        if self._data is None:
            self._data = json.loads(self._stored)
        return self._data

    async def commit(self) -> None:
        """Write what has changed; a conversation that had no state and has none needs no write."""
        # Written second, the data expires after the state, which needs it.
        if "state" in self._changed:
            await self._storage.set_state(self._key, self.state)
        if "data" in self._changed:
            await self._storage.set_data(self._key, self._read())

    async def close(self) -> None:
        """Leave the storage open: the dispatcher owns it."""
