"""Limit on repeated sends. Telegram has no idempotency key, so each send is counted in its job beforehand.

A message without an answer may have arrived. It is sent a second time once Telegram answers again. A further send waits
until Telegram has accepted another message of the same kind, or for ten minutes; each of these waits doubles.
"""

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal

from arq.connections import ArqRedis

from infra.errors import DarkroomError
from infra.retry import RetryPolicy, add_jitter
from infra.telegram.delivery import Delivery
from infra.telegram.outcomes import TelegramOutcome, Unavailable
from worker.jobs.store import JobStore
from worker.model import Job

#: Maximum number of sends of a message that Telegram neither accepts nor refuses.
MOST = 8
# Seconds from the first send without an answer to the second.
SECOND_AFTER = 5
# From the second send to the third, twice that to the fourth and so on: if such messages are known to be accepted
# again, and if only other calls are answered.
PROVEN = RetryPolicy(first=30, longest=math.inf)
UNPROVEN = RetryPolicy(first=600, longest=math.inf)
# Seconds between two checks whether Telegram is available.
SHORTEST_WAIT, LONGEST_WAIT = 5, 30

# Written with what was sent, and by the inbox (worker/queues/inbox.py).
_ANSWERED = "darkroom:telegram-answered"


class RetryLater(Unavailable):
    """A send now might repeat the message."""

    def __init__(self, seconds: float) -> None:
        reason = "an earlier send was not answered"
        super().__init__("unanswered", reason, ambiguous=False, retry_after=seconds)


class Unanswered(TelegramOutcome):
    """The last permitted send had no answer: the message has arrived, or the connection has a problem."""


class Attempts:
    def __init__(self, redis: ArqRedis, jobs: JobStore, delivery: Delivery) -> None:
        self._redis = redis
        self._jobs = jobs
        self.delivery = delivery

    @asynccontextmanager
    async def counted(
        self,
        job: Job,
        field: Literal["send_attempts", "edit_attempts", "card_attempts"],
        earlier: tuple[float, ...],
        method: str,
    ) -> AsyncGenerator[None]:
        """Count the send of a message in this context, by a method of the Bot API; `earlier` are its unanswered sends.

        A repeated edit shows the same, so its waits are short. The sends stay in the job's `field` until the caller
        records what was sent, and that Telegram has answered (SentMessages). Raises RetryLater and Unanswered.
        """
        await self._check(earlier, method, is_edit=field == "edit_attempts")
        now = self._jobs.clock()
        await self._jobs.update_fields(job.id, **{field: (*earlier, now)})
        try:
            yield
        except DarkroomError as error:
            if not (isinstance(error, Unavailable) and error.ambiguous):
                await self._jobs.update_fields(job.id, **{field: earlier or None})
            raise

    async def _check(self, earlier: tuple[float, ...], method: str, *, is_edit: bool) -> None:
        if not earlier:
            return
        if len(earlier) >= MOST:
            raise Unanswered(f"Telegram did not answer {MOST} sends")
        last = earlier[-1]
        # When Telegram last answered each method.
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(_ANSWERED)
            (found,) = await pipe.execute()
        answered = {method.decode(): float(at) for method, at in found.items()}
        since = self._jobs.clock() - last
        pause: float = SECOND_AFTER
        if len(earlier) > 1:
            is_proven = is_edit or answered.get(method, 0) > last
            pause = (PROVEN if is_proven else UNPROVEN).delay(len(earlier) - 2)
        is_back = any(at > last for at in answered.values())
        if since < pause or not (is_back or await self._probe()):
            left = max(pause - since, since / 2, SHORTEST_WAIT)
            raise RetryLater(add_jitter(min(LONGEST_WAIT, left)))

    async def _probe(self) -> bool:
        """Return whether Telegram answers now."""
        try:
            await self.delivery.probe()
        except TelegramOutcome:
            return False
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(_ANSWERED, "getMe", str(self._jobs.clock()))
            await pipe.execute()
        return True
