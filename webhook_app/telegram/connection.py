"""State of the connection to Telegram, with retry."""

from collections.abc import Awaitable, Callable

from loguru import logger

from infra.errors import DarkroomError
from infra.redis.client import UNAVAILABLE
from infra.retry import RetryPolicy
from infra.telegram.errors import TelegramError

_RETRY = RetryPolicy(first=1, longest=30)
_HINTS = {
    401: "tg_bot_token is wrong: copy it again from @BotFather.",
    404: "tg_bot_token is wrong, or tg_api_base is not a Bot API server.",
    409: "Another process polls with this token, or has set a webhook: stop it.",
}


class TelegramConnection:
    def __init__(self, retry: RetryPolicy = _RETRY) -> None:
        self._retry = retry
        self.problem: str | None = "Not connected yet."

    async def check(self) -> None:
        """Raise DarkroomError while there is a problem."""
        if self.problem:
            raise DarkroomError(self.problem)

    def report(self, problem: str | None) -> None:
        """Set the current problem, None for none, and log a change."""
        if problem == self.problem:
            return
        self.problem = problem
        if problem:
            logger.warning(problem)
        else:
            logger.info("Telegram: connected")

    async def retry_forever(self, step: Callable[[], Awaitable[None]]) -> None:
        """Repeat a step until it succeeds, while Telegram or Redis fails."""

        def should_retry(error: Exception) -> float | bool:
            if isinstance(error, TelegramError):
                self.report(f"{error}. {_HINTS.get(error.code, 'Retrying.')}")
                # https://core.telegram.org/bots/api#responseparameters
                return error.retry_after or True
            if isinstance(error, DarkroomError):
                self.report(str(error))
                return True
            if isinstance(error, UNAVAILABLE):
                name = type(error).__name__
                self.report(
                    f"Redis is not available ({name}): updates wait at Telegram until it is."
                )
                return True
            return False

        await self._retry.run(step, should_retry)
