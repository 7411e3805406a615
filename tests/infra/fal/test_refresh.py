from dataclasses import replace
from typing import Any

import pytest

from infra.fal.models.add import ModelError, derive_row
from infra.fal.models.catalogue import read_rows
from infra.fal.models.refresh import Refreshed, refresh
from infra.fal.models.stored import Stored
from tests.infra.fal.models_at_fal import PlatformApi, listed

BANANA = Stored.read("fal-ai/nano-banana-2")
PRICE = {"unit_price": 0.08, "unit": "images"}
ROWS = {row.endpoint: row for row in read_rows()}


async def _refreshed(
    now: Stored | None = BANANA, price: dict[str, Any] | None = PRICE, **facts: object
) -> Refreshed:
    api = PlatformApi(
        models={BANANA.endpoint: listed(now, **facts)} if now else {},
        prices={BANANA.endpoint: price} if price else {},
    )
    (found,) = await refresh(api.client(), [(ROWS[BANANA.endpoint], BANANA)])
    return found


def _with(field: str, **changes: object) -> Stored:
    properties = BANANA.input["properties"]
    changed = properties | {field: properties[field] | changes}
    return replace(BANANA, input={**BANANA.input, "properties": changed})


async def test_unchanged_model_is_no_news() -> None:
    """The same schema and price: nothing to look at."""
    found = await _refreshed()
    assert (found.faults, found.news) == ((), ())
    assert found.stored.status == "active"


async def test_model_that_is_gone_keeps_its_last_schema() -> None:
    """fal lists it no more: a fault, and orders in flight still know the model."""
    found = await _refreshed(None)
    assert "gone" in str(found)
    assert found.stored == replace(BANANA, status="gone")


async def test_deprecated_model_is_a_fault() -> None:
    """It still works, but may stop."""
    found = await _refreshed(status="deprecated")
    assert "deprecated" in found.faults[0]
    assert found.stored.status == "deprecated"


@pytest.mark.parametrize(
    ("price", "fault", "news"),
    [
        ({"unit_price": 0.10, "unit": "images"}, "dearer: $0.1", None),
        ({"unit_price": 0.08, "unit": "image"}, None, None),
        ({"unit_price": 0.06, "unit": "images"}, None, "cheaper: $0.06"),
        ({"unit_price": 0.08, "unit": "megapixels"}, "another unit", None),
        (None, None, "gives no price"),
    ],
)
async def test_price_change_is_reported(
    price: dict[str, Any] | None, fault: str | None, news: str | None
) -> None:
    """A dearer unit is a fault, a cheaper one is news; without an answer the last price stays."""
    found = await _refreshed(price=price)
    assert (fault in str(found.faults)) if fault else found.faults == ()
    assert (news in str(found.news)) if news else found.news == ()
    assert found.stored.price.unit_price == (price or PRICE)["unit_price"]


async def test_value_that_is_gone_is_a_mismatch() -> None:
    """Requests that were offered would be refused: the report names the value, and the new schema is used."""
    found = await _refreshed(_with("resolution", enum=["1K", "2K"]))
    assert any("resolution" in fault and "4K" in fault for fault in found.faults), found
    assert "resolution: no longer 0.5K, 4K" in found.news
    assert found.stored.input["properties"]["resolution"]["enum"] == ["1K", "2K"]


async def test_new_value_is_news() -> None:
    """More than was offered is no fault."""
    enum = [*BANANA.input["properties"]["resolution"]["enum"], "8K"]
    found = await _refreshed(_with("resolution", enum=enum))
    assert (found.faults, found.news) == ((), ("resolution: new 8K",))


async def test_schema_that_cannot_be_mapped_is_not_used() -> None:
    """A new required field that the bot cannot give: the last known good schema stays."""
    needs = {**BANANA.input, "required": ["prompt", "safety_tolerance"]}
    found = await _refreshed(replace(BANANA, input=needs))
    assert "safety_tolerance" in found.faults[0]
    assert found.stored.input == BANANA.input


class TestAdding:
    """A model that the catalogue does not have."""

    async def test_row_is_derived_from_the_schema(self) -> None:
        """Its options follow from the names of fields and the spelling of their values."""
        api = _with_new(category="text-to-image", display_name="Painter 3")
        kept, model, checked = await derive_row(api.client(), "acme/painter", work=None, title=None)
        assert kept.row
        assert (model.title, model.work) == ("Painter 3", "image")
        assert model.choices("resolution") == ("0.5K", "1K", "2K", "4K")
        assert (model.price.dollars, model.extras["limit_generations"]) == (0.08, True)
        assert checked > 500

    async def test_required_option_is_always_sent(self) -> None:
        """A model without a default for it gets the first value, unless the order says another."""
        needs = replace(
            BANANA,
            endpoint="acme/painter",
            input={**BANANA.input, "required": ["prompt", "resolution"]},
        )
        api = PlatformApi(models={"acme/painter": listed(needs)})
        _, model, _ = await derive_row(api.client(), "acme/painter", work=None, title=None)
        assert model.arguments("a cat")["resolution"] == "0.5K"
        assert model.arguments("a cat", resolution="2K")["resolution"] == "2K"

    async def test_video_between_two_frames_is_recognized(self) -> None:
        """By its required last frame, whatever the fields are called."""
        schema = {
            "type": "object",
            "required": ["prompt", "first_image_url", "end_image_url"],
            "properties": {
                name: {"type": "string"} for name in ("prompt", "first_image_url", "end_image_url")
            },
        }
        new = replace(BANANA, endpoint="acme/mover", input=schema)
        api = PlatformApi(models={"acme/mover": listed(new, category="image-to-video")})
        _, model, _ = await derive_row(api.client(), "acme/mover", work=None, title=None)
        assert (model.work, model.image_field) == ("first_last_frame", "first_image_url")
        assert (model.end_image_field, model.needs_end_image) == ("end_image_url", True)

    @pytest.mark.parametrize(
        ("facts", "reason"),
        [
            ({"category": "vision"}, "name it by --work"),
            ({"category": "text-to-image", "status": "deprecated"}, "choose its successor"),
        ],
    )
    async def test_unclear_model_says_what_to_do(
        self, facts: dict[str, object], reason: str
    ) -> None:
        """The operator names the work, or chooses another model."""
        with pytest.raises(ModelError, match=reason):
            await derive_row(_with_new(**facts).client(), "acme/painter", work=None, title=None)

    async def test_unknown_model_is_said(self) -> None:
        """An id with a typing error is not a traceback."""
        with pytest.raises(ModelError, match="fal has no model acme/nothing"):
            await derive_row(PlatformApi().client(), "acme/nothing", work=None, title=None)

    async def test_schema_that_cannot_be_mapped_is_refused(self) -> None:
        """The field that the bot cannot give is named."""
        needs = replace(
            BANANA, endpoint="acme/painter", input={**BANANA.input, "required": ["canvas_size"]}
        )
        api = PlatformApi(models={"acme/painter": listed(needs)})
        with pytest.raises(ModelError, match="it needs canvas_size"):
            await derive_row(api.client(), "acme/painter", work=None, title=None)


def _with_new(**facts: object) -> PlatformApi:
    new = replace(BANANA, endpoint="acme/painter")
    return PlatformApi(
        models={"acme/painter": listed(new, **facts)}, prices={"acme/painter": PRICE}
    )
