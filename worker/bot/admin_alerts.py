"""Alerts to the admins about failures that only an operator can fix, at most one per kind and hour."""

from collections.abc import Callable

from arq.connections import ArqRedis
from loguru import logger

from infra.errors import FailureKind
from infra.i18n import Texts
from infra.telegram.delivery import Delivery, Place
from infra.telegram.outcomes import TelegramOutcome
from worker.users.store import UserStore

SILENCE_SECONDS = 3600
# Short at first: if the process dies or no admin is reached, the next failure alerts again.
_IN_HAND_SECONDS = 60
ALARMING = frozenset({FailureKind.KEY, FailureKind.BALANCE, FailureKind.STORAGE})


class AdminAlerts:
    def __init__(
        self,
        redis: ArqRedis,
        delivery: Delivery,
        users: UserStore,
        texts: Texts,
        admins: frozenset[int],
    ) -> None:
        self._redis = redis
        self._delivery = delivery
        self._users = users
        self._texts = texts
        self._admins = admins

    async def notify(self, kind: FailureKind) -> None:
        """Alert the admins, unless this kind needs no alert or they had one within the hour."""
        alerted = f"darkroom:alerted:{kind}"
        if kind not in ALARMING or not await self._redis.set(
            alerted, b"", nx=True, ex=_IN_HAND_SECONDS
        ):
            return
        if await self.tell_all(lambda language: self._texts(language, f"alarm-{kind}")):
            await self._redis.expire(alerted, SILENCE_SECONDS)

    async def tell_all(self, write: Callable[[str], str]) -> bool:
        """Send every admin what `write` returns for their language; return whether one of them was reached."""
        is_reached = False
        for admin in (await self._users.get_many(sorted(self._admins))).values():
            try:
                await self._delivery.send_card(Place(admin.id), write(admin.speaks), None)
                is_reached = True
            except TelegramOutcome as outcome:
                logger.warning("failed to alert admin {}: {}", admin.id, outcome)
        return is_reached
