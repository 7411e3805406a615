"""Render requests, independent of the model."""

import math
from dataclasses import dataclass

type Size = tuple[int, int]


@dataclass(frozen=True)
class SourceLimits:
    """Limits of a model for its source image: bytes, pixels, ratio of the longer side to the shorter one."""

    max_bytes: int = 20 * 1024 * 1024
    min_side: int = 1
    max_ratio: float = math.inf


@dataclass(frozen=True)
class PictureOrder:
    """Image to render. `size` None: that of the first source. `sources` are edited; with a `mask`, only where white."""

    prompt: str
    seed: int | None
    size: Size | None
    count: int
    file_format: str
    field_name: str = "image_url"
    sources: tuple[str, ...] = ()
    mask: str | None = None
    enlarge: float | None = None

    @property
    def units(self) -> float:
        return float(self.count)


@dataclass(frozen=True)
class ClipOrder:
    """Video to render. `aspect` is width to height; None follows the source image, or is 16:9 without one."""

    prompt: str
    seed: int | None
    aspect: str | None
    seconds: int
    sound: bool
    field_name: str = "image_url"
    source: str | None = None
    limits: SourceLimits = SourceLimits()

    @property
    def units(self) -> float:
        return float(self.seconds)


type Order = PictureOrder | ClipOrder
