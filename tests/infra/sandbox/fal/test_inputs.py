"""Input images: download, validation, edits."""

import io
import random
from collections.abc import AsyncIterator, Sequence

import pytest
from PIL import Image, ImageChops, ImageDraw
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from infra.sandbox.fal.rendering import edit
from tests.infra.loopback import serve, unused_url
from tests.infra.sandbox.fal.account import Account
from tests.infra.sandbox.fal.pictures import data_uri, encoded

FILL = "fal-ai/flux-pro/v1/fill"
GENERAL = "fal-ai/flux-general/inpainting"
IMAGE_TO_IMAGE = "fal-ai/flux/dev/image-to-image"
EDIT = "fal-ai/nano-banana/edit"
SEEDANCE = "fal-ai/bytedance/seedance/v1.5/pro/image-to-video"
KLING = "fal-ai/kling-video/v3/standard/image-to-video"
VEO = "fal-ai/veo3.1/image-to-video"
SIZE = (96, 64)
HOLE = (24, 16, 72, 48)


def _photo() -> Image.Image:
    """Return an image without equal neighbours, so that every change shows."""
    noise = random.Random(1)  # noqa: S311 - the same noise each time
    return Image.frombytes("RGB", SIZE, noise.randbytes(3 * SIZE[0] * SIZE[1]))


def _mask(size: tuple[int, int] = SIZE) -> Image.Image:
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle(HOLE, fill=255)
    return mask


async def _opened(me: Account, url: str) -> Image.Image:
    return Image.open(io.BytesIO(await me.file(url))).convert("RGB")


@pytest.fixture(scope="module")
async def web() -> AsyncIterator[str]:
    """Serve one image at several URLs, and faults at others."""

    async def picture(request: Request) -> Response:
        return Response(encoded(_photo()), media_type="image/png")

    async def moved(request: Request) -> Response:
        return RedirectResponse("/picture.png")

    async def page(request: Request) -> Response:
        return Response("<p>no picture</p>")

    routes = [Route("/picture.png", picture), Route("/moved", moved), Route("/page", page)]
    async with serve(Starlette(routes=routes)) as address:
        yield address


@pytest.mark.parametrize("endpoint", [FILL, GENERAL])
async def test_inpainting_changes_only_the_masked_area(me: Account, endpoint: str) -> None:
    """Outside the white area every pixel is unchanged; inside hardly one is."""
    photo = _photo()
    fields = {"image_url": data_uri(photo), "mask_url": data_uri(_mask()), "output_format": "png"}
    output = await (await me.submit(endpoint, {"prompt": "a moon", **fields})).output()
    painted = await _opened(me, output["images"][0]["url"])
    change = ImageChops.difference(photo, painted).convert("L")
    outside = Image.composite(Image.new("L", SIZE), change, _mask())
    assert outside.getextrema() == (0, 0)
    inside = change.crop(HOLE).histogram()
    assert inside[0] < sum(inside) / 10


@pytest.mark.parametrize(
    ("endpoint", "field"), [(SEEDANCE, "image_url"), (KLING, "start_image_url")]
)
@pytest.mark.parametrize(
    ("size", "kind"), [((299, 400), "image_too_small"), ((1000, 300), "value_error")]
)
async def test_first_frame_outside_the_models_limits_is_refused(
    me: Account, endpoint: str, field: str, size: tuple[int, int], kind: str
) -> None:
    """The size limits are those of ByteDance and Kling; the 422 names the field, and may be charged."""
    fields = {"prompt": "it moves", field: data_uri(Image.new("RGB", size))}
    entry = await (await me.submit(endpoint, fields)).error()
    assert (entry["type"], entry["loc"]) == (kind, ["body", field])


async def test_mask_of_another_size_is_refused(me: Account) -> None:
    """The 422 names the mask."""
    fields = {"image_url": data_uri(_photo()), "mask_url": data_uri(_mask((64, 96)))}
    entry = await (await me.submit(FILL, {"prompt": "a moon", **fields})).error()
    assert entry["loc"] == ["body", "mask_url"]


@pytest.mark.parametrize("path", ["/picture.png", "/moved"])
async def test_image_is_downloaded_and_visibly_changed(me: Account, web: str, path: str) -> None:
    """It is downloaded from any server, also by a redirect; its size is kept."""
    body = {"prompt": "a red cat", "image_url": f"{web}{path}", "output_format": "png"}
    output = await (await me.submit(IMAGE_TO_IMAGE, body)).output()
    changed = await _opened(me, output["images"][0]["url"])
    assert changed.size == SIZE
    unchanged = ImageChops.difference(_photo(), changed).convert("L").histogram()[0]
    assert unchanged < SIZE[0] * SIZE[1] / 10


