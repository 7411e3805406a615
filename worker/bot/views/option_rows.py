"""The options of a settings card: a button for each, and the values of one. Pure."""

from collections.abc import Mapping, Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from infra.fal.model import ORIGINAL, Value
from worker.bot.callback_data import Choose, Menu, Open
from worker.bot.options.labels import form, label, ratio, short_label
from worker.bot.options.model_names import value_id
from worker.bot.views.card import Card
from worker.bot.views.keyboards import Row, button, in_columns, marked, paired
from worker.bot.views.money_format import known_price, priced
from worker.bot.views.order_settings import OrderSettings
from worker.comparisons.store import FEWEST
from worker.model import Options

#: The options that users change most, with the values to show on the card itself if there are many; a card has the
#: first one that its model has.
_AT_HAND: Mapping[str, tuple[Value, ...]] = {
    "scale": (),
    "size": ("square", "portrait", "9:16", "wide"),
    "duration": (4, 5, 8, 10),
}
_MOST_AT_HAND = 4
#: An option of two values needs no list of them.
_TOGGLED = 2


def option_rows(order: OrderSettings) -> list[Row]:
    """Show each option with its value; a press opens its values, or changes it to the only other one."""
    offered = order.offered
    choices = {
        option: values
        for option, values in order.choices.items()
        if len(offered[option]) > 1 or option == "scale"
    }
    rows, folded = [], list(choices)
    if first := next((option for option in _AT_HAND if option in choices), None):
        at_hand = _at_hand(first, choices[first])
        texts = {
            value: ratio(value) if first == "size" else label(order.t, first, value)
            for value in at_hand
        }
        rows = in_columns(_value_buttons(order, first, texts))
        # All its values are together: the ones at hand, and the button that opens the others.
        folded.remove(first)
        if len(at_hand) < len(offered[first]):
            folded.insert(0, first)
    buttons = [_folded(order, option, choices[option], offered[option]) for option in folded]
    if order.model.supports("negative_prompt"):
        is_set = bool(order.options.get("negative_prompt"))
        key = "button-negative-prompt-set" if is_set else "button-negative-prompt"
        opens = Open(owner=order.owner, menu=Menu.NEGATIVE_PROMPT)
        buttons.append(button(order.t.plain(key), opens.pack()))
    if len(order.comparable) >= FEWEST:
        count = len(order.compared)
        text = order.t.plain("button-compare-chosen" if count else "button-compare", count=count)
        opens = Open(owner=order.owner, menu=Menu.COMPARE)
        buttons.append(button(text, opens.pack()))
    return [*rows, *paired(buttons)]


def _at_hand(option: str, values: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return the values to show on the card itself."""
    if len(values) <= _MOST_AT_HAND and ORIGINAL not in values:
        return values
    return tuple(value for value in _AT_HAND[option] if value in values)


def _value_buttons(order: OrderSettings, option: str, texts: Mapping[Value, str]) -> Row:
    """Return a button for each value, with its price if the values differ in it."""
    costs = {value: _cost(order, {option: value}) for value in texts}
    differ = len({*costs.values()}) > 1
    return [
        button(
            marked(
                priced(order.t, text, costs[value] if differ else None),
                current=order.options.get(option) == value,
            ),
            Choose(owner=order.owner, option=option, value=value_id(option, value)).pack(),
        )
        for value, text in texts.items()
    ]


def _folded(
    order: OrderSettings, option: str, values: Sequence[Value], offered: Sequence[Value]
) -> InlineKeyboardButton:
    """Return the button of an option that opens its values, or changes it to the only other one."""
    model = order.model
    at_fal = model.sent.get(option, model.defaults.get(option))
    text, chosen = order.t.plain(f"option-{option}"), order.options.get(option, at_fal)
    if chosen is not None:
        value = short_label(order.t, option, chosen)
        text = order.t.plain("button-option", name=text, value=value)
    if option == "model" or not len(values) == len(offered) == _TOGGLED:
        return button(text, Open(owner=order.owner, menu=option).pack())
    other = next(value for value in values if value != chosen)
    cost = _cost(order, {option: other})
    if cost != _cost(order, {}):
        there = priced(order.t, short_label(order.t, option, other), cost)
        text = order.t.plain("button-toggle", now=text, then=there)
    return button(
        text, Choose(owner=order.owner, option=option, value=value_id(option, other)).pack()
    )


def _cost(order: OrderSettings, change: Options) -> float | None:
    """Estimate the price with this change, in dollars; None if it is not known."""
    options = order.options | change
    if "model" in change:
        options = order.catalog.resolve(order.work, options, order.draft.pixels)
    model = order.catalog.model(order.work, options, order.draft.own_model)
    return known_price(model, options, order.draft.pictures)


def values_card(order: OrderSettings, option: str) -> Card:
    """Show every value of an option, with prices if they differ."""
    values = order.choices[option]
    texts = {value: _listed(order, option, value) for value in values}
    rows = in_columns(_value_buttons(order, option, texts))
    text = order.t(f"ask-{option}")
    elsewhere = [value for value in order.offered[option] if value not in values]
    if elsewhere:
        listed = ", ".join(_listed(order, option, value) for value in elsewhere)
        others = {
            order.t.plain(f"option-{name}").lower(): None
            for restriction in order.model.restrictions
            for name in (*restriction.when, *restriction.only)
            if name != option
        }
        text += "\n" + order.t("values-elsewhere", values=listed, options=", ".join(others))
    back = button(order.t.plain("button-back"), Open(owner=order.owner, menu=Menu.CARD).pack())
    return Card(text, InlineKeyboardMarkup(inline_keyboard=[*rows, [back]]))


def _listed(order: OrderSettings, option: str, value: Value) -> str:
    """Return the label of a value below the question about its option."""
    if option == "aspect" and value != ORIGINAL:
        return form(order.t, value)
    if option == "detail":
        return short_label(order.t, option, value).capitalize()
    return label(order.t, option, value)
