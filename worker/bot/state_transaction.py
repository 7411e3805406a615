"""Conversation state that is written after its update was handled: a retried handler finds the old state."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiogram import BaseMiddleware
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey
from aiogram.types import TelegramObject

_UNREAD: Any = object()


class StateTransaction(BaseMiddleware):
    """Keep changes of the state in memory until the handler has returned."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        state: FSMContext | None = data.get("state")
        if state is None:
            return await handler(event, data)
        pending = PendingState(state.storage, data["raw_state"])
        data["state"] = FSMContext(pending, state.key)
        outcome = await handler(event, data)
        await pending.commit(state.key)
        return outcome


class PendingState(BaseStorage):
    """The unsaved state and data of one conversation, over the stored ones."""

    def __init__(self, storage: BaseStorage, state: str | None) -> None:
        self._storage = storage
        self._state = state
        self._data: dict[str, Any] = _UNREAD
        self._changed: set[str] = set()

    async def get_state(self, key: StorageKey) -> str | None:  # noqa: ARG002 - there is one
        return self._state

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:  # noqa: ARG002 - there is one
        self._state = state.state if isinstance(state, State) else state
        self._changed.add("state")

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        if self._data is _UNREAD:
            self._data = await self._storage.get_data(key)
        return self._data.copy()

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:  # noqa: ARG002 - there is one
        self._data = dict(data)
        self._changed.add("data")

    async def commit(self, key: StorageKey) -> None:
        # Written second, the data expires after the state, which needs it.
        if "state" in self._changed:
            await self._storage.set_state(key, self._state)
        if "data" in self._changed:
            await self._storage.set_data(key, self._data)

    async def close(self) -> None:
        """Leave the storage open: the dispatcher owns it."""
