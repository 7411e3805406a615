"""Table of fal's models: options, prices and limits.

Re-read https://fal.ai/models/<endpoint>/llms.txt before a release. Prices are estimates of late 2025.
"""

from dataclasses import replace
from types import MappingProxyType

from infra.fal.model import (
    ORIGINAL,
    Choice,
    Model,
    NegativePrompt,
    Price,
    Spelling,
    Unit,
    Value,
    Work,
)
from infra.images.bounds import Bounds

# fal's schemas have no maximum, and results report seeds beyond 2^63; a caption has room for this many digits.
_MAX_SEED = 10**40 - 1

_FLUX_SIZE = Choice(
    "image_size",
    {
        "square": "square_hd",
        "portrait": "portrait_4_3",
        "landscape": "landscape_4_3",
        "wide": "landscape_16_9",
    },
)
_FLUX_MEGAPIXELS: dict[Value, float] = {
    "square": 1.048576,
    "portrait": 0.786432,
    "landscape": 0.786432,
    "wide": 0.589824,
}
_BANANA_SIZE = Choice(
    "aspect_ratio", {"square": "1:1", "portrait": "3:4", "landscape": "4:3", "wide": "16:9"}
)
# By default an edit keeps the input image's aspect.
_BANANA_EDIT_SIZE = replace(_BANANA_SIZE, values={ORIGINAL: "auto", **_BANANA_SIZE.values})
# How much may change, in percent: a variation of the same image, or a new one.
_STRENGTH = Choice("strength", {75: 0.75, 95: 0.95})
_WHOLE = Bounds(max_megapixels=64)  # an image for upscaling must not be reduced first
# A video has at most two megapixels, so a larger file does not help. Sides and ratio: ByteDance's and Kling's limits,
# https://fal.ai/models/fal-ai/kling-video/v3/pro/image-to-video/llms.txt
_FIRST_FRAME = Bounds(
    max_megapixels=4, max_side=6000, min_side=300, max_ratio=2.5, max_lossless=7 * 1024 * 1024
)
# No documented limit of the ratio: they crop an image to a wide or a tall one.
_CUT_FRAME = replace(_FIRST_FRAME, max_ratio=4)
_COUNT = Choice("num_images", {1: 1, 2: 2, 3: 3, 4: 4})
_ALL_ASPECTS = Choice("aspect_ratio", {"16:9": "16:9", "9:16": "9:16", "1:1": "1:1"})
_NO_SQUARE = Choice("aspect_ratio", {"16:9": "16:9", "9:16": "9:16"})
_GENERATE_AUDIO = Choice("generate_audio", {True: True, False: False})
_AUDIO = Choice("audio", {True: True, False: False})
_SECONDS_WITH_UNIT = Choice("duration", {4: "4s", 8: "8s"})
_SECONDS_AS_TEXT = Choice("duration", {4: "4", 8: "8"})
_SECONDS = Choice("duration", {4: 4, 8: 8})

_SAFE_PNG: dict[str, Spelling] = {"output_format": "png", "enable_safety_checker": True}
_PNG: dict[str, Spelling] = {"output_format": "png"}


def _from_picture(
    text: Model,
    endpoint: str,
    bounds: Bounds,
    image_field: str = "image_url",
    *,
    without: str | None = None,
) -> Model:
    """Derive the image-to-video variant of a text-to-video model. By default it takes the image's aspect."""
    options = {name: choice for name, choice in text.options.items() if name != without}
    if aspect := options.get("aspect"):
        options["aspect"] = replace(aspect, values={ORIGINAL: "auto", **aspect.values})
    return replace(
        text,
        endpoint=endpoint,
        work=Work.IMAGE_TO_VIDEO,
        image_field=image_field,
        bounds=bounds,
        options=options,
    )


def _veo(endpoint: str, dollars: float) -> tuple[Model, Model]:
    text = Model(
        endpoint=endpoint,
        work=Work.VIDEO,
        price=Price(dollars, Unit.SECOND),
        options={"duration": _SECONDS_WITH_UNIT, "aspect": _NO_SQUARE, "audio": _GENERATE_AUDIO},
        negative_prompt=NegativePrompt.FIELD,
        max_seed=_MAX_SEED,
    )
    return text, _from_picture(text, f"{endpoint}/image-to-video", _CUT_FRAME)


def _seedance(endpoint: str, dollars: float) -> tuple[Model, Model]:
    text = Model(
        endpoint=f"{endpoint}/text-to-video",
        work=Work.VIDEO,
        price=Price(dollars, Unit.SECOND),
        options={"duration": _SECONDS_AS_TEXT, "aspect": _ALL_ASPECTS, "audio": _GENERATE_AUDIO},
        max_seed=_MAX_SEED,
    )
    return text, _from_picture(text, f"{endpoint}/image-to-video", _FIRST_FRAME)


def _kling(endpoint: str, dollars: float) -> tuple[Model, Model]:
    text = Model(
        endpoint=f"{endpoint}/text-to-video",
        work=Work.VIDEO,
        price=Price(dollars, Unit.SECOND),
        options={"duration": _SECONDS_AS_TEXT, "aspect": _ALL_ASPECTS, "audio": _GENERATE_AUDIO},
        negative_prompt=NegativePrompt.FIELD,
        max_prompt=2500,
    )
    # The video takes the image's aspect.
    sister = f"{endpoint}/image-to-video"
    return text, _from_picture(text, sister, _FIRST_FRAME, "start_image_url", without="aspect")


