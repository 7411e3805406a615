"""The fake against fal's stored schemas: what they refuse it refuses, what they allow it makes."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import jsonschema_rs
import pytest
from PIL import Image

from infra.sandbox.fal.catalog import SCHEMAS, Catalog, Makes, Model
from infra.sandbox.fal.rendering import clip
from tests.infra.sandbox.fal.account import SCHNELL, Account, account
from tests.infra.sandbox.fal.pictures import data_uri, encoded
from tests.infra.sandbox.fal.samples import Samples

URL = "https://example.org/a.png"
CATALOG = Catalog()
EVERY = pytest.mark.parametrize("model", list(CATALOG), ids=lambda model: model.endpoint)
DEV = "fal-ai/flux/dev"


def _samples(model: Model) -> Samples:
    return Samples(model.input, picture=URL)


def _problems(model: Model, given: Mapping[str, Any]) -> list[Any]:
    """Return the entries of fal's `detail`, which name the invalid fields."""
    return list(model.validator.problems(dict(given)))


def test_every_stored_schema_is_served() -> None:
    """The fake has no list of models: each stored file is one, of any owner."""
    endpoints = {json.loads(path.read_text())["endpoint"] for path in SCHEMAS.rglob("*.json")}
    assert {model.endpoint for model in CATALOG} == endpoints
    assert len({endpoint.split("/")[0] for endpoint in endpoints}) > 5


@EVERY
def test_allowed_values_are_accepted(model: Model) -> None:
    """The required fields suffice; each choice and the ends of each range are valid, and so is an unknown field."""
    samples = _samples(model)
    smallest = samples.smallest()
    assert not _problems(model, smallest | {"unheard_of": 5})
    for name, value in samples.allowed():
        assert not _problems(model, smallest | {name: value}), (name, value)


@EVERY
def test_refused_values_are_refused(model: Model) -> None:
    """Another spelling, type, length or range is a 422 that names the field and has fal's fields."""
    samples = _samples(model)
    for name, value in samples.refused():
        problems = _problems(model, samples.smallest() | {name: value})
        assert problems, (name, value)
        for entry in problems:
            assert entry["loc"][:2] == ["body", name]
            assert entry["url"] == f"https://docs.fal.ai/errors#{entry['type']}"
            assert entry["msg"]
            assert "input" in entry


@EVERY
def test_each_missing_field_is_named(model: Model) -> None:
    """One 422 names all of them."""
    found = {(entry["loc"][-1], entry["type"]) for entry in _problems(model, {})}
    assert found == {(name, "missing") for name in model.input.get("required", ())}


async def test_invalid_input_is_accepted_and_fails_as_the_result(me: Account) -> None:
    """The submit succeeds; the result is a 422 with the reasons, billed with zero units."""
    wrong = {"output_format": "gif", "num_images": 5, "image_size": "wide"}
    answer = await (await me.submit(DEV, wrong)).end()
    assert answer.status_code == 422
    assert answer.headers["x-fal-billable-units"] == "0"
    entries = {entry["loc"][-1]: entry for entry in answer.json()["detail"]}
    assert answer.headers["x-fal-error-type"] == answer.json()["detail"][0]["type"]
    choice, limit = entries["output_format"], entries["num_images"]
    assert (choice["type"], choice["input"]) == ("one_of", "gif")
    assert choice["ctx"] == {"expected": ["jpeg", "png"]}
    assert (limit["type"], limit["input"]) == ("less_than_equal", 5)
    assert limit["ctx"] == {"le": 4}
    assert "square_hd" in entries["image_size"]["msg"]
    assert entries["prompt"]["type"] == "missing"
    assert [request["billed"] for request in await me.requests()] == [0]


async def test_unknown_endpoint_is_not_found(me: Account) -> None:
    """The submit already fails."""
    answer = await me.post("fal-ai/flux/nonsense", {"prompt": "a cat"})
    assert answer.status_code == 404
    assert answer.json() == {"detail": 'Application "flux/nonsense" not found'}
    assert not await me.requests()


@pytest.fixture(scope="module")
async def media(fal: str) -> AsyncIterator[dict[str, str]]:
    """Upload an image, a mask of its size and a video."""
    size = (480, 400)
    content = {
        "picture": encoded(Image.effect_noise(size, 60).convert("RGB")),
        "mask": encoded(Image.new("L", size, 255)),
        "video": await asyncio.to_thread(
            clip.film, clip.Shot("a sea", 1), (1280, 720), 2, has_sound=True
        ),
    }
    async with account(fal, "uploader") as somebody:
        yield {name: await somebody.uploaded(found) for name, found in content.items()}


@pytest.mark.slow
@EVERY
async def test_every_model_makes_what_its_schema_describes(
    me: Account, media: Mapping[str, str], model: Model
) -> None:
    """The smallest valid request gives an output that is valid too, with media that open, and is billed."""
    samples = Samples(model.input, **media)
    given = samples.smallest()
    if "duration" in model.input["properties"]:
        given |= {"duration": _shortest(samples)}
    request = await me.submit(model.endpoint, given)
    # A video takes a second, but on a busy machine much longer.
    answer = await request.end(seconds=100)
    assert answer.status_code == 200, answer.text
    output = answer.json()
    jsonschema_rs.validator_for(dict(model.output)).validate(output)
    assert float(answer.headers["x-fal-billable-units"]) > 0
    made = output[model.makes]
    for file in made if isinstance(made, list) else [made]:
        content = await me.file(file["url"])
        if model.makes is Makes.VIDEO:
            assert clip.read(content).seconds > 0
        else:
            Image.open(io.BytesIO(content)).load()


def _shortest(samples: Samples) -> Any:
    """Return the shortest duration that the schema names."""
    values = [value for name, value in samples.allowed() if name == "duration"]
    return min(values, key=lambda value: int("".join(re.findall(r"^\d+", str(value))) or 99))


async def test_reference_image_is_no_edit(me: Account) -> None:
    """A model that paints from text keeps its own size when it gets images as references."""
    painter = "acme/painter"
    stored = CATALOG.find(SCHNELL)
    given = {**stored.input["properties"], "image_urls": {"type": "array"}}
    model = {"input": {**stored.input, "properties": given}, "output": stored.output}
    await me.http.put(f"/models/{painter}", json=model)
    body = {"prompt": "a cat", "image_urls": [data_uri(Image.new("RGB", (64, 96)))]}
    output = await (await me.submit(painter, body)).output()
    assert (output["images"][0]["width"], output["images"][0]["height"]) == (1024, 768)
