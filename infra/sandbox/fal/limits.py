"""Limits that a model's page or the description of a field names, and its schema does not."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from infra.sandbox.fal.errors import input_failure
from infra.sandbox.fal.orders import Size
from infra.sandbox.fal.sizes import MEGAPIXEL

_MIB = 1024 * 1024
_NAME = "image_size"


@dataclass(frozen=True)
class SourceLimits:
    """Limits of a model for its source images: bytes, pixels, ratio of the longer side to the shorter one."""

    max_images: int = 100
    max_bytes: int = 20 * _MIB
    min_side: int = 1
    max_side: int = 100_000
    max_ratio: float = math.inf


@dataclass(frozen=True)
class SizeLimits:
    """Limits of a model for the exact size of an image. One that `scales` makes a larger image instead of refusing.

    The defaults are those of the fake: it stops where rendering takes too long on a laptop.
    """

    min_pixels: int = 1
    max_pixels: int = 40 * MEGAPIXEL
    min_side: int = 1
    max_side: int = 16_384
    max_ratio: float = math.inf
    step: int = 1
    scales: bool = False

    def checked(self, size: Size, name: str = _NAME) -> Size:
        """Return the size, or a larger one; raise a 422 for one that the model refuses."""
        if min(size) < 1:
            raise input_failure("greater_than", "Input should be greater than 0", name, {"gt": 0})
        if self.scales:
            factor = math.sqrt(max(1.0, self.min_pixels / (size[0] * size[1])))
            size = math.ceil(size[0] * factor), math.ceil(size[1] * factor)
        pixels = size[0] * size[1]
        if max(size) > self.max_side or pixels > self.max_pixels:
            limit = {"max_height": self.max_side, "max_width": self.max_side}
            raise input_failure("image_too_large", "Image dimensions are too large.", name, limit)
        if min(size) < self.min_side or pixels < self.min_pixels:
            limit = {"min_height": self.min_side, "min_width": self.min_side}
            raise input_failure("image_too_small", "Image dimensions are too small.", name, limit)
        if max(size) > min(size) * self.max_ratio or any(side % self.step for side in size):
            raise input_failure("value_error", "Image dimensions are not supported.", name)
        return size


@dataclass(frozen=True)
class ClipLimits:
    """Limits of a model for its source video; `ratio` is that of the longer side to the shorter one."""

    min_seconds: float = 0
    max_seconds: float = math.inf
    min_side: int = 1
    max_side: int = 100_000
    ratio: float | None = None
    mp4_only: bool = False


_CLIPS: Mapping[str, ClipLimits] = {
    "/grok-imagine-video/extend-video": ClipLimits(2, 15, mp4_only=True),
    "/veo3.1/": ClipLimits(min_side=720, max_side=1080, ratio=16 / 9),
}
_SOURCES: Mapping[str, SourceLimits] = {
    "/seedance": SourceLimits(max_bytes=30 * _MIB, min_side=300, max_ratio=2.5),
    "/kling-video/v3/turbo/": SourceLimits(max_bytes=50 * _MIB, min_side=300, max_ratio=2.5),
    "/kling-video/": SourceLimits(max_bytes=10 * _MIB, min_side=300, max_ratio=2.5),
    "/veo3": SourceLimits(max_bytes=8 * _MIB),
    "/qwen-image-2/edit": SourceLimits(
        max_images=3, max_bytes=10 * _MIB, min_side=384, max_side=5000
    ),
}
_SIZES: Mapping[str, SizeLimits] = {
    "openai/gpt-image-2": SizeLimits(
        min_pixels=655_360, max_pixels=8_294_400, max_side=3840, max_ratio=3, step=16
    ),
    "/seedream/v5/lite/": SizeLimits(min_pixels=2560 * 1440, max_pixels=4096 * 4096, scales=True),
    "/seedream/v5/pro/": SizeLimits(min_pixels=1024 * 1024, max_pixels=2048 * 2048, max_ratio=16),
    "/flux-2/flash": SizeLimits(min_side=512, max_side=2048),
    "/qwen-image-2/": SizeLimits(min_pixels=512 * 512, max_pixels=2048 * 2048),
}


@dataclass(frozen=True)
class Combination:
    """Values of a field that a model makes only together with `only` these of another one."""

    name: str
    values: frozenset[object]
    other: str
    only: frozenset[object]


# A 4K video of Veo: Google's API. The others: the description of LTX's field.
_COMBINATIONS: Mapping[str, Combination] = {
    "/veo3.1": Combination("resolution", frozenset({"4k"}), "duration", frozenset({"8s"})),
    "/ltx-2.3/": Combination(
        "resolution", frozenset({"1440p", "2160p"}), "duration", frozenset({6, 8, 10})
    ),
}


def check_combination(endpoint: str, field: Callable[[str], object]) -> None:
    """Raise a 422 for values that the model does not combine; `field` returns the value of a field."""
    for part, rule in _COMBINATIONS.items():
        value, other = field(rule.name), field(rule.other)
        if part in endpoint and value in rule.values and other not in {*rule.only, None}:
            message = f"{rule.other} {other} is not supported for {rule.name} {value}"
            raise input_failure("value_error", message, rule.other)


def of_source(endpoint: str) -> SourceLimits:
    named = (limits for part, limits in _SOURCES.items() if part in endpoint)
    return next(named, SourceLimits())


def of_clip(endpoint: str) -> ClipLimits:
    named = (limits for part, limits in _CLIPS.items() if part in endpoint)
    return next(named, ClipLimits())


def of_size(endpoint: str) -> SizeLimits:
    named = (limits for part, limits in _SIZES.items() if part in endpoint)
    return next(named, SizeLimits())
