"""A message of the bot with its buttons."""

from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup


@dataclass(frozen=True)
class Card:
    """A message of the bot: HTML within Telegram's limits, and its buttons."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None
