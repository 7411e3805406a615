"""An order that is being put together."""

from typing import Self

from aiogram.fsm.context import FSMContext
from pydantic import AliasChoices, BaseModel, Field

from infra.fal.model import Model, Work
from infra.fal.models_map import MODELS
from worker.model import Options, Picture


class Draft(BaseModel):
    """What is known of an order before it is complete.

    `words` came before something else that it needs. `choosing`: only one of its pictures is meant, and nobody has
    said which. `options` are settings of its own, all of them, in place of the person's; `model` is the endpoint that
    they are for, where the work has another one now. `price` (dollars) is what the person was shown, the first time at
    `shown_at` (seconds since the epoch). `has_hole`: its only picture has a transparent place that can be repainted.
    `is_measured`: its pictures were looked at; some may not have come in time. `of_album`: where its pictures are from,
    whose messages have these `captions` (fingerprints by message id). `ordering` is False where somebody only looks
    after their settings.
    """

    # It was called `kind` while all there was to make began with words.
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
    is_measured: bool = False
    of_album: str = ""
    captions: dict[int, str] = {}
    ordering: bool = True

    @classmethod
    async def of(cls, state: FSMContext) -> Self:
        return cls.model_validate(await state.get_data())

    @property
    def own_model(self) -> Model | None:
        """None as well when it has left the table."""
        return MODELS.get(self.model) if self.model else None

    @property
    def pixels(self) -> int:
        """Of the largest picture whose size is known."""
        return max((picture.pixels or 0 for picture in self.pictures), default=0)

    def doing(self, work: Work) -> Self:
        """Settings of its own are for the work that they were made for."""
        if work is self.work and not self.model:
            return self
        return self.model_copy(update={"work": work, "options": None, "model": None})

    def marked_by(self, mask: Picture) -> Self:
        return self.model_copy(update={"mask": mask, "is_measured": False})

    def starting_from(self, *pictures: Picture) -> Self:
        """A mask belongs to the picture that it was made for."""
        unseen = {"has_hole": False, "is_measured": False}
        return self.model_copy(
            update={"pictures": pictures, "mask": None, "choosing": False, **unseen}
        )

    def saying(self, words: str, options: Options) -> Self:
        """With words that wait for something else, or for a press; `options` are all that belong to them."""
        return self.model_copy(update={"words": words, "options": options})

    def changed(self, change: Options) -> Self:
        """With other settings, if it has its own."""
        if self.options is None:
            return self
        return self.model_copy(update={"options": self.options | change})
