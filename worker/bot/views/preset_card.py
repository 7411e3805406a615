"""The message with a user's presets: the list, or one of them. Pure."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from infra.i18n import Phrases
from worker.bot.callback_data import OnPreset, PresetAction
from worker.bot.options.labels import summary
from worker.bot.views.card import Card
from worker.bot.views.keyboards import button
from worker.users.presets import Preset

_IN_A_ROW = 2


def preset_list(t: Phrases, owner: int, presets: Sequence[Preset]) -> Card:
    """List the presets as buttons."""
    if not presets:
        return Card(t("presets-none"))
    buttons = [_named(t, owner, preset) for preset in presets]
    rows = [buttons[start : start + _IN_A_ROW] for start in range(0, len(buttons), _IN_A_ROW)]
    return Card(t("presets-list"), InlineKeyboardMarkup(inline_keyboard=rows))


def shown_preset(t: Phrases, owner: int, preset: Preset) -> Card:
    """Show what a preset sets, and the actions on it."""
    work = t.plain(f"work-{preset.work}")
    settings = summary(t, preset.options) or "—"
    text = t("preset-shown", name=preset.name, work=work, settings=settings)
    apply, rename, delete, back = (
        button(t.plain(key), OnPreset(owner=owner, action=action, preset=preset.number).pack())
        for key, action in _BUTTONS
    )
    return Card(text, InlineKeyboardMarkup(inline_keyboard=[[apply], [rename, delete], [back]]))


_BUTTONS = (
    ("button-preset-apply", PresetAction.APPLY),
    ("button-preset-rename", PresetAction.RENAME),
    ("button-preset-delete", PresetAction.DELETE),
    ("button-back", PresetAction.LIST),
)


def _named(t: Phrases, owner: int, preset: Preset) -> InlineKeyboardButton:
    pictogram = t.plain(f"work-{preset.work}").split()[0]
    data = OnPreset(owner=owner, action=PresetAction.SHOW, preset=preset.number)
    return button(f"{pictogram} {preset.name}", data.pack())
