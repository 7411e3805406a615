"""Derivation of a row for a model that the catalogue does not have."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.errors import DarkroomError
from infra.fal.model import Model, Unit, Work
from infra.fal.models.catalogue import CatalogueError, build
from infra.fal.models.derive import END_FIELDS, MASK_FIELDS
from infra.fal.models.kept import Kept
from infra.fal.models.platform import Listed, Platform, today
from infra.fal.models.row import Frame, read_row
from infra.fal.models.schema_check import check
from infra.fal.models.stored import Stored, UnitPrice
from infra.fal.prices import estimate

_BY_CATEGORY = {
    "text-to-image": Work.IMAGE,
    "text-to-video": Work.VIDEO,
    "image-to-video": Work.IMAGE_TO_VIDEO,
}
_NO_PROMPT = {
    Work.UPSCALE,
    Work.VIDEO_UPSCALE,
    Work.BACKGROUND_REMOVAL,
    Work.OUTPAINT,
}
_FRAMES = {
    Work.UPSCALE: Frame.WHOLE,
    Work.IMAGE_TO_VIDEO: Frame.FIRST_FRAME,
    Work.FIRST_LAST_FRAME: Frame.FIRST_FRAME,
}


#: Options that often have a price of their own.
_TIERED = ("resolution", "detail", "audio")


class ModelError(DarkroomError):
    """The model cannot be added; the text says why, and what to do."""


async def derive_row(
    platform: Platform, endpoint: str, *, work: Work | None, title: str | None
) -> tuple[Kept, Model, int]:
    """Return what to keep, the model, and how many requests were checked. Raises ModelError and PlatformError."""
    listed = (await platform.models([endpoint])).get(endpoint)
    if listed is None:
        raise ModelError(
            f"fal has no model {endpoint}: copy the id from its page, https://fal.ai/models."
        )
    if listed.input is None or listed.output is None:
        raise ModelError(
            f"The schema of {endpoint} cannot be read: {listed.problem}. Try again later;"
            " if it stays so, this model cannot be added."
        )
    if listed.status != "active":
        raise ModelError(f"fal marks {endpoint} as {listed.status}: choose its successor.")
    price = (await platform.prices([endpoint])).get(endpoint) or UnitPrice(source="unknown to fal")
    return _understand(listed, price, work, title)


def _understand(
    listed: Listed, price: UnitPrice, work: Work | None, title: str | None
) -> tuple[Kept, Model, int]:
    assert listed.input is not None  # noqa: S101 - checked by derive_row
    assert listed.output is not None  # noqa: S101 - the same
    does = work or _guess_work(listed.category, listed.input)
    if does is None:
        raise ModelError(
            f"What {listed.endpoint} does is not clear from its category ({listed.category or 'none'})"
            f" and fields: name it by --work, one of {', '.join(Work)}."
        )
    try:
        row = read_row(_row_fields(listed, does, title))
    except ValueError as error:
        raise ModelError(f"{listed.endpoint}: {error}.") from error
    stored = Stored(
        endpoint=listed.endpoint,
        status=listed.status,
        source="fal's Platform API",
        fetched=today(),
        price=price,
        input=listed.input,
        output=listed.output,
    )
    try:
        model = build(row, stored)
    except CatalogueError as error:
        raise ModelError(f"{error}. This model cannot be added.") from error
    verdict = check(model, stored.input)
    if verdict.problems:
        raise ModelError(
            f"Requests for {listed.endpoint} do not match its schema: {'; '.join(verdict.problems[:5])}."
            " This model cannot be added."
        )
    return Kept(row, stored), model, verdict.combinations


def _row_fields(listed: Listed, work: Work, title: str | None) -> dict[str, Any]:
    return {
        "endpoint": listed.endpoint,
        "title": title or listed.title,
        "work": work,
        "prompt": work not in _NO_PROMPT,
        "bounds": _FRAMES.get(work, Frame.USUAL),
    }


def _guess_work(category: str, schema: Mapping[str, Any]) -> Work | None:
    fields, required = schema.get("properties", {}).keys(), {*schema.get("required", ())}
    if category == "image-to-video" and required.intersection(END_FIELDS):
        return Work.FIRST_LAST_FRAME
    if category in _BY_CATEGORY:
        return _BY_CATEGORY[category]
    scales = bool({"upscale_factor", "scale_factor", "scale"} & fields)
    if category == "video-to-video":
        return Work.VIDEO_UPSCALE if scales else Work.EXTEND_VIDEO if "prompt" in fields else None
    if category == "image-to-image":
        return _guess_image_work(fields, required, scales=scales)
    return None


def _guess_image_work(fields: Any, required: set[str], *, scales: bool) -> Work | None:
    masked = bool(required.intersection(MASK_FIELDS))
    if masked:
        return Work.INPAINTING if "prompt" in required else Work.ERASE
    if {"expand_left", "expand_right"} <= fields:
        return Work.OUTPAINT
    if scales:
        return Work.UPSCALE
    return Work.IMAGE_EDIT if "prompt" in required else None


def describe(model: Model) -> Iterator[str]:
    """Yield lines about what was understood of a model."""
    also = f" (also {', '.join(sorted(model.also))})" if model.also else ""
    yield f"{model.endpoint}: {model.title}, {model.work}{also}, {model.status}"
    for name, choice in model.options.items():
        values = ", ".join(_pair(ours, theirs) for ours, theirs in choice.values.items())
        default = model.sent.get(name, model.defaults.get(name))
        usual = "" if default is None else f"; {default} if the order does not say"
        yield f"  {name} -> {choice.name}: {values}{usual}"
    if model.takes_prompt:
        only = ", understands English only" if model.english_only else ""
        yield f"  prompt: {model.min_prompt} to {model.max_prompt} characters{only}"
    yield f"  negative prompt: {model.negative_prompt}"
    yield f"  seed: {'yes' if model.max_seed is not None else 'no'}"
    if model.image_field:
        yield f"  images -> {model.image_field}: up to {model.max_pictures}"
    for name, field in (
        ("mask", model.mask_field),
        ("last frame", model.end_image_field),
        ("video", model.video_field),
    ):
        if field:
            yield f"  {name} -> {field}"
    if model.extras:
        sent = ", ".join(f"{name}={value}" for name, value in model.extras.items())
        yield f"  always sent: {sent}"
    yield f"  price: {describe_price(model)}"
    tiered = [name for name in _TIERED if len(model.choices(name)) > 1]
    if tiered and not model.price.tiers:
        yield (
            f"  fal reports one price, whatever {' and '.join(tiered)} say:"
            " the bill may be higher than the estimate"
        )


def describe_price(model: Model) -> str:
    price = model.price
    if price.dollars is None:
        return "unknown"
    unit = f"${price.dollars:g} a unit ({price.name}), {price.date}"
    if price.unit is Unit.UNKNOWN:
        return f"{unit}; the units of an order are known only after it"
    usual = estimate(model, {})
    tiers = f", {len(price.tiers)} tiers" if price.tiers else ""
    return f"{unit}{tiers}; ${usual:.4g} with the model's own defaults"


def _pair(ours: object, theirs: object) -> str:
    return str(ours) if str(ours) == str(theirs) else f"{ours} ({theirs})"
