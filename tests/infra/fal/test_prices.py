from collections.abc import Mapping
from itertools import product

import pytest

from infra.fal.model import Value
from infra.fal.models_map import MODELS, model
from infra.fal.prices import estimate

SEEDANCE = "fal-ai/bytedance/seedance/v1.5/pro/text-to-video"


@pytest.mark.parametrize(
    ("endpoint", "options", "dollars"),
    [
        ("fal-ai/flux/schnell", {"size": "square", "count": 1}, 0.003),
        ("fal-ai/flux/schnell", {"size": "wide", "count": 4}, 0.012),
        ("fal-ai/nano-banana", {"size": "wide", "count": 3}, 0.117),
        ("fal-ai/nano-banana/edit", {}, 0.039),
        (SEEDANCE, {"duration": 4, "aspect": "1:1", "audio": True}, 0.208),
        ("fal-ai/veo3", {"duration": 8}, 3.2),
        ("fal-ai/clarity-upscaler", {"scale": 2}, 0.12),
        ("fal-ai/clarity-upscaler", {"scale": 4}, 0.48),
    ],
)
def test_price_is_known_before_the_submit(
    endpoint: str, options: Mapping[str, Value], dollars: float
) -> None:
    """Images cost by number or megapixels, videos by the second, an upscale by the size of its result."""
    assert estimate(model(endpoint), options) == pytest.approx(dollars)


def test_large_image_costs_more_where_pixels_are_counted() -> None:
    """A started megapixel counts as a whole one; a model that reduces an image first charges the reduced size."""
    fill, banana = model("fal-ai/flux-pro/v1/fill"), model("fal-ai/nano-banana/edit")
    assert estimate(fill, {}, megapixels=2.2) == pytest.approx(0.15)
    assert estimate(fill, {}, megapixels=400) == pytest.approx(estimate(fill, {}, megapixels=16))
    assert estimate(banana, {}, megapixels=12) == estimate(banana, {})


def test_every_combination_of_options_has_a_price() -> None:
    """Every row has a price above zero, with no option chosen and with each of them."""
    for row in MODELS.values():
        assert estimate(row, {}) > 0
        for options in product(*(row.choices(name) for name in row.options)):
            assert estimate(row, dict(zip(row.options, options, strict=True))) > 0