async def test_several_images_become_one(me: Account, web: str) -> None:
    """The result has the first image's size, unless a shape is requested."""
    urls = [f"{web}/picture.png", data_uri(Image.new("RGB", (10, 10), "green"))]
    body = {"prompt": "both", "image_urls": urls}
    output = await (await me.submit(EDIT, body)).output()
    assert (await _opened(me, output["images"][0]["url"])).size == SIZE
    output = await (await me.submit(EDIT, {**body, "aspect_ratio": "21:9"})).output()
    assert (await _opened(me, output["images"][0]["url"])).size == (1536, 672)


@pytest.mark.parametrize("endpoint", [IMAGE_TO_IMAGE, VEO])
@pytest.mark.parametrize(
    "url",
    [
        "{web}/missing",
        "{unused}/picture.png",
        "ftp://127.0.0.1/picture.png",
        "http://[",
        "http://127.0.0.1:99999/",
        "data:image/png;base64,%%%",
        "{fal}/files/missing.png",
        "{fal}/files/../signing.key",
        "picture.png",
        "",
    ],
)
async def test_failed_image_download_names_the_field(
    me: Account, web: str, endpoint: str, url: str
) -> None:
    """The result is a 422 file_download_error for the field, and nothing is billed."""
    url = url.format(web=web, unused=unused_url(), fal=me.http.base_url)
    entry = await (await me.submit(endpoint, {"prompt": "a cat", "image_url": url})).error()
    assert (entry["type"], entry["loc"]) == ("file_download_error", ["body", "image_url"])
    assert [request["billed"] for request in await me.requests()] == [0]


def _corrupt() -> Sequence[bytes]:
    """Return files that begin like images and do not continue as such."""
    whole = {name: _as(name) for name in ("PNG", "JPEG", "WEBP", "GIF")}
    cut = [content[: len(content) // 3] for content in whole.values()]
    heads = [content[:20] for content in whole.values()]
    return [*cut, *heads, b"", b"%PDF-1.4", b"GIF89a" + bytes(40)]


def _as(name: str) -> bytes:
    buffer = io.BytesIO()
    _photo().save(buffer, name)
    return buffer.getvalue()


async def test_file_that_is_no_image_is_refused(me: Account, web: str) -> None:
    """A truncated, empty or different file is a 422 image_load_error, never a 500."""
    urls = [f"{web}/page"]
    for content in _corrupt():
        given = await me.http.post(
            "/storage/upload/initiate", json={"content_type": "image/png", "file_name": "a.png"}
        )
        await me.http.put(given.json()["upload_url"], content=content)
        urls.append(given.json()["file_url"])
    for url in urls:
        submitted = await me.submit(IMAGE_TO_IMAGE, {"prompt": "a cat", "image_url": url})
        assert (await submitted.error())["type"] == "image_load_error"


async def test_image_is_rotated_by_its_exif_orientation(me: Account) -> None:
    """A phone's upright photo stays upright."""
    turned = Image.Exif()
    turned[0x0112] = 6
    buffer = io.BytesIO()
    _photo().save(buffer, "JPEG", exif=turned)
    given = await me.http.post("/storage/upload/initiate", json={"content_type": "image/jpeg"})
    await me.http.put(given.json()["upload_url"], content=buffer.getvalue())
    body = {"prompt": "a cat", "image_url": given.json()["file_url"]}
    output = await (await me.submit(IMAGE_TO_IMAGE, body)).output()
    assert (output["images"][0]["width"], output["images"][0]["height"]) == (64, 96)


async def test_upscaler_enlarges(me: Account) -> None:
    """The result is larger by the requested factor."""
    body = {"image_url": data_uri(_photo()), "upscale_factor": 1.5}
    output = await (await me.submit("fal-ai/clarity-upscaler", body)).output()
    assert (await _opened(me, output["image"]["url"])).size == (144, 96)


def test_enlarged_image_has_at_most_64_megapixels() -> None:
    """The fake has a limit that a laptop can render; below it the size is that of the real model."""
    assert edit.enlarge(Image.new("RGB", (2000, 10)), 8).size == (16000, 80)
    assert edit.enlarge(Image.new("RGB", (4096, 1024)), 16).size == (16384, 4096)
