"""The message with a user's presets: the list, or one of them. Pure."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardMarkup

from infra.i18n import Phrases
from worker.bot.callback_data import OnPreset, PresetAction
from worker.bot.options.labels import summary
from worker.bot.views.card import Card
from worker.bot.views.keyboards import button, in_rows
from worker.users.presets import Preset

_IN_A_ROW = 2


def preset_list(t: Phrases, owner: int, presets: Sequence[Preset]) -> Card:
    """List the presets as buttons."""
    if not presets:
        return Card(t("presets-none"))
    buttons = []
    for preset in presets:
        pictogram = t.plain(f"work-{preset.work}").split()[0]
        data = OnPreset(owner=owner, action=PresetAction.SHOW, preset=preset.number)
        buttons.append(button(f"{pictogram} {preset.name}", data.pack()))
    keyboard = InlineKeyboardMarkup(inline_keyboard=in_rows(buttons, _IN_A_ROW))
    return Card(t("presets-list"), keyboard)


def shown_preset(t: Phrases, owner: int, preset: Preset) -> Card:
    """Show what a preset sets, and the actions on it."""
    work = t.plain(f"work-{preset.work}")
    settings = summary(t, preset.options) or "—"
    text = t("preset-shown", name=preset.name, work=work, settings=settings)
    apply, rename, delete, back = (
        button(
            t.plain(key),
            OnPreset(owner=owner, action=action, preset=preset.number).pack(),
            "danger" if action is PresetAction.DELETE else None,
        )
        for key, action in _BUTTONS
    )
    return Card(text, InlineKeyboardMarkup(inline_keyboard=[[apply], [rename, delete], [back]]))


_BUTTONS = (
    ("button-preset-apply", PresetAction.APPLY),
    ("button-preset-rename", PresetAction.RENAME),
    ("button-preset-delete", PresetAction.DELETE),
    ("button-back", PresetAction.LIST),
)
