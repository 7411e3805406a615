"""A model's limits for an input image."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """A larger image is reduced; one that is too small or too long is refused before it costs anything.

    Sides are pixels; the ratio is the longer side to the shorter one. `max_lossless` is bytes: a larger PNG is sent as
    a JPEG.
    """

    max_megapixels: float = 16
    max_side: int = 16_000
    min_side: int = 16
    max_ratio: float = 50
    max_lossless: int = 12 * 1024 * 1024
