import pytest

from infra.fal.models.catalogue import MODELS
from infra.fal.models.drift import Drift, DriftKind, find_drift
from infra.fal.models.stored import Stored
from tests.infra.fal.models_at_fal import PlatformApi, listed

NAME = "fal-ai/nano-banana-2"
BANANA = Stored.read(NAME)


async def _found(
    dollars: float | None, *, gone: bool = False, **facts: object
) -> tuple[Drift, ...]:
    api = PlatformApi(
        models={} if gone else {NAME: listed(BANANA, **facts)},
        prices={NAME: {"unit_price": dollars, "unit": "images"}} if dollars else {},
    )
    found = await find_drift(api.client(), {NAME: MODELS[NAME]})
    assert all("expand" not in request.url.params for request in api.requests)
    return found


@pytest.mark.parametrize("dollars", [0.08, 0.088, 0.072, None])
async def test_small_move_of_a_price_is_no_news(dollars: float | None) -> None:
    """Up to a tenth is not worth a message, and neither is a price that fal does not give."""
    assert await _found(dollars) == ()


@pytest.mark.parametrize("dollars", [0.09, 0.07])
async def test_large_move_of_a_price_is_news(dollars: float) -> None:
    """In either direction."""
    assert await _found(dollars) == (Drift(NAME, DriftKind.PRICE, 0.08, dollars),)


async def test_deprecated_and_gone_models_are_news() -> None:
    """Without their schemas, which are large."""
    assert await _found(0.08, status="deprecated") == (Drift(NAME, DriftKind.DEPRECATED),)
    assert await _found(0.08, gone=True) == (Drift(NAME, DriftKind.GONE),)