def _ltx(endpoint: str, dollars: float) -> tuple[Model, Model]:
    # It supports 6, 8 or 10 seconds, and wide videos only.
    text = Model(
        endpoint=f"{endpoint}/text-to-video",
        work=Work.VIDEO,
        price=Price(dollars, Unit.SECOND),
        options={"duration": Choice("duration", {8: 8}), "audio": _GENERATE_AUDIO},
    )
    return text, _from_picture(text, f"{endpoint}/image-to-video", _CUT_FRAME)


_TABLE = (
    Model(
        endpoint="fal-ai/flux/schnell",
        work=Work.IMAGE,
        price=Price(0.003, Unit.MEGAPIXEL),
        options={"size": _FLUX_SIZE, "count": _COUNT},
        megapixels=_FLUX_MEGAPIXELS,
        max_seed=_MAX_SEED,
        extras=_SAFE_PNG,
    ),
    Model(
        endpoint="fal-ai/flux/dev",
        work=Work.IMAGE,
        price=Price(0.025, Unit.MEGAPIXEL),
        options={"size": _FLUX_SIZE, "count": _COUNT},
        megapixels=_FLUX_MEGAPIXELS,
        max_seed=_MAX_SEED,
        extras=_SAFE_PNG,
    ),
    Model(
        endpoint="fal-ai/qwen-image",
        work=Work.IMAGE,
        price=Price(0.02, Unit.MEGAPIXEL),
        options={"size": _FLUX_SIZE, "count": _COUNT},
        megapixels=_FLUX_MEGAPIXELS,
        negative_prompt=NegativePrompt.FIELD,
        max_seed=_MAX_SEED,
        extras=_SAFE_PNG,
    ),
    Model(
        endpoint="fal-ai/nano-banana",
        work=Work.IMAGE,
        price=Price(0.039, Unit.IMAGE),
        options={"size": _BANANA_SIZE, "count": _COUNT},
        negative_prompt=NegativePrompt.FOLDED,
        max_seed=_MAX_SEED,
        extras=_PNG,
    ),
    Model(
        endpoint="fal-ai/nano-banana/edit",
        work=Work.IMAGE_EDIT,
        price=Price(0.039, Unit.IMAGE),
        options={"size": _BANANA_EDIT_SIZE, "count": _COUNT},
        negative_prompt=NegativePrompt.FOLDED,
        max_seed=_MAX_SEED,
        image_field="image_urls",
        image_is_list=True,
        extras=_PNG,
    ),
    Model(
        endpoint="fal-ai/flux/dev/image-to-image",
        work=Work.IMAGE_EDIT,
        price=Price(0.03, Unit.MEGAPIXEL),
        options={"count": _COUNT, "strength": _STRENGTH},
        max_seed=_MAX_SEED,
        image_field="image_url",
        extras=_SAFE_PNG,
    ),
    Model(
        endpoint="fal-ai/flux-pro/v1/fill",
        work=Work.INPAINTING,
        price=Price(0.05, Unit.MEGAPIXEL),
        options={"count": _COUNT},
        max_seed=_MAX_SEED,
        image_field="image_url",
        mask_field="mask_url",
        extras=_PNG,
    ),
    Model(
        endpoint="fal-ai/flux-general/inpainting",
        work=Work.INPAINTING,
        price=Price(0.075, Unit.MEGAPIXEL),
        options={"count": _COUNT},
        negative_prompt=NegativePrompt.FIELD,
        max_seed=_MAX_SEED,
        image_field="image_url",
        mask_field="mask_url",
        extras=_PNG,
    ),
    Model(
        endpoint="fal-ai/clarity-upscaler",
        work=Work.UPSCALE,
        price=Price(0.03, Unit.MEGAPIXEL),
        options={"scale": Choice("upscale_factor", {2: 2, 4: 4})},
        takes_prompt=False,
        image_field="image_url",
        bounds=_WHOLE,
    ),
    Model(
        endpoint="fal-ai/esrgan",
        work=Work.UPSCALE,
        price=Price(0.001, Unit.MEGAPIXEL),  # fal bills compute seconds, about one a megapixel
        options={"scale": Choice("scale", {2: 2, 4: 4})},
        takes_prompt=False,
        image_field="image_url",
        bounds=_WHOLE,
    ),
    *_seedance("fal-ai/bytedance/seedance/v1.5/pro", 0.052),
    *_kling("fal-ai/kling-video/v3/standard", 0.25),
    *_kling("fal-ai/kling-video/v3/pro", 0.34),
    *_veo("fal-ai/veo3", 0.40),
    *_veo("fal-ai/veo3/fast", 0.15),
    *_veo("fal-ai/veo3.1", 0.40),
    *_veo("fal-ai/veo3.1/fast", 0.15),
    Model(
        endpoint="fal-ai/vidu/q3/text-to-video",
        work=Work.VIDEO,
        price=Price(0.15, Unit.SECOND),
        options={"duration": _SECONDS, "aspect": _ALL_ASPECTS, "audio": _AUDIO},
        max_seed=_MAX_SEED,
    ),
    *_ltx("fal-ai/ltx-2", 0.06),
)

MODELS = MappingProxyType({model.endpoint: model for model in _TABLE})


def model(endpoint: str, *, setting: str = "fal_…_model") -> Model:
    """Return the model of an endpoint. Raises ValueError that names the setting and the known models."""
    try:
        return MODELS[endpoint]
    except KeyError:
        known = ", ".join(MODELS)
        raise ValueError(
            f"{setting}: no such model in the table: {endpoint!r}. Known: {known}."
        ) from None


def models(work: Work) -> tuple[Model, ...]:
    """Return every model for this kind of work, in the table's order."""
    return tuple(row for row in _TABLE if row.work is work)
