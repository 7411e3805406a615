"""A box on an image. Pure: without libraries for media."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Box(BaseModel):
    """A part of an image, in thousandths of its width and height."""

    model_config = ConfigDict(frozen=True, strict=True)

    left: Annotated[int, Field(ge=0, lt=1000)]
    top: Annotated[int, Field(ge=0, lt=1000)]
    right: Annotated[int, Field(gt=0, le=1000)]
    bottom: Annotated[int, Field(gt=0, le=1000)]

    @model_validator(mode="after")
    def check_order(self) -> Self:
        if self.left >= self.right or self.top >= self.bottom:
            raise ValueError("the box is empty")
        return self

    @property
    def shares(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom as shares of the sides."""
        return self.left / 1000, self.top / 1000, self.right / 1000, self.bottom / 1000

    @property
    def share(self) -> float:
        """The share of the image."""
        return (self.right - self.left) * (self.bottom - self.top) / 1_000_000

    def grown(self, margin: float) -> "Box":
        """Add a margin around it, a share of its height, as far as the image reaches."""
        more = round((self.bottom - self.top) * margin)
        return Box(
            left=max(0, self.left - more),
            top=max(0, self.top - more),
            right=min(1000, self.right + more),
            bottom=min(1000, self.bottom + more),
        )

    @classmethod
    def around(cls, boxes: Sequence["Box"]) -> "Box":
        """Return the smallest box around others."""
        return cls(
            left=min(box.left for box in boxes),
            top=min(box.top for box in boxes),
            right=max(box.right for box in boxes),
            bottom=max(box.bottom for box in boxes),
        )
