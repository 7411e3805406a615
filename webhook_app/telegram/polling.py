"""Updates by long polling.

https://core.telegram.org/bots/api#getupdates
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence

from arq.connections import ArqRedis
from loguru import logger
from redis.asyncio.lock import Lock
from redis.exceptions import LockError

from infra.errors import DarkroomError
from infra.observability.metrics import Meter
from infra.observability.request_id import about, of_update
from infra.observability.tracing import record_first
from infra.redis.client import UNAVAILABLE
from infra.telegram.batch import find_number
from infra.telegram.client import MAX_UPDATES, BotApi
from infra.telegram.errors import AnswerTooLarge, TelegramError
from infra.telegram.registration import HANDLED_UPDATES
from webhook_app.telegram.connection import TelegramConnection
from webhook_app.telegram.update_ids import UNREADABLE, identify
from worker.queues.inbox import Inbox, ReceivedUpdate


class Poller:
    """Polls while it holds the lease, so that one of several processes polls. Times are in seconds."""

    def __init__(  # noqa: PLR0913 - keyword-only
        self,
        bot: BotApi,
        redis: ArqRedis,
        connection: TelegramConnection,
        *,
        wait: int = 25,
        lease: float = 4,
        meter: Meter | None = None,
    ) -> None:
        self._bot = bot
        self._redis = redis
        self._inbox = Inbox(redis, meter=meter)
        self._connection = connection
        self._wait = wait
        self._lease = lease
        self._webhook_is_off = False
        self._offset: int | None = None
        self._limit = MAX_UPDATES

    async def run(self) -> None:
        while True:
            await self._connection.retry_forever(self._poll_with_lease)

    async def _poll_with_lease(self) -> None:
        lock = self._redis.lock("darkroom:poller", timeout=self._lease, sleep=self._lease / 3)
        if not await lock.acquire(blocking=False):
            self._connection.report(None)  # another process polls: no problem
            await lock.acquire()
        self._webhook_is_off = False
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._renew(lock))
                while True:
                    await self._connection.retry_forever(self._fetch)
        except* LockError:
            logger.info("polling lease lost: another process polls")
        finally:
            # A lease that cannot be released expires.
            with contextlib.suppress(LockError, *UNAVAILABLE):
                await lock.release()

    async def _renew(self, lock: Lock) -> None:
        while True:
            await asyncio.sleep(self._lease / 3)
            try:
                await lock.reacquire()
            except LockError:
                raise
            except UNAVAILABLE as error:
                logger.debug("polling lease not renewed: {}", type(error).__name__)

    async def _fetch(self) -> None:
        if not self._webhook_is_off:
            await self._bot.delete_webhook()
            self._webhook_is_off = True
        # After a problem one short poll, to report the recovery soon.
        wait = 0 if self._connection.problem else self._wait
        try:
            updates = await self._bot.get_updates(self._offset, wait, HANDLED_UPDATES, self._limit)
        except TelegramError as error:
            self._webhook_is_off = error.code != 409
            raise
        except AnswerTooLarge:
            self._limit = max(1, self._limit // 10)
            raise
        await self._enqueue(updates)
        self._limit = MAX_UPDATES
        self._connection.report(None)

    async def _enqueue(self, updates: Sequence[bytes]) -> None:
        """Store each update unchanged. The worker moves unreadable ones to the dead-letter queue."""
        found = [identify(body) for body in updates]
        begun = time.perf_counter()
        are_new = await self._inbox.enqueue_all(
            [
                ReceivedUpdate(one.id, one.chat, body)
                for one, body in zip(found, updates, strict=True)
            ]
        )
        for one, body, is_new in zip(found, updates, are_new, strict=True):
            with about(of_update(one.id, body), update=one.id, chat=one.chat):
                if one.chat == UNREADABLE:
                    logger.warning("unreadable update stored: {} bytes", len(body))
                logger.debug("update stored: {}", one.id)
                if is_new:
                    record_first("receive update", time.perf_counter() - begun)
        # The next poll confirms all updates before the offset, so it moves after all are in Redis.
        if ids := [number for body in updates if (number := find_number(body, "update_id"))]:
            self._offset = max(ids) + 1
        elif updates and self._offset is not None:
            self._offset += 1
        elif updates:
            raise DarkroomError(
                "Updates have no update_id: check that tg_api_base is a Bot API server."
            )
