"""The keyboards that do not belong to one card."""

from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
)

from infra.texts import Phrases, Texts
from worker.bot.callbacks import ChooseLanguage, MakeOf
from worker.bot.offering import FROM_WORDS


def main_keyboard(say: Phrases) -> ReplyKeyboardMarkup:
    """What stands below the field for text all the time."""
    buttons = [KeyboardButton(text=say.plain(f"button-{work}")) for work in FROM_WORDS]
    return ReplyKeyboardMarkup(
        keyboard=[buttons],
        resize_keyboard=True,
        is_persistent=True,
        input_field_placeholder=say.plain("field-placeholder"),
    )


def offer_keyboard(say: Phrases, owner: int) -> InlineKeyboardMarkup:
    """Picture or clip, of the text that the message answers."""
    buttons = [
        button(say.plain(f"button-{work}"), MakeOf(owner=owner, work=work).pack())
        for work in FROM_WORDS
    ]
    return InlineKeyboardMarkup(inline_keyboard=[buttons])


def language_keyboard(texts: Texts, current: str, owner: int) -> InlineKeyboardMarkup:
    """Each language by its own name."""
    buttons = [
        button(
            marked(texts.speaking(language).plain("language-name"), current=current == language),
            ChooseLanguage(owner=owner, language=language).pack(),
        )
        for language in texts.languages
    ]
    return InlineKeyboardMarkup(inline_keyboard=[buttons])


def button(text: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data)


def marked(text: str, *, current: bool) -> str:
    return f"✓ {text}" if current else text
