"""Replace the buttons of a result in a message that has other buttons too. Pure."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from worker.bot.button_rights import is_on_result, leads_back, leads_to_tip
from worker.bot.views.keyboards import Row


def beside(
    current: InlineKeyboardMarkup | None, keyboard: InlineKeyboardMarkup | None
) -> InlineKeyboardMarkup:
    """Replace the buttons of the result; keep the other buttons of the message."""
    rows = current.inline_keyboard if current else []
    is_ours = [
        any(key.copy_text or is_on_result(key.callback_data or "") for key in row) for row in rows
    ]
    first = is_ours.index(True) if True in is_ours else 0
    others = [row for row, ours in zip(rows[first:], is_ours[first:], strict=True) if not ours]
    own = keyboard.inline_keyboard if keyboard else []
    forward = step_button(current) if True in is_ours else None
    return InlineKeyboardMarkup(
        inline_keyboard=[*rows[:first], *(with_forward(own, forward) if forward else own), *others]
    )


def step_button(keyboard: InlineKeyboardMarkup | None) -> InlineKeyboardButton | None:
    """Return the button that leads towards the job that the message showed first, if it shows another one."""
    rows = keyboard.inline_keyboard if keyboard else []
    buttons = [key for row in rows for key in row if key.callback_data]
    return next((key for key in buttons if leads_to_tip(key.callback_data or "")), None)


def with_forward(rows: Sequence[Row], forward: InlineKeyboardButton) -> list[Row]:
    """Put the button beside the one that leads back; without one, before all."""
    found = [
        n for n, row in enumerate(rows) if any(leads_back(key.callback_data or "") for key in row)
    ]
    if not found:
        return [[forward], *rows]
    return [[*row, forward] if n == found[0] else row for n, row in enumerate(rows)]
