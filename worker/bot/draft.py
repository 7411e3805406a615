"""An order that is being put together."""

from typing import Self

from aiogram.fsm.context import FSMContext
from pydantic import AliasChoices, BaseModel, Field

from infra.fal.models import Work
from worker.jobs import Picture


class Draft(BaseModel):
    """What is known of an order before it is complete.

    `words` came before something else that it needs. `ordering` is False where somebody only looks after their
    settings.
    """

    # It was called `kind` while all there was to make began with words.
    work: Work = Field(validation_alias=AliasChoices("work", "kind"))
    pictures: tuple[Picture, ...] = ()
    mask: Picture | None = None
    source: str | None = None
    words: str = ""
    ordering: bool = True

    @classmethod
    async def of(cls, state: FSMContext) -> Self:
        return cls.model_validate(await state.get_data())

    def doing(self, work: Work) -> Self:
        return self.model_copy(update={"work": work})

    def marked_by(self, mask: Picture) -> Self:
        return self.model_copy(update={"mask": mask})

    def starting_from(self, *pictures: Picture) -> Self:
        """A mask belongs to the picture that it was made for."""
        return self.model_copy(update={"pictures": pictures, "mask": None})
