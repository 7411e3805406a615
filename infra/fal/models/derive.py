"""Derivation of a model from its row and the schema of its input."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from infra.fal.model import (
    MAX_LISTED,
    Model,
    NegativePrompt,
    Price,
    Restriction,
    Spelling,
    Tier,
    Unit,
    Work,
)
from infra.fal.models.input_schema import InputSchema
from infra.fal.models.options import FROM_TEXT, UPSCALES, derive_options
from infra.fal.models.row import BOUNDS, Row
from infra.fal.models.stored import Stored, UnitPrice

# fal's schemas have no maximum, and results report seeds beyond 2^63; a caption has room for this many digits.
_MAX_SEED = 10**40 - 1
_USUAL_PROMPT = 4000
# Pixels: image-apps-v2 names this limit in a description.
_USUAL_MARGIN = 700

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
_FROM_VIDEO = {Work.EXTEND_VIDEO, Work.VIDEO_UPSCALE}

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


def derive(row: Row, stored: Stored) -> Model:
    """Build the model of a row. Raises UnmappableError if the schema needs what the bot cannot give."""
    schema = InputSchema(stored.input)
    prompt = schema.get("prompt")
    takes_prompt = row.prompt and "prompt" in schema
    image = schema.first(_IMAGE_FIELDS) if row.work not in FROM_TEXT | _FROM_VIDEO else None
    ends = row.work in {Work.IMAGE_TO_VIDEO, Work.FIRST_LAST_FRAME}
    mask = schema.first(MASK_FIELDS) if image else None
    end = schema.first(END_FIELDS) if ends else None
    negative = takes_prompt and "negative_prompt" in schema
    options = derive_options(row, schema)
    defaults = {
        name: ours
        for name, choice in options.items()
        for ours, theirs in choice.values.items()
        if (type(theirs), theirs)
        == (type(schema.default(choice.name)), schema.default(choice.name))
    }
    required = {
        name: next(iter(choice.values))
        for name, choice in options.items()
        if choice.name in schema.required
    }
    # A lossless file, the safety filter, and no more images than were ordered.
    is_png = "png" in schema.values("output_format") and row.work not in UPSCALES
    extras: dict[str, Spelling] = {"output_format": "png"} if is_png else {}
    limits = ("enable_safety_checker", "limit_generations")
    extras |= {name: True for name in limits if name in schema}
    model = Model(
        endpoint=row.endpoint,
        title=row.title,
        work=row.work,
        also=row.also,
        status=stored.status,
        price=derive_price(row, stored.price),
        options=MappingProxyType(options),
        defaults=MappingProxyType(defaults),
        sent=MappingProxyType(required | row.sent),
        restrictions=tuple(
            Restriction(MappingProxyType(each.when), MappingProxyType(each.only))
            for each in row.restrictions
        ),
        negative_prompt=row.negative_prompt
        or (NegativePrompt.FIELD if negative else NegativePrompt.UNSUPPORTED),
        max_seed=int(schema.get("seed").get("maximum", _MAX_SEED)) if "seed" in schema else None,
        takes_prompt=takes_prompt,
        min_prompt=max(1, int(prompt.get("minLength", 1))),
        max_prompt=row.max_prompt or int(prompt.get("maxLength", _USUAL_PROMPT)),
        english_only=row.english_only,
        image_field=image,
        image_is_list=image is not None and schema.get(image).get("type") == "array",
        max_images=row.max_images
        or (int(schema.get(image).get("maxItems", MAX_LISTED)) if image else MAX_LISTED),
        mask_field=mask,
        needs_mask=mask in schema.required,
        end_image_field=end,
        needs_end_image=end in schema.required,
        video_field=schema.first(_VIDEO_FIELDS) if row.work in _FROM_VIDEO else None,
        max_margin=derive_max_margin(row, schema),
        bounds=BOUNDS[row.bounds],
        clip_bounds=row.clip.bounds,
        extras=MappingProxyType(extras | row.extras),
    )
    check_derived(model, row, schema)
    return model


def derive_max_margin(row: Row, schema: InputSchema) -> int:
    if row.work is not Work.OUTPAINT or any(name not in schema for name in _EXPAND_FIELDS):
        return 0
    return min(int(schema.get(name).get("maximum", _USUAL_MARGIN)) for name in _EXPAND_FIELDS)


def check_derived(model: Model, row: Row, schema: InputSchema) -> None:
    given = {
        "prompt" if model.takes_prompt else None,
        model.image_field,
        model.mask_field,
        model.end_image_field,
        model.video_field,
        *model.extras,
        *(model.options[name].name for name in model.sent),
    }
    if missing := sorted(schema.required - given):
        raise UnmappableError(f"it needs {', '.join(missing)}, which the bot cannot give")
    if model.work not in FROM_TEXT and not (model.image_field or model.video_field):
        raise UnmappableError(f"it takes no image, so it cannot do {model.work}")
    # A value that is misspelt in a row would have no effect; a tier of one that fal has no more does no harm.
    for name, value in row.sent.items():
        if value not in model.choices(name):
            raise ValueError(f"sent: it has no {name} {value!r}")
    for restriction in row.restrictions:
        only = [(name, value) for name, values in restriction.only.items() for value in values]
        for name, value in [*restriction.when.items(), *only]:
            if value not in model.choices(name):
                raise ValueError(f"restrictions: it has no {name} {value!r}")


def derive_price(row: Row, price: UnitPrice) -> Price:
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
