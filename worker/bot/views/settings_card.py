"""The settings card: asks for what an order lacks and holds its settings; its buttons edit it in place."""

from collections.abc import Iterable

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from infra.fal.model import Work
from infra.money import money
from worker.bot.callback_data import (
    Cancel,
    ChoosePlainText,
    ClearNegativePrompt,
    Crop,
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
    ToggleFormat,
)
from worker.bot.options.catalog import (
    FROM_VIDEO,
    MAX_NEGATIVE_PROMPT,
    RARE,
)
from worker.bot.options.formats import FORMATS
from worker.bot.options.labels import model_title
from worker.bot.states import Making
from worker.bot.truncate import one_line
from worker.bot.views.card import Card
from worker.bot.views.keyboards import Row, button, in_rows, marked
from worker.bot.views.money_format import known_price, priced
from worker.bot.views.option_rows import option_rows
from worker.bot.views.order_settings import OrderSettings
from worker.users.plain_text import AT_ONCE
from worker.users.presets import MAX_NAME

# More labels in a row do not fit a phone.
_WORDS_IN_A_ROW = 2
_NUMBERS_IN_A_ROW = 5
_WORDS_SHOWN = 500
#: The second picture that a work needs.
_ASKS_PICTURE = {
    Work.INPAINTING: "ask-mask",
    Work.ERASE: "ask-mask-to-erase",
    Work.FIRST_LAST_FRAME: "ask-last-frame",
}
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
        settings = [*option_rows(self), *in_rows(buttons, _WORDS_IN_A_ROW)]
        text = "\n\n".join(self._paragraphs(in_group=in_group))
        if not self.draft.ordering and not in_group:
            settings.append([self._plain_text_button()])
        return _card(text, [*self._work_rows(), *settings, *self._last_rows()])

    def more_works(self) -> Card:
        """Show every work that the card can be switched to."""
        rows = in_rows(self._work_buttons(self.works), _WORDS_IN_A_ROW)
        return _card(self.t("ask-work"), [*rows, [self._back()]])

    def negative_prompt(self) -> Card:
        """Ask for what the result must not show."""
        rows = [[self._back()]]
        text = self.t("ask-negative-prompt", limit=MAX_NEGATIVE_PROMPT)
        if current := self.options.get("negative_prompt"):
            text += "\n\n" + self.t("ask-without", things=one_line(str(current), 200))
            rows.insert(0, [self._button("button-clear", ClearNegativePrompt(owner=self.owner))])
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
        return _card(self.t("ask-plain-text"), [*rows, [self._back()]])

    def preset_name(self) -> Card:
        """Ask for the name of a preset with these settings."""
        return _card(self.t("ask-preset-name", limit=MAX_NAME), [[self._back()]])

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
        width = _WORDS_IN_A_ROW if self.draft.words else _NUMBERS_IN_A_ROW
        return _card(text, [*in_rows(numbers, width), *self._work_rows(), [self._cancel()]])

    def _formats_card(self, *, in_group: bool) -> Card:
        """Ask which formats to make, each for its price, and offer to crop the source."""
        found, rows = [], []
        if possible := self.possible_formats:
            words = one_line(self.draft.words, _WORDS_SHOWN)
            asked = self.t("ask-formats-of", prompt=words) if words else self.t("ask-formats")
            found += [asked, self.flaw] if self.flaw else [asked]
            # Without the question of the work, which is about its own card.
            found += self._paragraphs(in_group=in_group)[1:]
            toggles = [
                button(
                    marked(
                        priced(self.t, sides, self.price_of(sides)), current=sides in self.formats
                    ),
                    ToggleFormat(owner=self.owner, ratio=sides).pack(),
                )
                for sides in possible
            ]
            rows += [*in_rows(toggles, _WORDS_IN_A_ROW), *self._start_row()]
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
        return _card("\n\n".join(found), [*rows, [self._back(), self._cancel()]])

    def _paragraphs(self, *, in_group: bool) -> list[str]:
        found = [self._question()]
        if self.missing:
            gone, model = model_title(self.missing), self.model.title
            found.append(self.t("model-replaced", gone=gone, model=model))
        if len(self.draft.pictures) > 1 and self.work is not Work.FIRST_LAST_FRAME:
            found.append(self.t("ask-pictures", pictures=len(self.draft.pictures)))
        if compared := self.compared:
            models = ", ".join(model.title for model in compared)
            found.append(self.t("ask-compared", models=models))
        if negative_prompt := self.options.get("negative_prompt"):
            found.append(self.t("ask-without", things=one_line(str(negative_prompt), 200)))
        if seed := self.options.get("seed"):
            found.append(self.t("ask-seed", seed=str(seed)))
        if self.flaw:
            return found
        known = known_price(self.model, self.options, self.draft.pictures)
        key = "ask-estimate-unknown" if known is None else "ask-estimate"
        found.append(self.t(key, cost=money(self.t, self.price)))
        if in_group and self.awaits in (Making.prompt, Making.mask, Making.frame):
            found.append(self.t("ask-other-in-group" if self.draft.words else "ask-in-group"))
        return found

    def _question(self) -> str:
        if not self.draft.ordering:
            return self.t("ask-settings", work=self.t.plain(f"work-{self.work}"))
        if flaw := self.flaw:
            return flaw
        if self.lacks_mask or self.lacks_frame:
            asked = self.t(_ASKS_PICTURE[self.work])
            words = one_line(self.draft.words, _WORDS_SHOWN)
            return f"{asked}\n{self.t('job-prompt', prompt=words)}" if words else asked
        if words := self.draft.words:
            work = self.t.plain(f"work-{self.work}")
            return self.t("ask-to-start", work=work, prompt=one_line(words, _WORDS_SHOWN))
        if self.draft.own_model:
            return self.t("ask-other-words")
        return self.t(f"ask-{self.work}", pictures=len(self.draft.pictures))

    def _work_rows(self) -> list[Row]:
        """Offer other works; the rare ones are behind a button."""
        rare = RARE if self.draft.ordering else RARE.union(FROM_VIDEO)
        usual = [work for work in self.works if work not in rare or work is self.work]
        buttons = self._work_buttons(usual)
        if len(usual) < len(self.works):
            more = Open(owner=self.owner, menu=Menu.WORKS)
            buttons.append(self._button("button-more-works", more))
        return in_rows(buttons, _WORDS_IN_A_ROW)

    def _work_buttons(self, works: Iterable[Work]) -> Row:
        current = None if self.draft.own_model else self.work
        return [
            button(
                marked(self.t.plain(f"work-{work}"), current=work is current),
                Switch(owner=self.owner, work=work).pack(),
            )
            for work in works
        ]

    def _last_rows(self) -> list[Row]:
        draft, rows = self.draft, [*self._start_row(), *self._formats_row(), *self._helper_row()]
        if self.lacks_mask and draft.has_hole:
            rows.append([self._button("button-own-mask", MarkedInPicture(owner=self.owner))])
        if len(draft.pictures) > 1 and self.work is not Work.FIRST_LAST_FRAME:
            last = Take(owner=self.owner, picture=len(draft.pictures) - 1)
            rows.append([self._button("button-only-last", last)])
        save = OnPreset(owner=self.owner, action=PresetAction.SAVE)
        saving = [] if draft.own_model else [self._button("button-save-preset", save)]
        return [*rows, [*saving, self._cancel()]]

    def _start_row(self) -> list[Row]:
        """Return the button that starts the order; without further words, only a complete one can start."""
        needs_words = self.model.takes_prompt and not self.draft.words
        can_start = not needs_words or self.work is Work.IMAGE_TO_VIDEO
        lacks = self.lacks_mask or self.lacks_frame
        if not self.draft.ordering or not can_start or lacks or self.flaw:
            return []
        key = "button-without-words" if needs_words else "button-start"
        text = priced(self.t, self.t.plain(key), self.price)
        return [[button(text, Proceed(owner=self.owner).pack(), "primary")]]

    def _helper_row(self) -> list[Row]:
        """Offer better words, or words for the only image."""
        draft = self.draft
        if not self.catalog.has_helper or not draft.ordering or self.flaw:
            return []
        if draft.words and self.model.takes_prompt:
            return [[self._button("button-improve", Improve(owner=self.owner))]]
        if len(draft.pictures) == 1 and not draft.is_video and not draft.words:
            return [[self._button("button-describe", Describe(owner=self.owner))]]
        return []

    def _formats_row(self) -> list[Row]:
        """Return the button that opens the formats; it says what all of them cost together."""
        if not (possible := self.possible_formats) or self.flaw:
            return []
        cost = money(self.t, self.price_of(*possible))
        text = self.t.plain("button-formats", count=len(possible), cost=cost)
        return [[button(text, Open(owner=self.owner, menu=Menu.FORMATS).pack())]]

    def _plain_text_button(self) -> InlineKeyboardButton:
        value = self.t.plain(f"plain-text-{self.plain_text}")
        text = self.t.plain("button-plain-text", value=value)
        return button(text, Open(owner=self.owner, menu=Menu.PLAIN_TEXT).pack())

    def _cancel(self) -> InlineKeyboardButton:
        data = Cancel(owner=self.owner).pack()
        if self.draft.ordering:
            return button(self.t.plain("button-cancel"), data, "danger")
        return button(self.t.plain("button-ready"), data)

    def _back(self) -> InlineKeyboardButton:
        return self._button("button-back", Open(owner=self.owner, menu=Menu.CARD))

    def _button(self, key: str, data: CallbackData) -> InlineKeyboardButton:
        return button(self.t.plain(key), data.pack())


def _card(text: str, rows: list[Row]) -> Card:
    return Card(text, InlineKeyboardMarkup(inline_keyboard=rows))
