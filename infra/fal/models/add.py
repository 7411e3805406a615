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
    platform: Platform,
    endpoint: str,
    *,
    work: Work | None,
    title: str | None,
    english_only: bool = False,
) -> tuple[Kept, Model, int]:
    """Return what to keep, the model, and how many requests were checked. Raises ModelError and PlatformError."""
    listed, stored = await fetch_model(platform, endpoint)
    does = work or guess_work(listed.category, stored.input)
    if does is None:
        raise ModelError(
            f"What {endpoint} does is not clear from its category ({listed.category or 'none'})"
            f" and fields: name it by --work, one of {', '.join(Work)}."
        )
    fields = {
        "endpoint": endpoint,
        "title": title or listed.title,
        "work": does,
        "prompt": does not in _NO_PROMPT,
        "bounds": _FRAMES.get(does, Frame.USUAL),
        "english_only": english_only,
    }
    try:
        row = read_row(fields)
    except ValueError as error:
        raise ModelError(f"{endpoint}: {error}.") from error
    try:
        model = build(row, stored)
    except CatalogueError as error:
        raise ModelError(f"{error}. This model cannot be added.") from error
    verdict = check(model, stored.input)
    if verdict.problems:
        raise ModelError(
            f"Requests for {endpoint} do not match its schema: {'; '.join(verdict.problems[:5])}."
            " This model cannot be added."
        )
    return Kept(row, stored), model, verdict.combinations


async def fetch_model(platform: Platform, endpoint: str) -> tuple[Listed, Stored]:
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
    prices = await platform.prices([endpoint])
    return listed, Stored(
        endpoint=endpoint,
        status=listed.status,
        source="fal's Platform API",
        fetched=today(),
        price=prices.get(endpoint) or UnitPrice(source="unknown to fal"),
        input=listed.input,
        output=listed.output,
    )


def guess_work(category: str, schema: Mapping[str, Any]) -> Work | None:
    """Return what a model does, by fal's category and its fields; None if they do not tell."""
    fields, required = schema.get("properties", {}).keys(), {*schema.get("required", ())}
    is_prompted = "prompt" in required
    is_masked = bool(required.intersection(MASK_FIELDS))
    scales = bool({"upscale_factor", "scale_factor", "scale"} & fields)
    guesses = {
        "text-to-image": [(True, Work.IMAGE)],
        "text-to-video": [(True, Work.VIDEO)],
        "image-to-video": [
            (bool(required.intersection(END_FIELDS)), Work.FIRST_LAST_FRAME),
            (True, Work.IMAGE_TO_VIDEO),
        ],
        "video-to-video": [
            (scales, Work.VIDEO_UPSCALE),
            ("prompt" in fields, Work.EXTEND_VIDEO),
        ],
        "image-to-image": [
            (is_masked and is_prompted, Work.INPAINTING),
            (is_masked, Work.ERASE),
            ({"expand_left", "expand_right"} <= fields, Work.OUTPAINT),
            (scales, Work.UPSCALE),
            (is_prompted, Work.IMAGE_EDIT),
        ],
    }
    return next((work for fits, work in guesses.get(category, ()) if fits), None)


def describe(model: Model) -> Iterator[str]:
    """Yield lines about what was understood of a model."""
    also = f" (also {', '.join(sorted(model.also))})" if model.also else ""
    yield f"{model.endpoint}: {model.title}, {model.work}{also}, {model.status}"
    for name, choice in model.options.items():
        values = ", ".join(
            str(ours) if str(ours) == str(theirs) else f"{ours} ({theirs})"
            for ours, theirs in choice.values.items()
        )
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
