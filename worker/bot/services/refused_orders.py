"""Refused orders, for the button that keeps them (worker/generation/kept_orders.py)."""

from hashlib import blake2s
from typing import Self

from arq.connections import ArqRedis
from pydantic import BaseModel, ConfigDict, ValidationError

from worker.limits.limits import Reason
from worker.model import Request, SetPurpose

_SECONDS = 24 * 3600


class RefusedOrder(BaseModel):
    """The requests of an order, and why it was refused; several belong to a set."""

    model_config = ConfigDict(frozen=True)

    requests: tuple[Request, ...]
    purpose: SetPurpose | None = None
    reason: Reason

    @classmethod
    def parse(cls, stored: bytes) -> Self | None:
        """Return None if another version has stored something else."""
        try:
            return cls.model_validate_json(stored)
        except ValidationError:
            return None


class RefusedOrders:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def save(self, user_id: int, order: RefusedOrder, origin: str) -> str:
        """Store an order for a day; return its id, which is the same for the same origin."""
        order_id = blake2s(origin.encode(), digest_size=8).hexdigest()
        stored = order.model_dump_json(by_alias=True, exclude_defaults=True)
        await self._redis.set(_key(user_id, order_id), stored, ex=_SECONDS)
        return order_id

    async def get(self, user_id: int, order_id: str) -> RefusedOrder | None:
        stored: bytes | None = await self._redis.get(_key(user_id, order_id))
        return RefusedOrder.parse(stored) if stored else None


def _key(user_id: int, order_id: str) -> str:
    return f"darkroom:refused-order:{user_id}:{order_id}"
