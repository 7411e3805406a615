"""What a model takes of a picture that it starts from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Larger pictures are made smaller first; too small or too long ones are refused before they cost anything.

    Sides are pixels, a ratio is the longer side to the shorter one. `max_lossless` is bytes: a PNG that would be larger
    goes out as a JPEG.
    """

    max_megapixels: float = 16
    max_side: int = 16_000
    min_side: int = 16
    max_ratio: float = 50
    max_lossless: int = 12 * 1024 * 1024
