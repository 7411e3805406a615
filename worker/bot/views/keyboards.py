"""The keyboards that do not belong to one card."""

import math
from typing import Literal

from aiogram.types import (
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
)

from infra.fal.model import Work
from infra.i18n import Phrases, Texts
from infra.telegram.text_length import length
from worker.bot.callback_data import ChooseLanguage
from worker.bot.options.catalog import FROM_WORDS

Row = list[InlineKeyboardButton]
#: Deletion and cancellation are `danger`; what starts an order is `primary`.
Style = Literal["danger", "primary"]
#: https://core.telegram.org/bots/api#copytextbutton
MAX_COPIED = 256
_MARK = "✓ "

# What one row of a phone shows without an ellipsis, 390 pixels wide.
_CHARACTERS = 35
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


def button(text: str, data: str, style: Style | None = None) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data, style=style)


def copy_button(text: str, copied: str) -> Row:
    """Build a button that copies a text without asking the bot; none for a text that Telegram refuses."""
    if not 0 < length(copied) <= MAX_COPIED:
        return []
    return [InlineKeyboardButton(text=text, copy_text=CopyTextButton(text=copied))]


def in_columns(buttons: Row) -> list[Row]:
    """Put buttons into as many equal columns as a phone has room for; where one is long, pair those that are short."""
    longest = max((len(each.text) for each in buttons), default=1)
    most = min(_MOST_COLUMNS, _CHARACTERS // longest)
    if most <= 1:
        return paired(buttons)
    # Rows of equal length: six labels in two rows of three.
    rows = math.ceil(len(buttons) / most)
    return in_rows(buttons, math.ceil(len(buttons) / max(1, rows)) or 1)


def paired(buttons: Row) -> list[Row]:
    """Put two neighbours into a row if both fit a phone."""
    rows: list[Row] = []
    for each in buttons:
        last = rows[-1] if rows else []
        if len(last) == 1 and max(len(last[0].text), len(each.text)) <= _CHARACTERS // 2:
            last.append(each)
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
