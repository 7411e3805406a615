"""Inputs of the video models, as their pages at https://fal.ai/models describe them."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from infra.sandbox.fal.orders import ClipOrder, SourceLimits
from infra.sandbox.fal.schema import Input, OneOf

_MIB = 1024 * 1024
_VEO_SOURCE = SourceLimits(max_bytes=8 * _MIB)
_SEEDANCE_SOURCE = SourceLimits(max_bytes=30 * _MIB, min_side=300, max_ratio=2.5)
_KLING_SOURCE = SourceLimits(max_bytes=10 * _MIB, min_side=300, max_ratio=2.5)
_WIDE_CHOICE = ("21:9", "16:9", "4:3", "1:1", "3:4", "9:16", "auto")


def _spelled(first: int, last: int) -> OneOf:
    return OneOf(*map(str, range(first, last + 1)))


def _ratio(aspect: str) -> str | None:
    return None if aspect == "auto" else aspect


class Veo(Input):
    prompt: str
    aspect_ratio: Annotated[str, OneOf("16:9", "9:16")] = "16:9"
    duration: Annotated[str, OneOf("4s", "6s", "8s")] = "8s"
    resolution: Annotated[str, OneOf("720p", "1080p", "4k")] = "720p"
    generate_audio: bool = True
    negative_prompt: str | None = None
    seed: int | None = None

    def order(self) -> ClipOrder:
        seconds = int(self.duration.removesuffix("s"))
        aspect = _ratio(self.aspect_ratio)
        return ClipOrder(self.prompt, self.seed, aspect, seconds, self.generate_audio)


class VeoFromImage(Veo):
    image_url: str
    aspect_ratio: Annotated[str, OneOf("auto", "16:9", "9:16")] = "auto"

    def order(self) -> ClipOrder:
        return replace(super().order(), source=self.image_url, limits=_VEO_SOURCE)


class Seedance(Input):
    prompt: str
    aspect_ratio: Annotated[str, OneOf(*_WIDE_CHOICE)] = "16:9"
    resolution: Annotated[str, OneOf("480p", "720p", "1080p")] = "720p"
    duration: Annotated[str, _spelled(4, 12)] = "5"
    camera_fixed: bool = False
    generate_audio: bool = True
    enable_safety_checker: bool = True
    seed: int | None = None

    def order(self) -> ClipOrder:
        aspect = _ratio(self.aspect_ratio)
        return ClipOrder(self.prompt, self.seed, aspect, int(self.duration), self.generate_audio)


class SeedanceFromImage(Seedance):
    image_url: str
    end_image_url: str | None = None
    aspect_ratio: Annotated[str, OneOf(*_WIDE_CHOICE)] = "auto"

    def order(self) -> ClipOrder:
        return replace(super().order(), source=self.image_url, limits=_SEEDANCE_SOURCE)


class _Kling(Input):
    prompt: str
    duration: Annotated[str, _spelled(3, 15)] = "5"
    generate_audio: bool = True
    negative_prompt: str = "blur, distort, and low quality"
    cfg_scale: Annotated[float, Field(ge=0, le=1)] = 0.5
    seed: int | None = None

    def order(self) -> ClipOrder:
        return ClipOrder(self.prompt, self.seed, None, int(self.duration), self.generate_audio)


class Kling(_Kling):
    aspect_ratio: Annotated[str, OneOf("16:9", "9:16", "1:1")] = "16:9"

    def order(self) -> ClipOrder:
        return replace(super().order(), aspect=self.aspect_ratio)


class KlingFromImage(_Kling):
    start_image_url: str
    end_image_url: str | None = None

    def order(self) -> ClipOrder:
        return replace(
            super().order(),
            source=self.start_image_url,
            field_name="start_image_url",
            limits=_KLING_SOURCE,
        )


class Vidu(Input):
    prompt: str
    aspect_ratio: Annotated[str, OneOf("16:9", "9:16", "4:3", "3:4", "1:1")] = "16:9"
    duration: Annotated[int, Field(ge=1, le=16)] = 5
    resolution: Annotated[str, OneOf("360p", "540p", "720p", "1080p")] = "720p"
    audio: bool = True
    seed: int | None = None

    def order(self) -> ClipOrder:
        return ClipOrder(self.prompt, self.seed, self.aspect_ratio, self.duration, self.audio)


class Ltx(Input):
    prompt: str
    aspect_ratio: Annotated[str, OneOf("16:9", "9:16")] = "16:9"
    duration: Annotated[int, OneOf(6, 8, 10)] = 6
    resolution: Annotated[str, OneOf("1080p", "1440p", "2160p")] = "1080p"
    generate_audio: bool = True
    seed: int | None = None

    def order(self) -> ClipOrder:
        aspect = self.aspect_ratio
        return ClipOrder(self.prompt, self.seed, aspect, self.duration, self.generate_audio)


class LtxFromImage(Ltx):
    image_url: str

    def order(self) -> ClipOrder:
        return replace(super().order(), aspect=None, source=self.image_url)
