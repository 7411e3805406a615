"""Rendered images, decoded by Pillow."""

import io
from typing import Any

import pytest
from PIL import Image, ImageStat

from infra.sandbox.fal.rendering import brush
from tests.infra.sandbox.fal.account import Account

BANANA = "fal-ai/nano-banana"


async def _picture(me: Account, file: dict[str, Any]) -> Image.Image:
    content = await me.file(file["url"])
    picture = Image.open(io.BytesIO(content))
    picture.load()
    assert picture.size == (file["width"], file["height"])
    assert file["file_size"] == len(content)
    assert file["content_type"] == Image.MIME[str(picture.format)]
    return picture


async def _drawn(me: Account, prompt: str, **fields: Any) -> Image.Image:
    output = await (await me.draw(prompt, **fields)).output()
    return await _picture(me, output["images"][0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("endpoint", "fields", "size"),
    [
        ("fal-ai/flux/schnell", {}, (1024, 768)),
        ("fal-ai/flux/schnell", {"image_size": "square"}, (512, 512)),
        ("fal-ai/flux/schnell", {"image_size": {"width": 333, "height": 77}}, (333, 77)),
        ("fal-ai/flux/schnell", {"image_size": {"width": 1, "height": 2048}}, (1, 2048)),
        ("fal-ai/flux/dev", {"image_size": "portrait_16_9"}, (576, 1024)),
        (BANANA, {"aspect_ratio": "9:16"}, (768, 1344)),
    ],
)
async def test_image_has_the_requested_size(
    me: Account, endpoint: str, fields: dict[str, Any], size: tuple[int, int]
) -> None:
    """Presets, exact sides down to one pixel, and shapes of about a megapixel."""
    output = await (await me.submit(endpoint, {"prompt": "a blue house", **fields})).output()
    assert (await _picture(me, output["images"][0])).size == size


@pytest.mark.parametrize("file_format", ["jpeg", "png", "webp"])
async def test_image_has_the_requested_format(me: Account, file_format: str) -> None:
    """The bytes, the media type and the file extension agree."""
    fields = {"prompt": "a boat", "aspect_ratio": "21:9", "output_format": file_format}
    output = await (await me.submit(BANANA, fields)).output()
    (file,) = output["images"]
    assert (await _picture(me, file)).format == file_format.upper()
    assert file["url"].endswith({"jpeg": ".jpg"}.get(file_format, f".{file_format}"))
    assert output["description"] is not None


async def test_seed_determines_every_byte(me: Account) -> None:
    """The same seed and prompt give the same file; another seed or prompt gives another one."""
    asked = [("a cat", 1), ("a cat", 1), ("a cat", 2), ("a dog", 1)]
    files = [
        await me.file((await (await me.draw(prompt, seed=seed)).output())["images"][0]["url"])
        for prompt, seed in asked
    ]
    assert files[0] == files[1]
    assert len(set(files)) == 3


async def test_generated_seed_is_returned(me: Account) -> None:
    """The returned seed reproduces the image."""
    first = await (await me.draw("a moon")).output()
    again = await (await me.draw("a moon", seed=first["seed"])).output()
    assert await me.file(first["images"][0]["url"]) == await me.file(again["images"][0]["url"])


async def test_several_images_differ(me: Account) -> None:
    """Each continues from the seed of the one before, and all are billed."""
    request = await me.draw("a bird", num_images=3, seed=10)
    answer = await request.end()
    files = [await me.file(image["url"]) for image in answer.json()["images"]]
    assert len(set(files)) == 3
    assert answer.json()["has_nsfw_concepts"] == [False] * 3
    assert answer.headers["x-fal-billable-units"] == "3"
    second = await (await me.draw("a bird", seed=11)).output()
    assert await me.file(second["images"][0]["url"]) == files[1]


@pytest.mark.parametrize(("red", "blue"), [("a red field", "a blue field"), ("красное", "синее")])
async def test_image_has_the_colours_of_its_prompt(me: Account, red: str, blue: str) -> None:
    """Colour words work in both languages."""
    warmth = []
    for prompt in (red, blue):
        mean = ImageStat.Stat((await _drawn(me, prompt, seed=3)).convert("RGB")).mean
        warmth.append(mean[0] - mean[2])
    assert warmth[0] > 20 > -20 > warmth[1]


async def test_image_has_content(me: Account) -> None:
    """The image is not a flat surface, and the subject of the prompt changes it."""
    plain = await _drawn(me, "a night", seed=5)
    assert len(plain.getcolors(10_000) or ()) > 500
    assert min(ImageStat.Stat(plain).stddev) > 5
    assert (await _drawn(me, "a night cat", seed=5)).tobytes() != plain.tobytes()


def test_glow_has_no_edge() -> None:
    """A glow is pasted as a square: a border that is not dark would show in the sky."""
    spot = brush.spot(64, 255)
    assert ImageStat.Stat(spot).extrema[0][1] > 240
    border = [
        spot.crop(box).getextrema() for box in ((0, 0, 64, 1), (0, 0, 1, 64), (63, 0, 64, 64))
    ]
    assert set(border) == {(0, 0)}


async def test_image_download_needs_no_key(me: Account) -> None:
    """The CDN requires no key, and reveals nothing about missing files."""
    output = await (await me.draw("a fish")).output()
    url = output["images"][0]["url"]
    nobody = {"authorization": ""}
    assert (await me.http.get(url, headers=nobody)).status_code == 200
    for missing in ("nothing.png", ".hidden", "x" * 300, "a%00b", "..%2frequests.sqlite3"):
        answer = await me.http.get(f"/files/{missing}", headers=nobody)
        assert answer.is_client_error, missing


async def test_smallest_image_is_drawn(me: Account) -> None:
    """One pixel is a valid size."""
    drawn = await _drawn(me, "a house", image_size={"width": 1, "height": 1})
    assert drawn.size == (1, 1)
