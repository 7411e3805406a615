"""Derivation of a model's options from the names of its fields and the spelling of their values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from infra.fal.model import ORIGINAL, VIDEO_WORKS, Choice, Spelling, Value, Work
from infra.fal.models.input_schema import InputSchema
from infra.fal.models.row import Row
from infra.images.outpaint import SIZES as OUTPAINT_SIZES

#: A size or an aspect that the model chooses itself.
AUTO = "auto"

FROM_TEXT = {Work.IMAGE, Work.VIDEO}
UPSCALES = {Work.UPSCALE, Work.VIDEO_UPSCALE}

_MAX_COUNT = 4
_MAX_SECONDS = 60
# The bot's values by ratio, in the order in which users see them.
_SIZES = {"1:1": "square", "3:4": "portrait", "4:3": "landscape", "16:9": "wide"} | {
    ratio: ratio for ratio in ("9:16", "4:5", "5:4", "2:3", "3:2", "21:9")
}
_ASPECTS = {
    ratio: ratio
    for ratio in ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "4:5", "5:4", "21:9")
}
_PRESETS = {
    "1:1": "square_hd",
    "3:4": "portrait_4_3",
    "4:3": "landscape_4_3",
    "16:9": "landscape_16_9",
    "9:16": "portrait_16_9",
}
# About one megapixel, both sides multiples of 16.
_DIMENSIONS = {
    "4:5": {"width": 896, "height": 1120},
    "5:4": {"width": 1120, "height": 896},
    "2:3": {"width": 832, "height": 1248},
    "3:2": {"width": 1248, "height": 832},
    "21:9": {"width": 1536, "height": 656},
}
_DETAIL = {
    "low": ("low", "TURBO"),
    "medium": ("medium", "BALANCED"),
    "high": ("high", "QUALITY"),
}
# How much may change, in percent: a variation of the same image, or a new one.
_STRENGTHS: Mapping[Value, Spelling] = {75: 0.75, 95: 0.95}
_SCALES: Mapping[Value, int] = {2: 2, 4: 4}

#: The bot's option, the model's field, and the model's values by the bot's.
type _Derived = tuple[str, str, Mapping[Value, Spelling]]


def derive_options(row: Row, schema: InputSchema) -> dict[str, Choice]:
    """Return the options by the bot's name: those of the schema, and those that the row describes itself."""
    derive = video_options if row.work in VIDEO_WORKS else image_options
    derived = {name: (field, values) for name, field, values in derive(row, schema) if values}
    scale = schema.first(("upscale_factor", "scale_factor", "scale"))
    if scale and row.work in UPSCALES:
        field = schema.get(scale)
        low, high = field.get("minimum", 1), field.get("maximum", max(_SCALES.values()))
        values = {ours: factor for ours, factor in _SCALES.items() if low <= factor <= high}
        derived |= {"scale": (scale, values)} if values else {}
    if row.work is Work.OUTPAINT and "expand_left" in schema:
        # Sent as pixels on each side, which follow from the size and the image: see `margin_arguments`.
        derived["size"] = "expand_left", dict.fromkeys(OUTPAINT_SIZES)
    derived |= {name: (option.field, dict(option.values)) for name, option in row.options.items()}
    return {
        name: Choice(field, MappingProxyType(values))
        for name, (field, values) in derived.items()
        if name not in row.without
    }


def image_options(row: Row, schema: InputSchema) -> Iterator[_Derived]:
    if ratios := schema.values("aspect_ratio"):
        yield "size", "aspect_ratio", ratio_option(row, ratios, _SIZES)
    elif presets := schema.values("image_size"):
        yield "size", "image_size", size_option(row, schema, presets)
    if "num_images" in schema:
        most = min(_MAX_COUNT, int(schema.get("num_images").get("maximum", _MAX_COUNT)))
        yield "count", "num_images", {count: count for count in range(1, most + 1)}
    yield "resolution", "resolution", resolution_option(row, schema)
    if detail := schema.first(("quality", "rendering_speed")):
        offered = schema.values(detail)
        words = [(ours, word) for ours, words in _DETAIL.items() for word in words]
        yield "detail", detail, {ours: theirs for ours, theirs in words if theirs in offered}
    if row.work is Work.IMAGE_EDIT and "strength" in schema:
        yield "strength", "strength", {**_STRENGTHS}


def video_options(row: Row, schema: InputSchema) -> Iterator[_Derived]:
    if "duration" in schema:
        field, offered = schema.get("duration"), schema.values("duration")
        if not offered and field.get("type") == "integer" and "maximum" in field:
            last = min(int(field["maximum"]), _MAX_SECONDS)
            offered = tuple(range(int(field.get("minimum", 1)), last + 1))
        # Whole seconds are written as 8, "8" or "8s".
        read = [
            (re.fullmatch(r"(\d{1,3})s?", str(value)), value)
            for value in offered or (schema.default("duration"),)
        ]
        seconds = {int(found[1]): value for found, value in read if found}
        yield "duration", "duration", {ours: theirs for ours, theirs in seconds.items() if ours}
    yield "aspect", "aspect_ratio", ratio_option(row, schema.values("aspect_ratio"), _ASPECTS)
    yield "resolution", "resolution", resolution_option(row, schema)
    if audio := schema.first(("generate_audio", "audio")):
        yield "audio", audio, {True: True, False: False}


def resolution_option(row: Row, schema: InputSchema) -> dict[Value, Spelling]:
    """Write resolutions in one way: 1080p, 4K, also where the model says 2160p."""
    offered = () if row.work in UPSCALES else schema.values("resolution")
    texts = {str(value).lower(): value for value in offered}
    return {
        "4K" if text == "2160p" else text.upper() if text[-1:] == "k" else text: value
        for text, value in texts.items()
    }


def size_option(row: Row, schema: InputSchema, presets: Sequence[Value]) -> dict[Value, Spelling]:
    """Return the sizes of a model that has presets, and that may take any width and height besides."""
    default = schema.default("image_size")
    automatic = AUTO if AUTO in presets else default if str(default).startswith(AUTO) else None
    values: dict[Value, Spelling] = {}
    if row.work not in FROM_TEXT and (automatic or default is None):
        values[ORIGINAL] = automatic
    kinds = schema.alternatives("image_size")
    own: dict[str, dict[str, int]] = {}
    if row.any_size and any(
        {"width", "height"} <= kind.get("properties", {}).keys() for kind in kinds
    ):
        named = {ratio: {"width": w, "height": h} for ratio, (w, h) in row.sizes.items()}
        own = {**_DIMENSIONS, **named}
    for ratio, name in _SIZES.items():
        if _PRESETS.get(ratio) in presets:
            values[name] = _PRESETS[ratio]
        elif ratio in own:
            values[ratio] = own[ratio]
    if row.work in FROM_TEXT and AUTO in presets:
        values[AUTO] = AUTO
    return values


def ratio_option(
    row: Row, offered: Sequence[Value], names: Mapping[str, str]
) -> dict[Value, Spelling]:
    values: dict[Value, Spelling] = {
        ours: ratio for ratio, ours in names.items() if ratio in offered
    }
    if AUTO not in offered or row.work is Work.VIDEO:
        return values
    if row.work in FROM_TEXT:
        # The first place, which is the bot's default, is for a size that users know.
        return {**values, AUTO: AUTO}
    return {ORIGINAL: AUTO, **values}
