from collections.abc import Callable
from dataclasses import replace

import pytest
from arq.connections import ArqRedis

from infra.fal.models import kept as kept_models
from infra.fal.models.catalogue import Catalogue, read_shipped
from infra.fal.models.kept import KEY, Kept, KeptModels, combine, followed, load
from infra.fal.models.row import read_row
from infra.fal.models.stored import Stored
from tests.processes import eventually

BANANA = Stored.read("fal-ai/nano-banana-2")
NEW = replace(BANANA, endpoint="acme/painter")
ROW = read_row({"endpoint": "acme/painter", "title": "Painter", "work": "image"})


async def test_added_model_is_known_to_every_process(
    redis: ArqRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes follow the same Redis: both know the model soon, and neither does after its removal."""
    store, catalogues = KeptModels(redis), [Catalogue(read_shipped()) for _ in range(2)]
    monkeypatch.setattr(kept_models, "FOLLOW_SECONDS", 0.02)
    async with followed(redis, "", catalogues[0]), followed(redis, "", catalogues[1]):
        await store.put("acme/painter", Kept(ROW, NEW))
        await _until(lambda: all("acme/painter" in one for one in catalogues))
        model = catalogues[1].find("acme/painter")
        assert model.arguments("a cat", resolution="4K")["resolution"] == "4K"
        await store.remove("acme/painter")
        await _until(lambda: not any("acme/painter" in one for one in catalogues))


async def _until(condition: Callable[[], bool]) -> None:
    async def is_met() -> bool:
        return condition()

    await eventually(is_met, "the models are followed")


async def test_newer_price_is_used_and_the_release_stays(redis: ArqRedis) -> None:
    """Facts about a model of the catalogue replace its price; the row's tiers are the release's."""
    dearer = replace(BANANA, price=replace(BANANA.price, unit_price=0.1))
    await KeptModels(redis).put(BANANA.endpoint, Kept(None, dearer))
    catalogue = Catalogue(read_shipped())
    await load(redis, "", catalogue)
    assert catalogue[BANANA.endpoint].price.dollars == 0.1
    assert catalogue.shipped[BANANA.endpoint].price.dollars == 0.08
    assert catalogue[BANANA.endpoint].price.tiers


async def test_damaged_entry_does_not_stop_a_process(redis: ArqRedis) -> None:
    """It is logged and left out; the others are used."""
    store = KeptModels(redis)
    await store.put("acme/painter", Kept(ROW, NEW))
    async with redis.pipeline() as pipeline:
        pipeline.hset(KEY, mapping={"acme/broken": "{", "acme/empty": "[]"})
        await pipeline.execute()
    assert (await store.read()).keys() == {"acme/painter"}


async def test_entry_that_no_longer_fits_keeps_the_released_model(redis: ArqRedis) -> None:
    """A schema without the prompt cannot be used, so the released one is."""
    unusable = replace(BANANA, input={"type": "object", "properties": {}, "required": ["canvas"]})
    await KeptModels(redis).put(BANANA.endpoint, Kept(None, unusable))
    assert combine(await KeptModels(redis).read()) == {}


async def test_models_of_two_bots_are_known_together(redis: ArqRedis) -> None:
    """Bots in one process have a Redis each: the models of one do not replace the other's."""
    catalogue = Catalogue(read_shipped())
    await KeptModels(redis).put("acme/painter", Kept(ROW, NEW))
    await load(redis, "one", catalogue)
    await redis.delete(KEY)
    await load(redis, "two", catalogue)
    assert "acme/painter" in catalogue
