"""How the way to Telegram stands, and the patience to mend it."""

from collections.abc import Awaitable, Callable

from loguru import logger

from infra.errors import DarkroomError
from infra.redis.client import UNAVAILABLE
from infra.retry import RetryPolicy
from infra.telegram.errors import TelegramError

_RETRY = RetryPolicy(first=1, longest=30)
_HINTS = {
    401: "tg_bot_token is wrong: copy it again from @BotFather.",
    404: "tg_bot_token is wrong, or tg_api_base is no Bot API server.",
    409: "Another process polls with this token, or set a webhook: stop it.",
}


class TelegramConnection:
    """What is wrong between Telegram and this process, if anything."""

    def __init__(self, retry: RetryPolicy = _RETRY) -> None:
        self._retry = retry
        self.trouble: str | None = "Not connected yet."

    async def check(self) -> None:
        """Raise what is wrong."""
        if self.trouble:
            raise DarkroomError(self.trouble)

    def report(self, trouble: str | None) -> None:
        """Say what is wrong, or None when all is well; the log has it once."""
        if trouble == self.trouble:
            return
        self.trouble = trouble
        if trouble:
            logger.warning(trouble)
        else:
            logger.info("Telegram: connected")

    async def retry_forever(self, step: Callable[[], Awaitable[None]]) -> None:
        """Take a step again until Telegram and Redis let it succeed."""
        await self._retry.run(step, self._may_pass)

    def _may_pass(self, error: Exception) -> float | bool:
        if not isinstance(error, (DarkroomError, *UNAVAILABLE)):
            return False
        self.report(_explain(error))
        # https://core.telegram.org/bots/api#responseparameters
        return (isinstance(error, TelegramError) and error.retry_after) or True


def _explain(error: Exception) -> str:
    if isinstance(error, TelegramError):
        return f"{error}. {_HINTS.get(error.code, 'It is tried again.')}"
    if isinstance(error, DarkroomError):
        return str(error)
    return f"Redis is away ({type(error).__name__}): updates wait at Telegram until it is back."
