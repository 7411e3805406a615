"""What a request asks for, read from the names of its fields: the schema says which a model has."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from infra.sandbox.fal import limits
from infra.sandbox.fal.catalog import Makes, Model, Schema
from infra.sandbox.fal.errors import Failure, input_failure
from infra.sandbox.fal.limits import SizeLimits
from infra.sandbox.fal.orders import (
    ClipOrder,
    Frame,
    Margins,
    Order,
    PictureOrder,
    Size,
    Url,
    Work,
)
from infra.sandbox.fal.sizes import (
    MEGAPIXEL,
    PRESETS,
    clip_area,
    lines_of,
    ratio_of,
    thousands_of,
)

# Fields with the same meaning, by the names that fal's models give them.
_PICTURES = ("image_url", "image_urls", "start_image_url", "first_frame_url")
_LAST_FRAMES = ("end_image_url", "last_frame_url", "tail_image_url")
_MASKS = ("mask_url", "mask_image_url")
_SOUND = ("generate_audio", "audio")
_FACTORS = ("upscale_factor", "scale_factor", "scale")
_ENLARGES = {"upscale_factor", "scale_factor", "target_resolution", "upscale_mode"}
_EXPANDS = {"expand_left", "canvas_size"}
_CUTS_OUT = {"mask_only", "output_mask", "refine_foreground"}
_FORMATS = {"jpg": "jpeg"}
_USUAL_SECONDS = 5
_USUAL_LINES = 720
# The real models have no such limit; the fake stops where rendering takes too long on a laptop.
_MOST_SECONDS = 60
_MOST_IMAGES = 16
_MOST_TIMES = 16
_MAX_MARGIN = 2048


class Fields:
    """The input of a request with its schema's defaults. A null is an absent field."""

    def __init__(self, schema: Schema, given: Mapping[str, Any]) -> None:
        self._properties: Mapping[str, Any] = schema["properties"]
        self._given = given
        self._definitions: Mapping[str, Any] = schema.get("$defs", {})

    def has(self, *names: str) -> bool:
        """Return whether the model has one of these fields."""
        return any(name in self._properties for name in names)

    def get(self, *names: str) -> Any:
        """Return the value of the first of these fields that the model has and that is set."""
        for name in names:
            if name in self._properties:
                value = self._given.get(name)
                value = self._properties[name].get("default") if value is None else value
                if value is not None:
                    return value
        return None

    def number(self, *names: str) -> float | None:
        """Return a number; an integer stays one, since it may be too large for a float."""
        value = self.get(*names)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def text(self, *names: str) -> str:
        value = self.get(*names)
        return value if isinstance(value, str) else ""

    def urls(self, *names: str) -> tuple[Url, ...]:
        found = []
        for name in names:
            value = self.get(name)
            listed = value if isinstance(value, list) else [value]
            found += [Url(name, url) for url in listed if isinstance(url, str)]
        return tuple(found)

    def url(self, *names: str) -> Url | None:
        return next(iter(self.urls(*names)), None)

    def side(self, name: str, size: Mapping[str, Any]) -> int:
        """Return a side of an ImageSize object, or its default."""
        schema = self._definitions.get("ImageSize", {}).get("properties", {}).get(name, {})
        value = size.get(name, schema.get("default", 512))
        return int(value)


def read_order(model: Model, fields: Fields) -> Order:
    limits.check_combination(model.endpoint, fields.get)
    return _clip(fields) if model.makes is Makes.VIDEO else _picture(model, fields)


def _picture(model: Model, fields: Fields) -> PictureOrder:
    # A model that paints takes images as references only.
    sources = () if model.category == "text-to-image" else fields.urls(*_PICTURES)
    mask = fields.url(*_MASKS)
    work = _work(model, fields, has_mask=mask is not None) if sources else Work.PAINT
    count = int(fields.number("num_images") or 1)
    if not 1 <= count <= _MOST_IMAGES:
        raise _too_many("num_images", _MOST_IMAGES)
    return PictureOrder(
        work,
        fields.text("prompt"),
        _seed(fields),
        _frame(fields, limits.of_size(model.endpoint), is_edit=bool(sources)),
        count,
        _format(fields, work),
        sources,
        mask,
        _factor(fields),
        _shorter_side(fields),
        _margins(fields),
        fields.get("output_mask") is True,
        fields.get("mask_only") is True,
        fields.has("limit_generations") and fields.get("limit_generations") is not True,
    )


