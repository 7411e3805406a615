"""A model's limits for an input image or video."""

from dataclasses import dataclass

from infra.errors import FailureKind

#: Pixels of a frame: 4K.
MAX_CLIP_PIXELS = 3840 * 2160
# Seconds that a video may be longer or shorter than a limit: containers round.
_SLACK = 0.1
# Encoders round sides to whole blocks.
_RATIO_SLACK = 0.03


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


@dataclass(frozen=True)
class ClipBounds:
    """A model's limits for an input video. Seconds; `max_side` and `min_side` are pixels of the shorter side.

    `ratios` are width to height; empty: any.
    """

    min_seconds: float = 1
    max_seconds: float = 60
    min_side: int = 128
    max_side: int = 2160
    ratios: tuple[float, ...] = ()

    def flaw(self, width: int, height: int, seconds: float) -> FailureKind | None:
        """Return why a video is refused; 0 seconds are an unknown length."""
        if seconds and seconds > self.max_seconds + _SLACK:
            return FailureKind.VIDEO_TOO_LONG
        if seconds and seconds < self.min_seconds - _SLACK:
            return FailureKind.VIDEO_TOO_SHORT
        shorter, ratio = min(width, height), width / height
        if shorter < self.min_side:
            return FailureKind.VIDEO_TOO_SMALL
        if shorter > self.max_side or width * height > MAX_CLIP_PIXELS:
            return FailureKind.VIDEO_TOO_LARGE
        if self.ratios and not any(abs(ratio / each - 1) < _RATIO_SLACK for each in self.ratios):
            return FailureKind.VIDEO_SHAPE
        return None
