"""What a settings card shows: the model of an order, its options and price, and what is missing. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from aiogram.fsm.state import State

from infra.errors import FailureKind
from infra.fal.model import Model, Value, Work
from infra.fal.models.options import UPSCALES
from infra.i18n import Phrases
from infra.images.outpaint import DEFAULT_SIZE, margins
from worker.bot.draft import Draft
from worker.bot.options.catalog import FROM_PICTURE, FROM_VIDEO, FROM_WORDS, OptionCatalog
from worker.bot.options.formats import FORMATS, possible_formats
from worker.bot.states import Making
from worker.bot.views.input_limits import input_limits
from worker.bot.views.money_format import price
from worker.comparisons.ranking import COMPARED
from worker.comparisons.store import FEWEST
from worker.model import Options, Picture
from worker.users.plain_text import PlainText
from worker.users.presets import Preset


@dataclass(frozen=True)
class OrderSettings:
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
    plain_text: PlainText = PlainText.ASK

    @property
    def work(self) -> Work:
        return self.draft.work

    @cached_property
    def choices(self) -> dict[str, tuple[Value, ...]]:
        """The values of each option that go together with the other options."""
        draft = self.draft
        return self.catalog.choices(self.work, self.options, draft.own_model, draft.pixels)

    @cached_property
    def offered(self) -> dict[str, tuple[Value, ...]]:
        """All values of each option, also those that need a change of the other options."""
        draft = self.draft
        return self.catalog.offered(self.work, self.options, draft.own_model, draft.pixels)

    @property
    def awaits(self) -> State:
        """What the conversation waits for while this card is shown."""
        if not self.draft.ordering:
            return Making.nothing
        if self.has_too_many:
            return Making.press
        if self.lacks_mask:
            return Making.mask
        if self.lacks_frame:
            return Making.frame
        return Making.prompt if self.model.takes_prompt else Making.press

    @cached_property
    def model(self) -> Model:
        return self.catalog.model(self.work, self.options, self.draft.own_model)

    @cached_property
    def possible_formats(self) -> tuple[str, ...]:
        if not self.draft.ordering:
            return ()
        return possible_formats(self.work, self.choices.get("size", ()))

    @cached_property
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
        return sum(self.price_with(self.model, self.in_format(sides), pictures) for sides in ratios)

    @cached_property
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

    @cached_property
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

    @cached_property
    def price(self) -> float:
        """The expected price of the order, in dollars."""
        if formats := self.formats:
            return self.price_of(*formats)
        if compared := self.compared:
            return sum(
                self.price_with(m, self.options_of(m), self.draft.pictures) for m in compared
            )
        return self.price_with(self.model, self.options, self.draft.pictures)

    def price_with(self, model: Model, options: Options, pictures: Sequence[Picture]) -> float:
        return price(model, options, pictures, unknown=self.catalog.unknown_price)

    @cached_property
    def flaw(self) -> str | None:
        """Why no order can start from its picture, as far as the size is known; None if one can."""
        if self.work in UPSCALES and not self.choices.get("scale"):
            return self.t.plain(f"too-large-to-{self.work}")
        if not self.draft.ordering or self.has_too_many or self.compared:
            return None
        if self.shows_formats and not self.formats:
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
        price = 0 if self.has_too_many else self.price
        return self.draft.model_copy(update={"price": price, "instead_of": self.missing})

    @property
    def shows_formats(self) -> bool:
        return self.draft.formats is not None and (
            bool(self.possible_formats) or self.draft.source_file is not None
        )

    @property
    def has_too_many(self) -> bool:
        most = 1 if self.draft.choosing else max(1, self.model.max_pictures)
        return self.draft.ordering and len(self.draft.pictures) > most

    @property
    def lacks_mask(self) -> bool:
        needs_mask = self.model.needs_mask or self.work is Work.INPAINTING
        return needs_mask and self.draft.ordering and not self.draft.mask

    @property
    def lacks_frame(self) -> bool:
        """Tell whether the video between two frames has only its first one yet."""
        return (
            self.model.needs_end_image
            and self.draft.ordering
            and len(self.draft.pictures) < self.model.min_pictures
        )
