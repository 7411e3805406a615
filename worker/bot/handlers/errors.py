"""What went wrong while a person waited: said to them, and logged without their words."""

import traceback
from dataclasses import dataclass

from aiogram import Router
from aiogram.exceptions import TelegramAPIError, TelegramForbiddenError
from aiogram.filters import ExceptionTypeFilter
from aiogram.types import ErrorEvent, Message, Update
from loguru import logger

from infra.redis import UNAVAILABLE
from worker.bot.visitor import Visitor


@dataclass(frozen=True)
class Apology:
    """What is left of an update that could not be handled: the name of the error."""

    error: str


def setup() -> Router:
    router = Router(name="errors")
    # While Redis is away nothing can be remembered: whoever fed the update keeps it and tries again.
    router.error.filter(~ExceptionTypeFilter(*UNAVAILABLE))
    router.error.register(note_blocked, ExceptionTypeFilter(TelegramForbiddenError))
    router.error.register(note_refusal, ExceptionTypeFilter(TelegramAPIError))
    router.error.register(apologize)
    return router


async def note_blocked(event: ErrorEvent) -> None:
    logger.info("update {}: this chat takes no messages from us", event.update.update_id)


async def note_refusal(event: ErrorEvent) -> None:
    """Telegram refused or did not answer: saying so through Telegram would fail alike."""
    error = type(event.exception).__name__
    logger.warning("update {}: Telegram: {}\n{}", event.update.update_id, error, _trace(event))


async def apologize(event: ErrorEvent, visitor: Visitor | None = None) -> Apology:
    error = type(event.exception).__name__
    logger.error("update {} failed: {}\n{}", event.update.update_id, error, _trace(event))
    message = _message(event.update)
    if visitor and message:
        await _tell(message, visitor, event.update)
    return Apology(error)


async def _tell(message: Message, visitor: Visitor, update: Update) -> None:
    try:
        await message.answer(visitor.say("internal-error", reference=str(update.update_id)))
    except TelegramAPIError as refusal:
        logger.warning("update {}: not told: {}", update.update_id, type(refusal).__name__)


def _message(update: Update) -> Message | None:
    if update.callback_query:
        message = update.callback_query.message
        return message if isinstance(message, Message) else None
    return update.message or update.edited_message


def _trace(event: ErrorEvent) -> str:
    """Where it happened; an exception's own text may hold a prompt."""
    return "".join(traceback.format_tb(event.exception.__traceback__))
