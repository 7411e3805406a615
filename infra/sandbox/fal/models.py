"""Supported endpoints, and the output format of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.sandbox.fal import clip_models as clip
from infra.sandbox.fal import picture_models as picture
from infra.sandbox.fal.errors import Failure
from infra.sandbox.fal.schema import Input


@dataclass(frozen=True)
class Rendered:
    """Rendered media: fal's file objects, the first image's seed, and which images were blacked out."""

    files: Sequence[Mapping[str, Any]]
    seed: int
    prompt: str
    seconds: float
    blacked: bool = False


type Wording = Callable[[Rendered], dict[str, Any]]


@dataclass(frozen=True)
class Timing:
    """Realistic durations in seconds: one step forward in the queue, and the work itself."""

    turn: float
    work: float


@dataclass(frozen=True)
class Model:
    schema: type[Input]
    wording: Wording
    timing: Timing


def _flux(made: Rendered) -> dict[str, Any]:
    return {
        "images": made.files,
        "timings": {"inference": made.seconds},
        "seed": made.seed,
        "has_nsfw_concepts": [made.blacked] * len(made.files),
        "prompt": made.prompt,
    }


def _nano_banana(made: Rendered) -> dict[str, Any]:
    return {"images": made.files, "description": ""}


def _upscaled(made: Rendered) -> dict[str, Any]:
    return {"image": made.files[0], "seed": made.seed, "timings": {"inference": made.seconds}}


def _video(made: Rendered) -> dict[str, Any]:
    return {"video": made.files[0], "seed": made.seed}


_PICTURE = Timing(turn=0.4, work=1.4)
_CLIP = Timing(turn=0.8, work=6.0)
_SEEDANCE = "fal-ai/bytedance/seedance/v1.5/pro"

MODELS: Mapping[str, Model] = {
    "fal-ai/flux/schnell": Model(picture.FluxSchnell, _flux, _PICTURE),
    "fal-ai/flux/dev": Model(picture.Flux, _flux, _PICTURE),
    "fal-ai/flux/dev/image-to-image": Model(picture.FluxImageToImage, _flux, _PICTURE),
    "fal-ai/qwen-image": Model(picture.QwenImage, _flux, _PICTURE),
    "fal-ai/nano-banana": Model(picture.NanoBanana, _nano_banana, _PICTURE),
    "fal-ai/nano-banana/edit": Model(picture.NanoBananaEdit, _nano_banana, _PICTURE),
    "fal-ai/flux-pro/v1/fill": Model(picture.FluxFill, _flux, _PICTURE),
    "fal-ai/flux-general/inpainting": Model(picture.FluxGeneralInpainting, _flux, _PICTURE),
    "fal-ai/esrgan": Model(picture.Upscaler, _upscaled, _PICTURE),
    "fal-ai/clarity-upscaler": Model(picture.Upscaler, _upscaled, _PICTURE),
    **{
        f"fal-ai/{version}{speed}{start}": Model(schema, _video, _CLIP)
        for version in ("veo3", "veo3.1")
        for speed in ("", "/fast")
        for start, schema in (("", clip.Veo), ("/image-to-video", clip.VeoFromImage))
    },
    f"{_SEEDANCE}/text-to-video": Model(clip.Seedance, _video, _CLIP),
    f"{_SEEDANCE}/image-to-video": Model(clip.SeedanceFromImage, _video, _CLIP),
    **{
        f"fal-ai/kling-video/v3/{grade}/{start}": Model(schema, _video, _CLIP)
        for grade in ("standard", "pro")
        for start, schema in (
            ("text-to-video", clip.Kling),
            ("image-to-video", clip.KlingFromImage),
        )
    },
    "fal-ai/vidu/q3/text-to-video": Model(clip.Vidu, _video, _CLIP),
    **dict.fromkeys(("fal-ai/ltx-2", "fal-ai/ltx-2/text-to-video"), Model(clip.Ltx, _video, _CLIP)),
    "fal-ai/ltx-2/image-to-video": Model(clip.LtxFromImage, _video, _CLIP),
}


def makes_clips(endpoint: str) -> bool:
    return MODELS[endpoint].wording is _video


def find(endpoint: str) -> Model:
    """Return the model of a full endpoint id."""
    try:
        return MODELS[endpoint]
    except KeyError:
        alias = "/".join(endpoint.split("/")[1:]) or endpoint
        raise Failure(404, {"detail": f'Application "{alias}" not found'}) from None
