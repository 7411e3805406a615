"""What calls of the prompt helper cost: counted in the ledger like jobs, within the same budgets."""

import time
from collections.abc import Awaitable
from enum import StrEnum
from functools import partial
from typing import Any

from arq.connections import ArqRedis
from loguru import logger

from infra.fal.language_model import Completion, LanguageModelError
from infra.redis.client import write_until_taken
from infra.redis.script import Key, lua_script
from worker.limits.ledger import day
from worker.limits.limits import Limits, OrderRefused
from worker.queues.names import Clock


class Purpose(StrEnum):
    """What a call was for; only the log shows it."""

    TRANSLATION = "translation"
    IMPROVEMENT = "improvement"
    DESCRIPTION = "description"
    TEXT_CHECK = "text_check"
    SPEECH = "speech"
    CONVERSATION = "conversation"


@lua_script
async def charge_helper(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis, *, charges: Key, day: str, user_id: str, cost: str, request_id: str
) -> Any:
    """Count a call unless one with this request id was counted on this day; return whether it was counted."""


@lua_script
async def check_budgets(redis: ArqRedis, *, day: str, user_id: str, limits: str) -> Any:
    """Return the refusal as a list if orders are paused or a budget is used up."""


class Charges:
    def __init__(self, redis: ArqRedis, limits: Limits, clock: Clock = time.time) -> None:
        self._redis = redis
        self._limits = limits
        self._clock = clock

    async def charge(
        self, user_id: int, cost: float, *, purpose: Purpose, request_id: str | None
    ) -> None:
        """Count what a call of this user costs, in dollars; `request_id` is fal's.

        The money is spent already, so it waits for Redis: an update that failed here would be handled again, and pay
        again.
        """
        today = day(self._clock())
        count = partial(
            charge_helper,
            self._redis,
            charges=f"darkroom:charges:{today}",
            day=today,
            user_id=str(user_id),
            cost=f"{cost:.9f}",
            request_id=request_id or "",
        )
        await write_until_taken(count)
        logger.info("helper charged: {} ${:.6f}, fal request {}", purpose, cost, request_id or "-")

    async def complete(
        self, asked: Awaitable[Completion], user_id: int, purpose: Purpose
    ) -> Completion:
        """Wait for a language model and count what fal bills, also if it raises LanguageModelError."""
        billed = None
        try:
            billed = await asked
        except LanguageModelError as error:
            billed = error.billed
            raise
        finally:
            if billed:
                await self.charge(
                    user_id, billed.cost, purpose=purpose, request_id=billed.request_id
                )
        return billed

    async def check(self, user_id: int) -> None:
        """Raise OrderRefused if orders are paused, or if a budget of this user or of the team is used up."""
        refusal = await check_budgets(
            self._redis,
            day=day(self._clock()),
            user_id=str(user_id),
            limits=self._limits.dumps(),
        )
        if refusal:
            raise OrderRefused.parse(*refusal)

    async def has_room(self, user_id: int) -> bool:
        """Return whether a call of this user may cost something."""
        try:
            await self.check(user_id)
        except OrderRefused:
            return False
        return True
