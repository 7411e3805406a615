"""The settings card: asks for what an order lacks and holds its settings; its buttons edit it in place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.state import State
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from infra.errors import FailureKind
from infra.fal.model import ORIGINAL, Model, Value, Work
from infra.fal.models.options import UPSCALES
from infra.i18n import Phrases
from infra.images.outpaint import DEFAULT_SIZE, margins
from infra.money import money
from worker.bot.callback_data import (
    Cancel,
    Choose,
    ClearNegativePrompt,
    Crop,
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
from worker.bot.draft import Draft
from worker.bot.options.catalog import (
    FROM_PICTURE,
    FROM_VIDEO,
    FROM_WORDS,
    MAX_NEGATIVE_PROMPT,
    RARE,
    OptionCatalog,
)
from worker.bot.options.formats import FORMATS, WITH_FORMATS
from worker.bot.options.labels import form, label, model_title, ratio, short_label
from worker.bot.options.model_names import value_id
from worker.bot.states import Making
from worker.bot.truncate import one_line
from worker.bot.views.card import Card
from worker.bot.views.input_limits import input_limits
from worker.bot.views.keyboards import Row, button, in_columns, in_rows, marked, paired
from worker.bot.views.money_format import known_price, price, priced
from worker.comparisons.ranking import COMPARED
from worker.comparisons.store import FEWEST
from worker.model import Options, Picture
from worker.users.presets import MAX_NAME, Preset

# More labels in a row do not fit a phone.
_WORDS_IN_A_ROW = 2
_NUMBERS_IN_A_ROW = 5
_WORDS_SHOWN = 500
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
#: The second picture that a work needs.
_ASKS_PICTURE = {
    Work.INPAINTING: "ask-mask",
    Work.ERASE: "ask-mask-to-erase",
    Work.FIRST_LAST_FRAME: "ask-last-frame",
}
# The newest; all of them are in /presets.
_PRESETS_SHOWN = 4


@dataclass(frozen=True)
class SettingsCard:
    """A user's settings for one kind of work; `options` are resolved, `presets` are those for this work.

    `missing` is the endpoint of the model that the user chose and that `model` replaces.
    """

    t: Phrases
    catalog: OptionCatalog
    owner: int
    draft: Draft
    options: Options
    presets: Sequence[Preset] = ()
    missing: str = ""

    @property
    def work(self) -> Work:
        return self.draft.work

    @property
    def choices(self) -> dict[str, tuple[Value, ...]]:
        """The values of each option that go together with the other options."""
        draft = self.draft
        return self.catalog.choices(self.work, self.options, draft.own_model, draft.pixels)

    @property
    def offered(self) -> dict[str, tuple[Value, ...]]:
        """All values of each option, also those that need a change of the other options."""
        draft = self.draft
        return self.catalog.offered(self.work, self.options, draft.own_model, draft.pixels)

    @property
    def awaits(self) -> State:
        """What the conversation waits for while this card is shown."""
        if not self.draft.ordering:
            return Making.nothing
        if self._has_too_many():
            return Making.press
        if self._lacks_mask():
            return Making.mask
        if self._lacks_frame():
            return Making.frame
        return Making.prompt if self.model.takes_prompt else Making.press

    @property
    def model(self) -> Model:
        return self.catalog.model(self.work, self.options, self.draft.own_model)

    @property
    def possible_formats(self) -> tuple[str, ...]:
        """The ratios that one press can order together: those of the model, if it has two of them."""
        sizes = self.choices.get("size", ())
        found = tuple(sides for sides, size in FORMATS.items() if size in sizes)
        is_possible = self.draft.ordering and self.work in WITH_FORMATS and len(found) > 1
        return found if is_possible else ()

    @property
    def formats(self) -> tuple[str, ...]:
        """The ratios that are chosen."""
        chosen = self.draft.formats or ()
        return tuple(sides for sides in self.possible_formats if sides in chosen)

    def in_format(self, sides: str) -> Options:
        """Return the options of the job that makes one format, a single image."""
        single: Options = {"count": 1} if "count" in self.options else {}
        return self.options | single | {"size": FORMATS[sides]}

    def price_of(self, *ratios: str) -> float:
        """Return the expected price of these formats, in dollars."""
        pictures = self.draft.pictures
        return sum(self._price(self.model, self.in_format(sides), pictures) for sides in ratios)

    @property
    def comparable(self) -> tuple[Model, ...]:
        """The offered models that can do this order, if they can be compared."""
        draft = self.draft
        if draft.work not in COMPARED or draft.own_model or not draft.ordering:
            return ()
        return tuple(
            model
            for model in self.catalog.models(self.work)
            if model.takes_prompt
            and len(draft.pictures) <= model.max_pictures
            and not any(self._flaw_of(picture, model) for picture in draft.pictures)
        )

    @property
    def compared(self) -> tuple[Model, ...]:
        """The models that this order compares; none if it is for one model or in several formats."""
        if self.formats:
            return ()
        found = [model for model in self.comparable if model.endpoint in self.draft.compared]
        return tuple(found) if len(found) >= FEWEST else ()

    def options_of(self, model: Model) -> Options:
        """Adapt the options to a model that is compared: it makes one result."""
        wanted = self.options | {"model": model.endpoint, "count": 1}
        return self.catalog.resolve(self.work, wanted, self.draft.pixels)

    @property
    def price(self) -> float:
        """The expected price of the order, in dollars."""
        if formats := self.formats:
            return self.price_of(*formats)
        if compared := self.compared:
            return sum(self._price(m, self.options_of(m), self.draft.pictures) for m in compared)
        return self._price(self.model, self.options, self.draft.pictures)

    def _price(self, model: Model, options: Options, pictures: Sequence[Picture]) -> float:
        return price(model, options, pictures, unknown=self.catalog.unknown_price)

    @property
    def flaw(self) -> str | None:
        """Why no order can start from its picture, as far as the size is known; None if one can."""
        if self.work in UPSCALES and not self.choices.get("scale"):
            return self.t.plain(f"too-large-to-{self.work}")
        if not self.draft.ordering or self._has_too_many() or self.compared:
            return None
        if self._shows_formats and not self.formats:
            return self.t.plain("formats-none")
        flaws = (self._flaw_of(picture, self.model) for picture in self.draft.pictures)
        if flaw := next(filter(None, flaws), None):
            return self.t.plain(f"failure-{flaw}", **input_limits(self.model))
        return None

    def _flaw_of(self, picture: Picture, model: Model) -> FailureKind | None:
        if picture.is_video:
            size, seconds = picture.size, picture.seconds or 0
            return model.clip_bounds.flaw(*size, seconds) if size else None
        if not picture.shorter or not picture.pixels:
            return None
        if self.work is Work.OUTPAINT and picture.size:
            added = margins(str(self.options.get("size", DEFAULT_SIZE)), *picture.size)
            if added is None:
                return FailureKind.PICTURE_HAS_FORMAT
        return model.bounds.flaw(picture.shorter, picture.pixels / picture.shorter)

    @property
    def works(self) -> tuple[Work, ...]:
        """The works that the card can be switched to; with several pictures also those that need one."""
        if not self.draft.ordering:
            return (*FROM_WORDS, *FROM_PICTURE, *FROM_VIDEO)
        if self.draft.is_video:
            return FROM_VIDEO
        return FROM_PICTURE if self.draft.pictures else ()

    @property
    def shown(self) -> Draft:
        """The draft with the price and the replaced model that the shown card has."""
        price = 0 if self._has_too_many() else self.price
        return self.draft.model_copy(update={"price": price, "instead_of": self.missing})

    def main(self, *, in_group: bool = False) -> Card:
        """Ask for what is missing; in a group, where users talk to each other, ask for a reply to this message."""
        if self._has_too_many():
            return self._which_picture()
        if self._shows_formats:
            return self._formats_card(in_group=in_group)
        # Presets are for the current model of the work, not for an order with a model of its own.
        presets = [] if self.draft.own_model else self.presets[-_PRESETS_SHOWN:]
        apply = OnPreset(owner=self.owner, action=PresetAction.APPLY)
        buttons = [
            button(f"⭐ {preset.name}", apply.model_copy(update={"preset": preset.number}).pack())
            for preset in presets
        ]
        settings = [*self._option_rows(), *in_rows(buttons, _WORDS_IN_A_ROW)]
        text = "\n\n".join(self._paragraphs(in_group=in_group))
        return _card(text, [*self._work_rows(), *settings, *self._last_rows()])

    def values(self, option: str) -> Card:
        """Show every value of an option, with prices if they differ."""
        values = self.choices[option]
        texts = {value: self._listed(option, value) for value in values}
        rows = in_columns(self._values(option, texts))
        text = self.t(f"ask-{option}")
        elsewhere = [value for value in self.offered[option] if value not in values]
        if elsewhere:
            listed = ", ".join(self._listed(option, value) for value in elsewhere)
            others = {
                self.t.plain(f"option-{name}").lower(): None
                for restriction in self.model.restrictions
                for name in (*restriction.when, *restriction.only)
                if name != option
            }
            text += "\n" + self.t("values-elsewhere", values=listed, options=", ".join(others))
        return _card(text, [*rows, [self._back()]])

    def _listed(self, option: str, value: Value) -> str:
        """Return the label of a value below the question about its option."""
        if option == "aspect" and value != ORIGINAL:
            return form(self.t, value)
        if option == "detail":
            return short_label(self.t, option, value).capitalize()
        return label(self.t, option, value)

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

    def preset_name(self) -> Card:
        """Ask for the name of a preset with these settings."""
        return _card(self.t("ask-preset-name", limit=MAX_NAME), [[self._back()]])

    def _which_picture(self) -> Card:
        """Ask for one of the pictures; if the words are there, the press spends what its button shows."""
        numbers = []
        for number, picture in enumerate(self.draft.pictures):
            cost = self._price(self.model, self.options, [picture]) if self.draft.words else None
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
        if self._lacks_mask() or self._lacks_frame():
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

    def _option_rows(self) -> list[Row]:
        """Show each option with its value; a press opens its values, or changes it to the only other one."""
        offered = self.offered
        choices = {
            option: values
            for option, values in self.choices.items()
            if len(offered[option]) > 1 or option == "scale"
        }
        rows, folded = [], list(choices)
        if first := next((option for option in _AT_HAND if option in choices), None):
            at_hand = self._at_hand(first, choices[first])
            texts = {
                value: ratio(value) if first == "size" else label(self.t, first, value)
                for value in at_hand
            }
            rows = in_columns(self._values(first, texts))
            # All its values are together: the ones at hand, and the button that opens the others.
            folded.remove(first)
            if len(at_hand) < len(offered[first]):
                folded.insert(0, first)
        buttons = [self._folded(option, choices[option], offered[option]) for option in folded]
        if self.model.supports("negative_prompt"):
            is_set = bool(self.options.get("negative_prompt"))
            key = "button-negative-prompt-set" if is_set else "button-negative-prompt"
            buttons.append(self._button(key, Open(owner=self.owner, menu=Menu.NEGATIVE_PROMPT)))
        if len(self.comparable) >= FEWEST:
            count = len(self.compared)
            text = self.t.plain("button-compare-chosen" if count else "button-compare", count=count)
            opens = Open(owner=self.owner, menu=Menu.COMPARE)
            buttons.append(button(text, opens.pack()))
        return [*rows, *paired(buttons)]

    def _at_hand(self, option: str, values: tuple[Value, ...]) -> tuple[Value, ...]:
        """Return the values to show on the card itself."""
        if len(values) <= _MOST_AT_HAND and ORIGINAL not in values:
            return values
        return tuple(value for value in _AT_HAND[option] if value in values)

    def _values(self, option: str, texts: Mapping[Value, str]) -> Row:
        """Return a button for each value, with its price if the values differ in it."""
        costs = {value: self._cost({option: value}) for value in texts}
        differ = len({*costs.values()}) > 1
        return [
            button(
                marked(
                    priced(self.t, text, costs[value] if differ else None),
                    current=self.options.get(option) == value,
                ),
                Choose(owner=self.owner, option=option, value=value_id(option, value)).pack(),
            )
            for value, text in texts.items()
        ]

    def _folded(
        self, option: str, values: Sequence[Value], offered: Sequence[Value]
    ) -> InlineKeyboardButton:
        """Return the button of an option that opens its values, or changes it to the only other one."""
        model = self.model
        at_fal = model.sent.get(option, model.defaults.get(option))
        text, chosen = self.t.plain(f"option-{option}"), self.options.get(option, at_fal)
        if chosen is not None:
            value = short_label(self.t, option, chosen)
            text = self.t.plain("button-option", name=text, value=value)
        if option == "model" or not len(values) == len(offered) == _TOGGLED:
            return button(text, Open(owner=self.owner, menu=option).pack())
        other = next(value for value in values if value != chosen)
        cost = self._cost({option: other})
        if cost != self._cost({}):
            there = priced(self.t, short_label(self.t, option, other), cost)
            text = self.t.plain("button-toggle", now=text, then=there)
        return button(
            text, Choose(owner=self.owner, option=option, value=value_id(option, other)).pack()
        )

    def _cost(self, change: Options) -> float | None:
        """Estimate the price with this change, in dollars; None if it is not known."""
        options = self.options | change
        if "model" in change:
            options = self.catalog.resolve(self.work, options, self.draft.pixels)
        model = self.catalog.model(self.work, options, self.draft.own_model)
        return known_price(model, options, self.draft.pictures)

    def _last_rows(self) -> list[Row]:
        draft, rows = self.draft, [*self._start_row(), *self._formats_row()]
        if self._lacks_mask() and draft.has_hole:
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
        lacks = self._lacks_mask() or self._lacks_frame()
        if not self.draft.ordering or not can_start or lacks or self.flaw:
            return []
        key = "button-without-words" if needs_words else "button-start"
        text = priced(self.t, self.t.plain(key), self.price)
        return [[button(text, Proceed(owner=self.owner).pack())]]

    def _formats_row(self) -> list[Row]:
        """Return the button that opens the formats; it says what all of them cost together."""
        if not (possible := self.possible_formats) or self.flaw:
            return []
        cost = money(self.t, self.price_of(*possible))
        text = self.t.plain("button-formats", count=len(possible), cost=cost)
        return [[button(text, Open(owner=self.owner, menu=Menu.FORMATS).pack())]]

    @property
    def _shows_formats(self) -> bool:
        return self.draft.formats is not None and (
            bool(self.possible_formats) or self.draft.source_file is not None
        )

    def _cancel(self) -> InlineKeyboardButton:
        key = "button-cancel" if self.draft.ordering else "button-ready"
        return self._button(key, Cancel(owner=self.owner))

    def _back(self) -> InlineKeyboardButton:
        return self._button("button-back", Open(owner=self.owner, menu=Menu.CARD))

    def _button(self, key: str, data: CallbackData) -> InlineKeyboardButton:
        return button(self.t.plain(key), data.pack())

    def _has_too_many(self) -> bool:
        most = 1 if self.draft.choosing else max(1, self.model.max_pictures)
        return self.draft.ordering and len(self.draft.pictures) > most

    def _lacks_mask(self) -> bool:
        needs_mask = self.model.needs_mask or self.work is Work.INPAINTING
        return needs_mask and self.draft.ordering and not self.draft.mask

    def _lacks_frame(self) -> bool:
        """Tell whether the video between two frames has only its first one yet."""
        return (
            self.model.needs_end_image
            and self.draft.ordering
            and len(self.draft.pictures) < self.model.min_pictures
        )


def _card(text: str, rows: list[Row]) -> Card:
    return Card(text, InlineKeyboardMarkup(inline_keyboard=rows))
