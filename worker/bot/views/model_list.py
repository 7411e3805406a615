"""The models of a settings card, each with the price of this order and the time it takes here. Pure."""

from collections.abc import Mapping

from aiogram.types import InlineKeyboardMarkup

from infra.fal.model import Model
from infra.i18n import Phrases
from infra.money import money
from worker.bot.callback_data import Choose, Menu, Open
from worker.bot.options.labels import SEPARATOR, UNREMARKABLE, label
from worker.bot.options.model_names import model_id
from worker.bot.views.card import Card
from worker.bot.views.keyboards import button, marked
from worker.bot.views.money_format import known_price
from worker.bot.views.settings_card import SettingsCard
from worker.bot.views.wait_time import elapsed_text, kindly
from worker.model import Options


def model_list(card: SettingsCard, usual: Mapping[str, float | None]) -> Card:
    """Offer the models of the card's work; `usual` are the seconds that each takes, where they were measured."""
    t = card.t
    rows = []
    for model in card.catalog.models(card.work):
        data = Choose(owner=card.owner, option="model", value=model_id(model.endpoint))
        text = SEPARATOR.join(_facts(card, model, usual.get(model.endpoint)))
        rows.append([button(marked(text, current=model == card.model), data.pack())])
    back = button(t.plain("button-back"), Open(owner=card.owner, menu=Menu.CARD).pack())
    key = "ask-model" if any(usual.values()) else "ask-model-unmeasured"
    return Card(t(key), InlineKeyboardMarkup(inline_keyboard=[*rows, [back]]))


def _facts(card: SettingsCard, model: Model, seconds: float | None) -> list[str]:
    t, draft = card.t, card.draft
    # As they would be after the press.
    wanted = card.options | {"model": model.endpoint}
    options = card.catalog.resolve(card.work, wanted, draft.pixels)
    cost = known_price(model, options, draft.pictures)
    price = t.plain("price-unknown") if cost is None else money(t, cost)
    took = [] if seconds is None else [elapsed_text(t, kindly(seconds))]
    return [model.title, price, *took]


def lost_options(t: Phrases, wanted: Options, before: Options, after: Options) -> str | None:
    """Say in plain text which of the user's choices (`wanted`) another model replaced; None if it has them all."""
    lost = [
        name
        for name in wanted
        if name not in {"model", "seed"}
        and before.get(name) == wanted[name]
        and (name, before[name]) not in UNREMARKABLE
        and before[name] != after.get(name)
    ]
    if not lost:
        return None
    replaced = {name: after[name] for name in lost if name in after}
    without = SEPARATOR.join(label(t, name, before[name]) for name in lost)
    if not replaced:
        return t.plain("model-lacks", without=without)
    instead = SEPARATOR.join(label(t, name, value) for name, value in replaced.items())
    return t.plain("model-lacks-instead", without=without, instead=instead)
