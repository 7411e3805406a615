"""The settings card: asks for what an order lacks and holds its settings; its buttons edit it in place."""

from aiogram.types import InlineKeyboardMarkup

from worker.bot.callback_data import (
    ChoosePlainText,
    ClearNegativePrompt,
    Crop,
    Menu,
    OnPreset,
    Open,
    PresetAction,
    Take,
    ToggleFormat,
)
from worker.bot.options.catalog import (
    MAX_NEGATIVE_PROMPT,
)
from worker.bot.options.formats import FORMATS
from worker.bot.truncate import one_line
from worker.bot.views.card import Card
from worker.bot.views.keyboards import Row, button, in_rows, marked
from worker.bot.views.money_format import priced
from worker.bot.views.option_rows import option_rows
from worker.bot.views.order_settings import OrderSettings
from worker.bot.views.settings_rows import (
    WORDS_IN_A_ROW,
    back_button,
    cancel_button,
    last_rows,
    menu_button,
    start_row,
    work_buttons,
    work_rows,
)
from worker.bot.views.settings_text import WORDS_SHOWN, paragraphs
from worker.users.plain_text import AT_ONCE
from worker.users.presets import MAX_NAME

_NUMBERS_IN_A_ROW = 5
# The newest; all of them are in /presets.
_PRESETS_SHOWN = 4


class SettingsCard(OrderSettings):
    """The views of the card."""

    def main(self, *, in_group: bool = False) -> Card:
        """Ask for what is missing; in a group, where users talk to each other, ask for a reply to this message."""
        if self.has_too_many:
            return self._which_picture()
        if self.shows_formats:
            return self._formats_card(in_group=in_group)
        # Presets are for the current model of the work, not for an order with a model of its own.
        presets = [] if self.draft.own_model else self.presets[-_PRESETS_SHOWN:]
        apply = OnPreset(owner=self.owner, action=PresetAction.APPLY)
        buttons = [
            button(f"⭐ {preset.name}", apply.model_copy(update={"preset": preset.number}).pack())
            for preset in presets
        ]
        settings = [*option_rows(self), *in_rows(buttons, WORDS_IN_A_ROW)]
        text = "\n\n".join(paragraphs(self, in_group=in_group))
        if not self.draft.ordering and not in_group:
            value = self.t.plain(f"plain-text-{self.plain_text}")
            label = self.t.plain("button-plain-text", value=value)
            data = Open(owner=self.owner, menu=Menu.PLAIN_TEXT)
            settings.append([button(label, data.pack())])
        return _card(text, [*work_rows(self), *settings, *last_rows(self)])

    def more_works(self) -> Card:
        """Show every work that the card can be switched to."""
        rows = in_rows(work_buttons(self, self.works), WORDS_IN_A_ROW)
        return _card(self.t("ask-work"), [*rows, [back_button(self)]])

    def negative_prompt(self) -> Card:
        """Ask for what the result must not show."""
        rows = [[back_button(self)]]
        text = self.t("ask-negative-prompt", limit=MAX_NEGATIVE_PROMPT)
        if current := self.options.get("negative_prompt"):
            text += "\n\n" + self.t("ask-without", things=one_line(str(current), 200))
            rows.insert(
                0, [menu_button(self, "button-clear", ClearNegativePrompt(owner=self.owner))]
            )
        return _card(text, rows)

    def plain_text_choice(self) -> Card:
        """Ask what to do with words that the bot did not ask for."""
        rows = [
            [
                button(
                    marked(self.t.plain(f"plain-text-{value}"), current=value is self.plain_text),
                    ChoosePlainText(owner=self.owner, value=value).pack(),
                )
            ]
            for value in AT_ONCE
        ]
        return _card(self.t("ask-plain-text"), [*rows, [back_button(self)]])

    def preset_name(self) -> Card:
        """Ask for the name of a preset with these settings."""
        return _card(self.t("ask-preset-name", limit=MAX_NAME), [[back_button(self)]])

    def _which_picture(self) -> Card:
        """Ask for one of the pictures; if the words are there, the press spends what its button shows."""
        numbers = []
        for number, picture in enumerate(self.draft.pictures):
            cost = (
                self.price_with(self.model, self.options, [picture]) if self.draft.words else None
            )
            take = Take(owner=self.owner, picture=number)
            numbers.append(button(priced(self.t, str(number + 1), cost), take.pack()))
        key = "ask-which-meant" if self.draft.choosing else "ask-which-picture"
        text = self.t(key, pictures=len(self.draft.pictures))
        width = WORDS_IN_A_ROW if self.draft.words else _NUMBERS_IN_A_ROW
        return _card(text, [*in_rows(numbers, width), *work_rows(self), [cancel_button(self)]])

    def _formats_card(self, *, in_group: bool) -> Card:
        """Ask which formats to make, each for its price, and offer to crop the source."""
        found, rows = [], []
        if possible := self.possible_formats:
            words = one_line(self.draft.words, WORDS_SHOWN)
            asked = self.t("ask-formats-of", prompt=words) if words else self.t("ask-formats")
            found += [asked, self.flaw] if self.flaw else [asked]
            # Without the question of the work, which is about its own card.
            found += paragraphs(self, in_group=in_group)[1:]
            toggles = [
                button(
                    marked(
                        priced(self.t, sides, self.price_of(sides)), current=sides in self.formats
                    ),
                    ToggleFormat(owner=self.owner, ratio=sides).pack(),
                )
                for sides in possible
            ]
            rows += [*in_rows(toggles, WORDS_IN_A_ROW), *start_row(self)]
        if self.draft.source and self.draft.source_file is not None:
            found.append(self.t("ask-crop"))
            crop = Crop(
                owner=self.owner,
                job_id=self.draft.source,
                picture=self.draft.source_file,
                ratio="",
            )
            rows.append(
                [
                    button(f"✂️ {sides}", crop.model_copy(update={"ratio": sides}).pack())
                    for sides in FORMATS
                ]
            )
        return _card("\n\n".join(found), [*rows, [back_button(self), cancel_button(self)]])


def _card(text: str, rows: list[Row]) -> Card:
    return Card(text, InlineKeyboardMarkup(inline_keyboard=rows))
