"""A row of the catalogue: what the schema of a model does not say."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from infra.fal.model import NegativePrompt, Spelling, Unit, Value, Work
from infra.images.bounds import Bounds, ClipBounds

#: Owner, application and further parts, as in a URL.
ENDPOINT = r"^[a-z0-9][a-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)+$"


class Frame(StrEnum):
    """Limits of an input image, by what the model does with it."""

    USUAL = "usual"
    WHOLE = "whole"
    FIRST_FRAME = "first_frame"
    CUT_FRAME = "cut_frame"
    REFERENCE = "reference"


BOUNDS = {
    Frame.USUAL: Bounds(),
    # An image for upscaling must not be reduced first.
    Frame.WHOLE: Bounds(max_megapixels=64),
    # A video has at most a few megapixels, so a larger file does not help. Sides and ratio: ByteDance's and Kling's,
    # https://fal.ai/models/fal-ai/kling-video/v3/pro/image-to-video/llms.txt
    Frame.FIRST_FRAME: Bounds(
        max_megapixels=4, max_side=6000, min_side=300, max_ratio=2.5, max_lossless=7 * 1024 * 1024
    ),
    # No documented limit of the ratio: the model crops an image to a wide or a tall one.
    Frame.CUT_FRAME: Bounds(
        max_megapixels=4, max_side=6000, min_side=300, max_ratio=4, max_lossless=7 * 1024 * 1024
    ),
    # https://fal.ai/models/fal-ai/qwen-image-2/edit/llms.txt
    Frame.REFERENCE: Bounds(max_side=5000, min_side=384, max_lossless=8 * 1024 * 1024),
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TierRow(_Part):
    when: dict[str, Value]
    dollars: Annotated[float, Field(gt=0)]


class PriceRow(_Part):
    """`per`: what a unit is, where fal's word for it does not say. See `Price` for the rest."""

    per: Unit | None = None
    base: Annotated[float, Field(gt=0)] | None = None
    tiers: tuple[TierRow, ...] = ()
    further: Annotated[float, Field(ge=0)] = 1
    given: Annotated[float, Field(ge=0)] = 0
    given_least: int = 0

    @model_validator(mode="after")
    def _check_base(self) -> "PriceRow":
        if self.tiers and self.base is None:
            raise ValueError("tiers need base, the unit price at which they were written")
        return self


class ClipRow(_Part):
    """Limits of an input video; `ratios` such as 16:9. See `ClipBounds`."""

    min_seconds: Annotated[float, Field(gt=0)] = ClipBounds.min_seconds
    max_seconds: Annotated[float, Field(gt=0)] = ClipBounds.max_seconds
    min_side: Annotated[int, Field(gt=0)] = ClipBounds.min_side
    max_side: Annotated[int, Field(gt=0)] = ClipBounds.max_side
    ratios: tuple[Annotated[str, Field(pattern=r"^[1-9]\d?:[1-9]\d?$")], ...] = ()

    @property
    def bounds(self) -> ClipBounds:
        sides = [[int(side) for side in ratio.split(":")] for ratio in self.ratios]
        return ClipBounds(
            self.min_seconds,
            self.max_seconds,
            self.min_side,
            self.max_side,
            tuple(width / height for width, height in sides),
        )


class OptionRow(_Part):
    """An option whose mapping does not follow from the names in the schema; `values` are pairs of ours and fal's."""

    field: str
    values: tuple[tuple[Value, Spelling], ...]


class RestrictionRow(_Part):
    when: dict[str, Value]
    only: dict[str, tuple[Value, ...]]


class Row(_Part):
    """`any_size`: the model takes any width and height; `sizes` are those to send for a ratio.

    `without`: options that it has and the bot does not offer.

    `sent`: what is sent for an option that an order leaves open, in place of the model's own default.
    """

    endpoint: Annotated[str, Field(pattern=ENDPOINT)]
    title: str
    work: Work
    also: frozenset[Work] = frozenset()
    prompt: bool = True
    max_prompt: Annotated[int, Field(gt=0)] | None = None
    max_images: Annotated[int, Field(gt=0)] | None = None
    english_only: bool = False
    negative_prompt: NegativePrompt | None = None
    any_size: bool = False
    sizes: dict[str, tuple[int, int]] = {}
    bounds: Frame = Frame.USUAL
    clip: ClipRow = ClipRow()
    extras: dict[str, Spelling] = {}
    sent: dict[str, Value] = {}
    without: frozenset[str] = frozenset()
    options: dict[str, OptionRow] = {}
    restrictions: tuple[RestrictionRow, ...] = ()
    price: PriceRow = PriceRow()


def read_row(fields: Any) -> Row:
    """Raises ValueError with one line for each problem."""
    try:
        return Row.model_validate(fields)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_context=False, include_url=False)
        lines = [f"{'.'.join(map(str, item['loc'])) or 'row'}: {item['msg']}" for item in problems]
        raise ValueError("; ".join(lines)) from error
