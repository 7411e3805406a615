"""Errors of handlers: logged without the user's words; worker/bot/services/error_messages.py tells the user."""

import traceback
from dataclasses import dataclass

from aiogram import Router
from aiogram.exceptions import AiogramError
from aiogram.filters import Filter
from aiogram.types import ErrorEvent
from loguru import logger

from infra.redis.client import UNAVAILABLE
from infra.telegram.outcomes import TelegramOutcome, Unavailable, Unreachable, outcome_of


@dataclass(frozen=True)
class Failure:
    """The result of an update that could not be handled: the name of the error."""

    error: str


class IsOutcome(Filter):
    """An error that means one of these outcomes of a call to Telegram."""

    def __init__(self, *outcomes: type[TelegramOutcome]) -> None:
        self._outcomes = outcomes

    async def __call__(self, event: ErrorEvent) -> bool:
        error = event.exception
        outcome = outcome_of(error) if isinstance(error, AiogramError) else error
        return isinstance(outcome, self._outcomes)


class IsRedisError(Filter):
    async def __call__(self, event: ErrorEvent) -> bool:
        return isinstance(event.exception, UNAVAILABLE)


def setup() -> Router:
    router = Router(name="errors")
    # While Redis or Telegram is unreachable, the update is kept and retried.
    router.error.filter(~IsRedisError(), ~IsOutcome(Unavailable))
    router.error.register(mark_blocked, IsOutcome(Unreachable))
    router.error.register(note_refusal, IsOutcome(TelegramOutcome))
    router.error.register(note_failure)
    return router


async def mark_blocked(event: ErrorEvent) -> None:
    logger.info("cannot write to the chat of update {}", event.update.update_id)


async def note_refusal(event: ErrorEvent) -> None:
    """Log a refused answer; Telegram would refuse another one, too."""
    error = type(event.exception).__name__
    update_id = event.update.update_id
    logger.warning(
        "Telegram refused the answer to update {}: {}\n{}", update_id, error, _trace(event)
    )


async def note_failure(event: ErrorEvent) -> Failure:
    error = type(event.exception).__name__
    logger.error("update {} failed: {}\n{}", event.update.update_id, error, _trace(event))
    return Failure(error)


def _trace(event: ErrorEvent) -> str:
    """Format the traceback only, because the text of an exception may contain a prompt."""
    return "".join(traceback.format_tb(event.exception.__traceback__))
