"""Rows of a settings card besides its options: other works, the start, formats, better words. Pure."""

from collections.abc import Iterable

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton

from infra.fal.model import Work
from infra.money import money
from worker.bot.callback_data import (
    Cancel,
    Describe,
    Improve,
    MarkedInPicture,
    Menu,
    OnPreset,
    Open,
    PresetAction,
    Proceed,
    Switch,
    Take,
)
from worker.bot.options.catalog import (
    FROM_VIDEO,
    RARE,
)
from worker.bot.views.keyboards import Row, button, in_rows, marked
from worker.bot.views.money_format import priced
from worker.bot.views.order_settings import OrderSettings

# More labels in a row do not fit a phone.
WORDS_IN_A_ROW = 2


def work_rows(order: OrderSettings) -> list[Row]:
    """Offer other works; the rare ones are behind a button."""
    rare = RARE if order.draft.ordering else RARE.union(FROM_VIDEO)
    usual = [work for work in order.works if work not in rare or work is order.work]
    buttons = work_buttons(order, usual)
    if len(usual) < len(order.works):
        more = Open(owner=order.owner, menu=Menu.WORKS)
        buttons.append(menu_button(order, "button-more-works", more))
    return in_rows(buttons, WORDS_IN_A_ROW)


def work_buttons(order: OrderSettings, works: Iterable[Work]) -> Row:
    current = None if order.draft.own_model else order.work
    return [
        button(
            marked(order.t.plain(f"work-{work}"), current=work is current),
            Switch(owner=order.owner, work=work).pack(),
        )
        for work in works
    ]


def last_rows(order: OrderSettings) -> list[Row]:
    draft, rows = order.draft, [*start_row(order), *formats_row(order), *helper_row(order)]
    if order.lacks_mask and draft.has_hole:
        rows.append([menu_button(order, "button-own-mask", MarkedInPicture(owner=order.owner))])
    if len(draft.pictures) > 1 and order.work is not Work.FIRST_LAST_FRAME:
        last = Take(owner=order.owner, picture=len(draft.pictures) - 1)
        rows.append([menu_button(order, "button-only-last", last)])
    save = OnPreset(owner=order.owner, action=PresetAction.SAVE)
    saving = [] if draft.own_model else [menu_button(order, "button-save-preset", save)]
    return [*rows, [*saving, cancel_button(order)]]


def start_row(order: OrderSettings) -> list[Row]:
    """Return the button that starts the order; without further words, only a complete one can start."""
    needs_words = order.model.takes_prompt and not order.draft.words
    can_start = not needs_words or order.work is Work.IMAGE_TO_VIDEO
    lacks = order.lacks_mask or order.lacks_frame
    if not order.draft.ordering or not can_start or lacks or order.flaw:
        return []
    key = "button-without-words" if needs_words else "button-start"
    text = priced(order.t, order.t.plain(key), order.price)
    return [[button(text, Proceed(owner=order.owner).pack(), "primary")]]


def helper_row(order: OrderSettings) -> list[Row]:
    """Offer better words, or words for the only image."""
    draft = order.draft
    if not order.catalog.has_helper or not draft.ordering or order.flaw:
        return []
    if draft.words and order.model.takes_prompt:
        return [[menu_button(order, "button-improve", Improve(owner=order.owner))]]
    if len(draft.pictures) == 1 and not draft.is_video and not draft.words:
        return [[menu_button(order, "button-describe", Describe(owner=order.owner))]]
    return []


def formats_row(order: OrderSettings) -> list[Row]:
    """Return the button that opens the formats; it says what all of them cost together."""
    if not (possible := order.possible_formats) or order.flaw:
        return []
    cost = money(order.t, order.price_of(*possible))
    text = order.t.plain("button-formats", count=len(possible), cost=cost)
    return [[button(text, Open(owner=order.owner, menu=Menu.FORMATS).pack())]]


def cancel_button(order: OrderSettings) -> InlineKeyboardButton:
    data = Cancel(owner=order.owner).pack()
    if order.draft.ordering:
        return button(order.t.plain("button-cancel"), data, "danger")
    return button(order.t.plain("button-ready"), data)


def back_button(order: OrderSettings) -> InlineKeyboardButton:
    return menu_button(order, "button-back", Open(owner=order.owner, menu=Menu.CARD))


def menu_button(order: OrderSettings, key: str, data: CallbackData) -> InlineKeyboardButton:
    return button(order.t.plain(key), data.pack())
