"""An order that is not complete yet."""

from typing import Self

from aiogram.fsm.context import FSMContext
from pydantic import AliasChoices, BaseModel, Field

from infra.fal.model import Model, Work
from infra.fal.models.catalogue import MODELS
from worker.model import Options, Picture


class Draft(BaseModel):
    """What is known of an order before it is complete.

    `words`: a prompt that came before something else that the order needs. `choosing`: only one of the pictures is
    meant, and the user has not said which. `options`: complete settings of this order, in place of the user's;
    `model`: the endpoint that they are for, if the work has another one now. `price`: the dollars that the user was
    shown, for the first time at `shown_at` (seconds since the epoch). `has_hole`: the only picture has a transparent
    area that can be repainted; `may_have_hole` are the ids of the inspected files that may have one. `is_measured`: the
    files were inspected; some may not have arrived in time. `source_file`: the number of the source's file that the
    order starts from, from 0.
    `formats`: the ratios to order, each as a job of its own, while their view is open, which can crop that file too.
    `compared`: the endpoints of the models to compare; fewer than two compare nothing.
    `of_album`: the album that the pictures are from; `captions`: fingerprints of its messages by message id.
    `ordering`: False if the user only edits their settings. `instead_of`: the endpoint of a model that the user
    chose, cannot order with any more, and was shown to be replaced.
    """

    # Earlier releases store it as `kind`.
    work: Work = Field(validation_alias=AliasChoices("work", "kind"))
    pictures: tuple[Picture, ...] = ()
    mask: Picture | None = None
    source: str | None = None
    words: str = ""
    choosing: bool = False
    options: Options | None = None
    model: str | None = None
    price: float = 0
    shown_at: float = 0
    has_hole: bool = False
    may_have_hole: frozenset[str] = frozenset()
    is_measured: bool = False
    formats: tuple[str, ...] | None = None
    source_file: int | None = None
    compared: tuple[str, ...] = ()
    of_album: str = ""
    captions: dict[int, str] = {}
    ordering: bool = True
    instead_of: str = ""

    @classmethod
    async def of(cls, state: FSMContext) -> Self:
        return cls.model_validate(await state.get_data())

    @property
    def own_model(self) -> Model | None:
        """The model in place of the work's own; None also if it is no longer in the table."""
        return MODELS.get(self.model) if self.model else None

    @property
    def is_video(self) -> bool:
        """Whether the order starts from a video; there is only one then."""
        return any(picture.is_video for picture in self.pictures)

    @property
    def pixels(self) -> int:
        """The pixels of the largest picture whose size is known."""
        return max((picture.pixels or 0 for picture in self.pictures), default=0)

    def doing(self, work: Work) -> Self:
        """Switch to `work` and its current model; drop settings that were made for another one."""
        if work is self.work and not self.model:
            return self
        of_the_model = {"options": None, "model": None, "instead_of": ""}
        chosen = {"formats": None, "compared": ()}
        return self.model_copy(update={"work": work, **of_the_model, **chosen})

    def marked_by(self, mask: Picture) -> Self:
        return self.model_copy(update={"mask": mask, "is_measured": False})

    def starting_from(self, *pictures: Picture) -> Self:
        """Replace the pictures; drop the mask, which belongs to the old ones."""
        unseen = {"has_hole": False, "is_measured": False}
        return self.model_copy(
            update={"pictures": pictures, "mask": None, "choosing": False, **unseen}
        )

    def saying(self, words: str, options: Options) -> Self:
        """Add words that wait for something else or for a press; `options` are the complete settings for them."""
        return self.model_copy(update={"words": words, "options": options})

    def in_formats(self, ratios: tuple[str, ...]) -> Self:
        """Order these formats, if there are any, of one model."""
        return self.model_copy(update={"formats": ratios, "compared": ()}) if ratios else self

    def changed(self, change: Options) -> Self:
        """Change the settings of this order, if it has its own; another model replaces one of its own."""
        update: dict[str, object] = {"model": None, "instead_of": ""} if "model" in change else {}
        if self.options is not None:
            update["options"] = self.options | change
        return self.model_copy(update=update)
