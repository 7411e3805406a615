"""The keyboards that do not belong to one card."""

from collections.abc import Mapping

from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
)

from infra.fal.model import Work
from infra.i18n import Phrases, Texts
from worker.bot.callback_data import ChooseLanguage, CreateFrom
from worker.bot.options.catalog import FROM_WORDS
from worker.bot.views.money_format import priced

Row = list[InlineKeyboardButton]
_MARK = "✓ "

# What one row of a phone shows without an ellipsis, 390 pixels wide.
_CHARACTERS = 38
_MOST_COLUMNS = 5

# The keyboards of earlier releases: Telegram shows one until the bot sends another.
_FORMER_LABELS = {
    Work.IMAGE: frozenset({"🖼 Картинка", "🖼 Picture"}),
    Work.VIDEO: frozenset({"🎬 Клип", "🎬 Clip"}),
}


def main_labels(texts: Texts, work: Work) -> frozenset[str]:
    """Return the labels of a button of the main keyboard, in every language and release."""
    return frozenset(texts.everywhere(f"button-{work}")) | _FORMER_LABELS[work]


def main_keyboard(t: Phrases) -> ReplyKeyboardMarkup:
    """Build the permanent keyboard below the input field."""
    buttons = [KeyboardButton(text=t.plain(f"button-{work}")) for work in FROM_WORDS]
    return ReplyKeyboardMarkup(
        keyboard=[buttons],
        resize_keyboard=True,
        is_persistent=True,
        input_field_placeholder=t.plain("field-placeholder"),
    )


def offer_keyboard(t: Phrases, owner: int, prices: Mapping[Work, float]) -> InlineKeyboardMarkup:
    """Offer an image or a video from the text that the message replies to, each with its price in dollars."""
    buttons = [
        button(
            priced(t, t.plain(f"button-{work}"), cost), CreateFrom(owner=owner, work=work).pack()
        )
        for work, cost in prices.items()
    ]
    return InlineKeyboardMarkup(inline_keyboard=[buttons])


def language_keyboard(texts: Texts, current: str, owner: int) -> InlineKeyboardMarkup:
    """Offer each language under its own name."""
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


def in_columns(buttons: Row) -> list[Row]:
    """Put labels of any length into as many equal columns as a phone has room for."""
    longest = max((len(each.text) for each in buttons), default=1)
    most = max(1, min(_MOST_COLUMNS, _CHARACTERS // longest))
    # Rows of equal length: six labels in two rows of three.
    rows = -(-len(buttons) // most)
    return in_rows(buttons, max(1, -(-len(buttons) // max(1, rows))))


def paired(buttons: Row) -> list[Row]:
    """Put two neighbours into a row if both fit a phone."""
    rows: list[Row] = []
    for each in buttons:
        fits = [
            key for key in (each, *(rows[-1:] and rows[-1])) if len(key.text) <= _CHARACTERS // 2
        ]
        if rows and len(rows[-1]) == 1 and len(fits) == len(rows[-1]) + 1:
            rows[-1].append(each)
        else:
            rows.append([each])
    return rows


def in_rows(buttons: Row, width: int) -> list[Row]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def pressed(callback: CallbackQuery) -> str:
    """Return the label of the pressed button."""
    markup = callback.message.reply_markup if isinstance(callback.message, Message) else None
    buttons = [key for row in markup.inline_keyboard for key in row] if markup else []
    return next((key.text for key in buttons if key.callback_data == callback.data), "")


def marked(text: str, *, current: bool) -> str:
    return f"{_MARK}{text}" if current else text


def unmarked(text: str) -> str:
    return text.removeprefix(_MARK)
