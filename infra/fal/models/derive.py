"""Derivation of a model from its schema, by the names of fields and the spelling of their values."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from infra.fal.model import (
    MAX_LISTED,
    ORIGINAL,
    Choice,
    Model,
    NegativePrompt,
    Price,
    Spelling,
    Tier,
    Unit,
    Value,
    Work,
)
from infra.fal.models.row import BOUNDS, Row
from infra.fal.models.stored import Stored, UnitPrice

#: A size or an aspect that the model chooses itself.
AUTO = "auto"

# fal's schemas have no maximum, and results report seeds beyond 2^63; a caption has room for this many digits.
_MAX_SEED = 10**40 - 1
_USUAL_PROMPT = 4000
_MAX_COUNT = 4
_MAX_SECONDS = 60

_IMAGE_FIELDS = (
    "image_urls",
    "input_image_urls",
    "image_url",
    "input_image_url",
    "start_image_url",
    "first_image_url",
    "first_frame_url",
)
MASK_FIELDS = ("mask_url", "mask_image_url")
END_FIELDS = ("end_image_url", "last_frame_url", "tail_image_url")
_VIDEO_FIELDS = ("video_url",)
_EXPAND_FIELDS = ("expand_top", "expand_bottom", "expand_left", "expand_right")

_VIDEO_WORKS = {
    Work.VIDEO,
    Work.IMAGE_TO_VIDEO,
    Work.FIRST_LAST_FRAME,
    Work.EXTEND_VIDEO,
    Work.VIDEO_UPSCALE,
}
_FROM_VIDEO = {Work.EXTEND_VIDEO, Work.VIDEO_UPSCALE}
_FROM_TEXT = {Work.IMAGE, Work.VIDEO}
_UPSCALES = {Work.UPSCALE, Work.VIDEO_UPSCALE}

_SIZE_NAMES = {"1:1": "square", "3:4": "portrait", "4:3": "landscape", "16:9": "wide"}
_SIZES = ("1:1", "3:4", "4:3", "16:9", "9:16", "4:5", "5:4", "2:3", "3:2", "21:9")
_ASPECTS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "4:5", "5:4", "21:9")
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
_SCALES = (2, 4)
_UNITS: Mapping[str, tuple[Unit, float]] = {
    "image": (Unit.IMAGE, 1),
    "megapixel": (Unit.MEGAPIXEL, 1),
    "second": (Unit.SECOND, 1),
    "minute": (Unit.SECOND, 60),
    "video": (Unit.VIDEO, 1),
    "1000 token": (Unit.TOKEN, 1_000),
    "1k token": (Unit.TOKEN, 1_000),
    "1m token": (Unit.TOKEN, 1_000_000),
}


class UnmappableError(ValueError):
    """The schema needs something that the bot cannot give."""


@dataclass(frozen=True)
class _Fields:
    """The properties of an input schema, with references resolved."""

    schema: Mapping[str, Any]

    @property
    def required(self) -> frozenset[str]:
        return frozenset(self.schema.get("required", ()))

    def __contains__(self, name: str) -> bool:
        return name in self.schema["properties"]

    def first(self, names: tuple[str, ...]) -> str | None:
        return next((name for name in names if name in self), None)

    def get(self, name: str) -> Mapping[str, Any]:
        """Return a field's schema; of alternatives, the first that is not null."""
        field = self._resolve(self.schema["properties"][name])
        kinds = [kind for kind in self._kinds(field) if kind.get("type") != "null"]
        own = {key: value for key, value in field.items() if key not in {"anyOf", "oneOf", "allOf"}}
        return {**(kinds[0] if kinds else {}), **own}

    def values(self, name: str) -> tuple[Value, ...]:
        """Return the values of a field's enum, in its order; empty if it has none."""
        if name not in self:
            return ()
        kinds = self._kinds(self._resolve(self.schema["properties"][name]))
        return tuple(value for kind in kinds for value in kind.get("enum", ()) if value is not None)

    def takes_dimensions(self, name: str) -> bool:
        kinds = self._kinds(self._resolve(self.schema["properties"][name]))
        return any({"width", "height"} <= kind.get("properties", {}).keys() for kind in kinds)

    def default(self, name: str) -> Any:
        return self.schema["properties"][name].get("default")

    def _kinds(self, field: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        listed = [kind for key in ("anyOf", "oneOf", "allOf") for kind in field.get(key, ())]
        return [self._resolve(kind) for kind in listed] or [field]

    def _resolve(self, field: Mapping[str, Any]) -> Mapping[str, Any]:
        name = str(field.get("$ref", "")).rpartition("/")[2]
        # fal's documents have references to components that they do not contain.
        found = self.schema.get("$defs", {}).get(name, {}) if name else {}
        return {**found, **{key: value for key, value in field.items() if key != "$ref"}}


def derive(row: Row, stored: Stored) -> Model:
    """Build the model of a row. Raises UnmappableError if the schema needs what the bot cannot give."""
    fields = _Fields(stored.input)
    image = fields.first(_IMAGE_FIELDS) if row.work not in _FROM_TEXT | _FROM_VIDEO else None
    ends = row.work in {Work.IMAGE_TO_VIDEO, Work.FIRST_LAST_FRAME}
    mask = fields.first(MASK_FIELDS) if image else None
    end = fields.first(END_FIELDS) if ends else None
    options = _options(row, fields)
    model = Model(
        endpoint=row.endpoint,
        title=row.title,
        work=row.work,
        also=row.also,
        status=stored.status,
        price=_price(row, stored.price),
        options=MappingProxyType(options),
        defaults=MappingProxyType(_defaults(options, fields)),
        sent=MappingProxyType(_sent(row, options, fields)),
        negative_prompt=_negative_prompt(row, fields),
        max_seed=int(fields.get("seed").get("maximum", _MAX_SEED)) if "seed" in fields else None,
        takes_prompt=row.prompt and "prompt" in fields,
        min_prompt=max(1, int(_limit(fields, "minLength", 1))),
        max_prompt=row.max_prompt or int(_limit(fields, "maxLength", _USUAL_PROMPT)),
        english_only=row.english_only,
        image_field=image,
        image_is_list=image is not None and fields.get(image).get("type") == "array",
        max_images=_max_images(fields, image),
        mask_field=mask,
        needs_mask=mask in fields.required,
        end_image_field=end,
        needs_end_image=end in fields.required,
        video_field=fields.first(_VIDEO_FIELDS) if row.work in _FROM_VIDEO else None,
        expands=all(name in fields for name in _EXPAND_FIELDS),
        bounds=BOUNDS[row.bounds],
        extras=MappingProxyType(_extras(row, fields)),
    )
    _check_required(model, fields)
    _check_mentioned(row, model)
    return model


def _options(row: Row, fields: _Fields) -> dict[str, Choice]:
    found = dict(_derived_options(row, fields))
    for name, option in row.options.items():
        found[name] = Choice(option.field, MappingProxyType(dict(option.values)))
    return {name: choice for name, choice in found.items() if name not in row.without}


def _derived_options(row: Row, fields: _Fields) -> Iterator[tuple[str, Choice]]:
    is_video = row.work in _VIDEO_WORKS
    derived = {
        "size": None if is_video else _size(row, fields),
        "count": None if is_video else _count(fields),
        "duration": _duration(fields) if is_video else None,
        "aspect": _aspect(row, fields) if is_video else None,
        "resolution": _resolution(fields) if row.work not in _UPSCALES else None,
        "audio": _audio(fields) if is_video else None,
        "detail": _detail(fields) if not is_video else None,
        "strength": _strength(row, fields),
        "scale": _scale(fields) if row.work in _UPSCALES else None,
    }
    for name, choice in derived.items():
        if choice and choice.values:
            yield name, choice


def _size(row: Row, fields: _Fields) -> Choice | None:
    from_image = row.work not in _FROM_TEXT
    if ratios := fields.values("aspect_ratio"):
        return _ratios(row, ratios, "aspect_ratio", _SIZES, _SIZE_NAMES)
    presets = fields.values("image_size")
    if not presets:
        return None
    values: dict[Value, Spelling] = {}
    if AUTO in presets:
        values[ORIGINAL if from_image else AUTO] = AUTO
    elif from_image and fields.default("image_size") is None:
        values[ORIGINAL] = None
    elif from_image and str(fields.default("image_size")).startswith(AUTO):
        values[ORIGINAL] = str(fields.default("image_size"))
    own = {}
    if row.any_size and fields.takes_dimensions("image_size"):
        named = {ratio: {"width": w, "height": h} for ratio, (w, h) in row.sizes.items()}
        own = {**_DIMENSIONS, **named}
    for ratio in _SIZES:
        if _PRESETS.get(ratio) in presets:
            values[_SIZE_NAMES.get(ratio, ratio)] = _PRESETS[ratio]
        elif ratio in own:
            values[ratio] = own[ratio]
    return _choice("image_size", _auto_last(values))


def _aspect(row: Row, fields: _Fields) -> Choice | None:
    ratios = fields.values("aspect_ratio")
    return _ratios(row, ratios, "aspect_ratio", _ASPECTS, {}) if ratios else None


def _ratios(
    row: Row,
    offered: tuple[Value, ...],
    field: str,
    known: tuple[str, ...],
    names: Mapping[str, str],
) -> Choice:
    values: dict[Value, Spelling] = {}
    if AUTO in offered and row.work is not Work.VIDEO:
        values[AUTO if row.work in _FROM_TEXT else ORIGINAL] = AUTO
    values |= {names.get(ratio, ratio): ratio for ratio in known if ratio in offered}
    return _choice(field, _auto_last(values))


def _auto_last(values: dict[Value, Spelling]) -> dict[Value, Spelling]:
    """Leave the first place, which is the bot's default, to a size that users know."""
    if AUTO not in values:
        return values
    return {**{ours: theirs for ours, theirs in values.items() if ours != AUTO}, AUTO: values[AUTO]}


def _choice(field: str, values: dict[Value, Spelling]) -> Choice:
    return Choice(field, MappingProxyType(values))


def _count(fields: _Fields) -> Choice | None:
    if "num_images" not in fields:
        return None
    most = min(_MAX_COUNT, int(fields.get("num_images").get("maximum", _MAX_COUNT)))
    return _choice("num_images", {count: count for count in range(1, most + 1)})


def _duration(fields: _Fields) -> Choice | None:
    if "duration" not in fields:
        return None
    if values := fields.values("duration"):
        return _choice(
            "duration", {seconds: value for value in values if (seconds := _seconds(value))}
        )
    field, default = fields.get("duration"), fields.default("duration")
    if field.get("type") == "integer" and "maximum" in field:
        first, last = int(field.get("minimum", 1)), min(int(field["maximum"]), _MAX_SECONDS)
        return _choice("duration", {seconds: seconds for seconds in range(first, last + 1)})
    return _choice("duration", {seconds: default} if (seconds := _seconds(default)) else {})


def _seconds(value: Any) -> int | None:
    """Return whole seconds of 8, "8" and "8s"; None of other values."""
    found = re.fullmatch(r"(\d{1,3})s?", str(value))
    return int(found[1]) if found and not isinstance(value, bool) else None


def _resolution(fields: _Fields) -> Choice | None:
    values = fields.values("resolution")
    return _choice("resolution", {_resolution_name(value): value for value in values})


def _resolution_name(value: Value) -> str:
    """Write resolutions in one way: 4K, 1080p."""
    text = str(value)
    return text.upper() if text[-1:] in "kK" else text.lower()


def _audio(fields: _Fields) -> Choice | None:
    name = fields.first(("generate_audio", "audio"))
    return _choice(name, {True: True, False: False}) if name else None


def _detail(fields: _Fields) -> Choice | None:
    name = fields.first(("quality", "rendering_speed"))
    offered = fields.values(name) if name else ()
    known: dict[Value, Spelling] = {
        ours: theirs for ours, words in _DETAIL.items() for theirs in words if theirs in offered
    }
    return _choice(name, known) if name else None


def _strength(row: Row, fields: _Fields) -> Choice | None:
    if row.work is not Work.IMAGE_EDIT or "strength" not in fields:
        return None
    return _choice("strength", {**_STRENGTHS})


def _scale(fields: _Fields) -> Choice | None:
    name = fields.first(("upscale_factor", "scale_factor", "scale"))
    if not name:
        return None
    field = fields.get(name)
    low, high = field.get("minimum", 1), field.get("maximum", max(_SCALES))
    return _choice(name, {scale: scale for scale in _SCALES if low <= scale <= high})


def _defaults(options: Mapping[str, Choice], fields: _Fields) -> dict[str, Value]:
    """Return our values of the schema's defaults."""
    found: dict[str, Value] = {}
    for name, choice in options.items():
        default = fields.default(choice.name) if choice.name in fields else None
        for ours, theirs in choice.values.items():
            if type(theirs) is type(default) and theirs == default:
                found[name] = ours
    return found


def _sent(row: Row, options: Mapping[str, Choice], fields: _Fields) -> dict[str, Value]:
    """Return what is sent for an open option: by the row, and the first value of one that the model requires."""
    required = {
        name: next(iter(choice.values))
        for name, choice in options.items()
        if choice.name in fields.required
    }
    return required | row.sent


def _negative_prompt(row: Row, fields: _Fields) -> NegativePrompt:
    if row.negative_prompt is not None:
        return row.negative_prompt
    takes = "negative_prompt" in fields and row.prompt and "prompt" in fields
    return NegativePrompt.FIELD if takes else NegativePrompt.UNSUPPORTED


def _limit(fields: _Fields, name: str, default: int) -> int:
    return int(fields.get("prompt").get(name, default)) if "prompt" in fields else default


def _max_images(fields: _Fields, image: str | None) -> int:
    return int(fields.get(image).get("maxItems", MAX_LISTED)) if image else MAX_LISTED


def _extras(row: Row, fields: _Fields) -> dict[str, Spelling]:
    """Return what every request sends: a lossless file, the safety filter, and no more images than were ordered."""
    found: dict[str, Spelling] = {}
    if "png" in fields.values("output_format") and row.work not in _UPSCALES:
        found["output_format"] = "png"
    if "enable_safety_checker" in fields:
        found["enable_safety_checker"] = True
    if "limit_generations" in fields:
        found["limit_generations"] = True
    return found | row.extras


def _check_required(model: Model, fields: _Fields) -> None:
    given = {
        "prompt" if model.takes_prompt else None,
        model.image_field,
        model.mask_field,
        model.end_image_field,
        model.video_field,
        *model.extras,
        *(model.options[name].name for name in model.sent),
    }
    if missing := sorted(fields.required - given):
        raise UnmappableError(f"it needs {', '.join(missing)}, which the bot cannot give")
    if model.work not in _FROM_TEXT and not (model.image_field or model.video_field):
        raise UnmappableError(f"it takes no image, so it cannot do {model.work}")


def _check_mentioned(row: Row, model: Model) -> None:
    """A value that is misspelt in a row would have no effect; a tier of one that fal has no more does no harm."""
    for name, value in row.sent.items():
        if value not in model.choices(name):
            raise ValueError(f"sent: it has no {name} {value!r}")


def _price(row: Row, price: UnitPrice) -> Price:
    unit, per = read_unit(price.unit)
    if row.price.per:
        unit, per = row.price.per, 1.0
    base = row.price.base or price.unit_price or 1
    return Price(
        dollars=price.unit_price,
        unit=unit,
        per=per,
        base=base,
        tiers=tuple(Tier(MappingProxyType(tier.when), tier.dollars) for tier in row.price.tiers),
        further=row.price.further,
        given=row.price.given,
        given_least=row.price.given_least,
        date=price.date,
        name=price.unit,
    )


def read_unit(name: str | None) -> tuple[Unit, float]:
    """Read fal's word for a unit, which is free text."""
    word = " ".join((name or "").lower().split()).removesuffix("s")
    if word in _UNITS:
        return _UNITS[word]
    if several := re.fullmatch(r"(\d+) second", word):
        return Unit.SECOND, float(several[1])
    return Unit.UNKNOWN, 1
