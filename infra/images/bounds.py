"""A model's limits for an input image."""

from dataclasses import dataclass

from infra.errors import FailureKind


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

    def flaw(self, shorter: float, longer: float) -> FailureKind | None:
        """Return why an image with these sides is refused, None if it is not."""
        # Checked first: a larger image of the same shape would not help.
        if longer > shorter * self.max_ratio:
            return FailureKind.PICTURE_TOO_LONG
        return FailureKind.PICTURE_TOO_SMALL if shorter < self.min_side else None
