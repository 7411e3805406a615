from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import pytest

from infra.fal.model import Price, Unit, Value
from infra.fal.models.catalogue import MODELS, model
from infra.fal.models.derive import read_unit
from infra.fal.prices import Inputs, estimate

SEEDANCE = "fal-ai/bytedance/seedance/v1.5/pro/text-to-video"
SEEDANCE_2 = "bytedance/seedance-2.0/text-to-video"
KLING = "fal-ai/kling-video/v3/standard/text-to-video"


@pytest.mark.parametrize(
    ("endpoint", "options", "dollars"),
    [
        ("fal-ai/flux/schnell", {"size": "square", "count": 1}, 0.003),
        ("fal-ai/flux/schnell", {"size": "wide", "count": 4}, 0.012),
        ("fal-ai/flux/schnell", {"size": "21:9"}, 0.003),
        ("fal-ai/nano-banana", {"size": "wide", "count": 3}, 0.117),
        ("fal-ai/nano-banana/edit", {}, 0.039),
        ("fal-ai/nano-banana-2", {"resolution": "2K"}, 0.12),
        ("fal-ai/nano-banana-2", {"resolution": "0.5K", "count": 2}, 0.12),
        ("fal-ai/nano-banana-pro", {"resolution": "4K"}, 0.30),
        ("openai/gpt-image-2", {"size": "square"}, 0.053),
        ("openai/gpt-image-2", {"size": "square", "detail": "high"}, 0.211),
        ("openai/gpt-image-2", {"size": "2:3", "detail": "low", "count": 2}, 0.010),
        ("openai/gpt-image-2", {"size": "21:9"}, 0.053),
        ("ideogram/v4", {"detail": "high"}, 0.10),
        ("ideogram/v4", {}, 0.06),
        ("fal-ai/flux-2-pro", {"size": "square"}, 0.03),
        ("bytedance/seedream/v5/pro/text-to-image", {"count": 2}, 0.27),
        (SEEDANCE, {"duration": 4, "aspect": "1:1", "audio": True}, 0.20736),
        (SEEDANCE, {"duration": 4, "audio": False}, 0.10368),
        (SEEDANCE_2, {"duration": 5}, 1.512),
        (SEEDANCE_2, {"duration": 5, "resolution": "480p"}, 0.6804),
        (SEEDANCE_2, {"duration": 5, "resolution": "4K"}, 7.776),
        (KLING, {"duration": 5, "audio": True}, 0.63),
        (KLING, {"duration": 5, "audio": False}, 0.42),
        ("fal-ai/veo3.1", {"duration": 8}, 3.2),
        ("fal-ai/veo3.1", {"duration": 8, "audio": False}, 1.6),
        ("fal-ai/veo3.1", {"duration": 8, "resolution": "4K"}, 4.8),
        ("fal-ai/veo3.1/lite", {"duration": 8, "resolution": "1080p", "audio": False}, 0.4),
        ("fal-ai/minimax/hailuo-2.3/standard/text-to-video", {"duration": 10}, 0.56),
        ("fal-ai/ltx-2.3/text-to-video", {"duration": 6, "resolution": "4K"}, 1.44),
        ("fal-ai/clarity-upscaler", {"scale": 2}, 0.12),
        ("fal-ai/seedvr/upscale/image", {"scale": 2}, 0.004),
        ("fal-ai/seedvr/upscale/image", {"scale": 4}, 0.016),
    ],
)
def test_price_is_known_before_the_submit(
    endpoint: str, options: Mapping[str, Value], dollars: float
) -> None:
    """The unit price, times the units that these options make: images, megapixels, seconds or video tokens."""
    assert estimate(model(endpoint), options) == pytest.approx(dollars)


def test_large_image_costs_more_where_pixels_are_counted() -> None:
    """A started megapixel counts as a whole one; a model that reduces an image first charges the reduced size."""
    fill, banana = model("fal-ai/flux-pro/v1/fill"), model("fal-ai/nano-banana/edit")
    assert estimate(fill, {}, Inputs(2.2)) == pytest.approx(0.15)
    assert estimate(fill, {}, Inputs(400)) == pytest.approx(estimate(fill, {}, Inputs(16)))
    assert estimate(banana, {}, Inputs(12)) == estimate(banana, {})
    assert estimate(model("fal-ai/clarity-upscaler"), {"scale": 2}, Inputs(12)) == pytest.approx(
        0.03 * 46
    )


def test_input_images_are_counted_where_fal_counts_them() -> None:
    """FLUX.2 pro: a unit for the first megapixel, half of one for each further one and for each input image's."""
    edit = model("fal-ai/flux-2-pro/edit")
    assert estimate(edit, {"size": "square"}, Inputs(1)) == pytest.approx(0.045)
    assert estimate(edit, {"size": "square"}, Inputs(2, 2)) == pytest.approx(0.09)
    assert estimate(edit, {}, Inputs(2)) == pytest.approx(0.03 * (1 + 0.5 + 1))


def test_tiers_follow_a_new_unit_price() -> None:
    """Tiers are units, so a dearer unit makes each of them dearer."""
    price = Price(
        dollars=0.10, unit=Unit.IMAGE, base=0.08, tiers=model("fal-ai/nano-banana-2").price.tiers
    )
    banana = replace(model("fal-ai/nano-banana-2"), price=price)
    assert estimate(banana, {"resolution": "4K"}) == pytest.approx(0.20)


@pytest.mark.parametrize(
    ("word", "unit"),
    [
        ("images", (Unit.IMAGE, 1)),
        ("Image", (Unit.IMAGE, 1)),
        ("megapixels", (Unit.MEGAPIXEL, 1)),
        ("second", (Unit.SECOND, 1)),
        ("10 seconds", (Unit.SECOND, 10)),
        ("minutes", (Unit.SECOND, 60)),
        ("videos", (Unit.VIDEO, 1)),
        ("1m tokens", (Unit.TOKEN, 1_000_000)),
        ("1000 tokens", (Unit.TOKEN, 1_000)),
        ("compute seconds", (Unit.UNKNOWN, 1)),
        ("units", (Unit.UNKNOWN, 1)),
        ("1000 characters", (Unit.UNKNOWN, 1)),
        ("", (Unit.UNKNOWN, 1)),
        (None, (Unit.UNKNOWN, 1)),
    ],
)
def test_only_known_units_are_counted(word: str | None, unit: tuple[Unit, float]) -> None:
    """fal's word for a unit is free text: one that is not known makes the price unknown, never a guess."""
    assert read_unit(word) == unit


def test_price_without_a_unit_is_unknown() -> None:
    """Compute seconds are known only after the run, and an unknown unit price is no price."""
    assert estimate(model("fal-ai/esrgan"), {"scale": 2}) is None
    assert estimate(model("fal-ai/topaz/upscale/image"), {"scale": 2}) is None


def test_every_combination_of_options_has_a_price_or_none() -> None:
    """A row has a price above zero with no option chosen and with every combination, or it has none at all."""
    for row in MODELS.values():
        usual = estimate(row, {})
        for options in product(*(row.choices(name) for name in row.options)):
            found = estimate(row, dict(zip(row.options, options, strict=True)))
            assert (found is None) == (usual is None)
            assert found is None or found > 0