def _work(model: Model, fields: Fields, *, has_mask: bool) -> Work:
    has_prompt = fields.has("prompt")
    if has_mask:
        return Work.INPAINT if has_prompt else Work.ERASE
    if fields.has(*_EXPANDS):
        return Work.EXPAND
    # Some models have an image and nothing else: their names tell what they do with it.
    if fields.has(*_ENLARGES, "scale") or "upscal" in model.endpoint:
        return Work.ENLARGE
    if fields.has(*_CUTS_OUT) or not has_prompt:
        return Work.CUT_OUT
    return Work.EDIT


def _seed(fields: Fields) -> int | None:
    seed = fields.number("seed")
    return None if seed is None else int(seed)


def _format(fields: Fields, work: Work) -> str:
    named = fields.text("output_format")
    chosen = _FORMATS.get(named, named)
    usual = "png" if work is Work.CUT_OUT else "jpeg"
    return chosen if chosen in {"jpeg", "png", "webp"} else usual


def _frame(fields: Fields, size_limits: SizeLimits, *, is_edit: bool) -> Frame:
    size = fields.get("image_size")
    if isinstance(size, dict):
        exact = fields.side("width", size), fields.side("height", size)
        return Frame(size_limits.checked(exact))
    if isinstance(size, str):
        thousands = thousands_of(size)
        area = None if thousands is None else MEGAPIXEL * thousands**2
        preset = PRESETS.get(size)
        return Frame(
            size_limits.checked(preset) if preset and size_limits.scales else preset, area=area
        )
    ratio = ratio_of(fields.text("aspect_ratio"))
    thousands = thousands_of(fields.text("resolution"))
    if thousands is not None:
        return Frame(ratio=ratio, area=MEGAPIXEL * thousands**2)
    # An edit keeps the size of its image, unless a shape is requested.
    return Frame(ratio=ratio, area=MEGAPIXEL if ratio or not is_edit else None)


def _factor(fields: Fields) -> float:
    factor = fields.number(*_FACTORS)
    if factor and factor > _MOST_TIMES:
        raise _too_many(next(name for name in _FACTORS if fields.has(name)), _MOST_TIMES)
    return factor if factor and factor > 0 else 2.0


def _shorter_side(fields: Fields) -> int | None:
    if fields.get("upscale_mode") == "target":
        return lines_of(fields.text("target_resolution"))
    return None


def _margins(fields: Fields) -> Margins:
    canvas = fields.get("canvas_size")
    if isinstance(canvas, list):
        left, top = _pair(fields.get("original_image_location")) or (0, 0)
        size = _pair(canvas)
        if size is None:
            raise input_failure("value_error", "A size has two numbers.", "canvas_size")
        placed = _pair(fields.get("original_image_size"))
        if placed is not None:
            SizeLimits().checked(placed, "original_image_size")
        return Margins(left, top, canvas=SizeLimits().checked(size, "canvas_size"), placed=placed)
    names = ("expand_left", "expand_top", "expand_right", "expand_bottom")
    left, top, right, bottom = (max(0, int(fields.number(name) or 0)) for name in names)
    if max(left, top, right, bottom) > _MAX_MARGIN:
        raise _too_many(names[0], _MAX_MARGIN)
    percent = max(0, min(90, fields.number("zoom_out_percentage") or 0))
    return Margins(left, top, right, bottom, zoom_out=percent / 100)


def _pair(value: object) -> Size | None:
    numbers: Sequence[Any] = value if isinstance(value, list) else ()
    if len(numbers) != 2 or not all(isinstance(number, int | float) for number in numbers):
        return None
    return int(numbers[0]), int(numbers[1])


def _clip(fields: Fields) -> ClipOrder:
    has_sound = fields.get(*_SOUND) if fields.has(*_SOUND) else True
    lines = lines_of(fields.text("resolution")) or _USUAL_LINES
    enlarges = fields.has(*_ENLARGES)
    return ClipOrder(
        fields.text("prompt"),
        _seed(fields),
        ratio_of(fields.text("aspect_ratio")),
        clip_area(lines),
        _seconds(fields),
        has_sound is True,
        fields.url(*_PICTURES),
        fields.url(*_LAST_FRAMES),
        fields.url("video_url", "video_urls"),
        enlarges,
        _factor(fields),
        _shorter_side(fields),
    )


def _seconds(fields: Fields) -> int:
    found = re.match(r"\d+", str(fields.get("duration")))
    seconds = int(found[0]) if found else _USUAL_SECONDS
    if seconds > _MOST_SECONDS:
        raise _too_many("duration", _MOST_SECONDS)
    return max(1, seconds)


def _too_many(name: str, most: int) -> Failure:
    return input_failure(
        "less_than_equal", f"Input should be less than or equal to {most}", name, {"le": most}
    )
