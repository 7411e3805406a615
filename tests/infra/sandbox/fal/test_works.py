"""Each kind of work, by what can be seen in its result."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import av
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from infra.sandbox.fal.rendering import clip
from infra.sandbox.fal.sizes import ratio_of
from tests.infra.sandbox.fal.account import Account, account
from tests.infra.sandbox.fal.pictures import data_uri

SIZE = (320, 240)
HOLE = (100, 80, 200, 160)
ERASERS = ("fal-ai/bria/eraser", "fal-ai/flux-pro/v1/erase", "fal-ai/object-removal/mask")


def _photo() -> Image.Image:
    """Return an image with a red spot on changing ground."""
    image = Image.merge("RGB", [Image.linear_gradient("L").resize(SIZE)] * 3)
    ImageDraw.Draw(image).rectangle((120, 95, 180, 145), fill="red")
    return image


def _mask() -> Image.Image:
    mask = Image.new("L", SIZE)
    ImageDraw.Draw(mask).rectangle(HOLE, fill=255)
    return mask


async def _made(me: Account, endpoint: str, **fields: Any) -> dict[str, Any]:
    return await (await me.submit(endpoint, fields)).output()


async def _opened(me: Account, file: dict[str, Any]) -> Image.Image:
    image = Image.open(io.BytesIO(await me.file(file["url"])))
    image.load()
    return image


@pytest.mark.parametrize(
    "endpoint", ["fal-ai/bria/background/remove", "fal-ai/ideogram/remove-background"]
)
async def test_background_is_removed(me: Account, endpoint: str) -> None:
    """The result is a PNG of the same size: the corners are transparent, the middle is the image's."""
    output = await _made(me, endpoint, image_url=data_uri(_photo()))
    image = await _opened(me, output["image"])
    assert (image.format, image.mode, image.size) == ("PNG", "RGBA", SIZE)
    assert image.getchannel("A").getpixel((0, 0)) == 0
    assert image.getpixel((150, 120)) == (255, 0, 0, 255)


async def test_mask_of_the_subject_comes_on_request(me: Account) -> None:
    """Only with `output_mask`."""
    fields = {"image_url": data_uri(_photo()), "output_format": "webp"}
    output = await _made(me, "fal-ai/birefnet/v2", **fields, output_mask=True)
    assert (await _opened(me, output["mask_image"])).getextrema() == (0, 255)
    assert (await _opened(me, output["image"])).mode == "RGBA"
    assert "mask_image" not in await _made(me, "fal-ai/birefnet/v2", **fields)
    output = await _made(me, "fal-ai/birefnet/v2", image_url=fields["image_url"], mask_only=True)
    assert (await _opened(me, output["image"])).getextrema() == (0, 255)


@pytest.mark.parametrize("endpoint", ERASERS)
async def test_object_is_erased(me: Account, endpoint: str) -> None:
    """The spot under the mask is gone, and the rest is hardly changed."""
    photo, mask = _photo(), _mask()
    fields = {"image_url": data_uri(photo), "mask_url": data_uri(mask)}
    output = await _made(me, endpoint, **fields)
    file = output["image"] if "image" in output else output["images"][0]
    image = (await _opened(me, file)).convert("RGB")
    red, green, _ = ImageStat.Stat(image.crop((130, 105, 170, 135))).mean
    assert red - green < 40
    change = ImageChops.difference(photo, image).crop((0, 0, 90, 240))
    assert max(ImageStat.Stat(change).mean) < 6


async def test_image_is_extended_by_pixels_and_to_a_canvas(me: Account) -> None:
    """The image keeps its place, and something is painted around it."""
    url = data_uri(_photo())
    output = await _made(me, "fal-ai/flux-2-pro/outpaint", image_url=url, expand_left=64)
    image = (await _opened(me, output["images"][0])).convert("RGB")
    assert image.size == (384, 240)
    assert _is_red(image, (64 + 150, 120))
    names = ("canvas_size", "original_image_size", "original_image_location")
    properties: dict[str, Any] = {name: {"type": "array"} for name in names}
    model = {
        "input": {"required": ["image_url"], "properties": properties | {"image_url": {}}},
        "output": {"properties": {"image": {}}},
    }
    await me.http.put("/models/acme/expand", json=model)
    canvas = {"canvas_size": [500, 400], "original_image_location": [100, 50]}
    output = await _made(me, "acme/expand", image_url=url, **canvas)
    image = (await _opened(me, output["image"])).convert("RGB")
    assert image.size == (500, 400)
    assert _is_red(image, (250, 170))
    output = await _made(me, "acme/expand", image_url=url, **canvas, original_image_size=[160, 120])
    assert _is_red((await _opened(me, output["image"])).convert("RGB"), (175, 110))


def _is_red(image: Image.Image, place: tuple[int, int]) -> bool:
    pixel = image.getpixel(place)
    return isinstance(pixel, tuple) and pixel[0] > 200 and max(pixel[1:]) < 90


async def test_image_is_enlarged_by_a_factor_or_to_a_height(me: Account) -> None:
    """The units are the megapixels of the result."""
    fields = {"image_url": data_uri(_photo()), "output_format": "png"}
    seedvr = "fal-ai/seedvr/upscale/image"
    output = await _made(me, seedvr, **fields, upscale_factor=3)
    assert (await _opened(me, output["image"])).size == (960, 720)
    target = {"upscale_mode": "target", "target_resolution": "1440p"}
    request = await me.submit(seedvr, fields | target)
    assert (await request.end()).headers["x-fal-billable-units"] == "3"
    assert (await _opened(me, (await request.output())["image"])).size == (1920, 1440)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("endpoint", "fields", "size"),
    [
        ("fal-ai/nano-banana-2", {"resolution": "2K", "aspect_ratio": "16:9"}, (2688, 1536)),
        ("fal-ai/nano-banana-2", {"resolution": "0.5K", "aspect_ratio": "1:1"}, (512, 512)),
        ("fal-ai/nano-banana-2", {"aspect_ratio": "8:1"}, (2896, 368)),
        ("xai/grok-imagine-image", {"aspect_ratio": "1:2", "resolution": "2k"}, (1456, 2896)),
        ("bytedance/seedream/v5/lite/text-to-image", {"image_size": "auto_4K"}, (4096, 4096)),
        ("openai/gpt-image-2", {"image_size": {"width": 640, "height": 1280}}, (640, 1280)),
    ],
)
async def test_image_has_the_size_of_its_options(
    me: Account, endpoint: str, fields: dict[str, Any], size: tuple[int, int]
) -> None:
    """A ratio with a resolution, a size with a name, or exact sides."""
    fields |= {"prompt": "a cat"}
    if endpoint.startswith(("fal-ai/nano", "openai")):
        fields |= {"output_format": "jpeg"}
    output = await _made(me, endpoint, **fields)
    assert (await _opened(me, output["images"][0])).size == size


@pytest.mark.parametrize(
    ("size", "kind"),
    [({"width": 0, "height": 9}, "greater_than"), ({"width": 10**9}, "image_too_large")],
)
async def test_impossible_size_is_refused(me: Account, size: dict[str, int], kind: str) -> None:
    """A 422 names the field, although the schema has no limits."""
    entry = await (await me.draw("a cat", image_size=size)).error()
    assert (entry["type"], entry["loc"]) == (kind, ["body", "image_size"])


@pytest.mark.parametrize(
    ("endpoint", "field", "value"),
    [
        ("fal-ai/seedvr/upscale/image", "upscale_factor", 10**400),
        ("fal-ai/flux-2-pro/outpaint", "expand_left", 10**400),
    ],
)
async def test_huge_number_is_refused(me: Account, endpoint: str, field: str, value: int) -> None:
    """A number that no float holds is a 422, also where the schema has no maximum."""
    body = {"image_url": data_uri(_photo()), field: value}
    entry = await (await me.submit(endpoint, body)).error()
    assert (entry["type"], entry["loc"]) == ("less_than_equal", ["body", field])


async def test_seed_can_be_huge(me: Account) -> None:
    """It comes back as it was."""
    assert (await (await me.draw("a cat", seed=10**400)).output())["seed"] == 10**400


@pytest.mark.parametrize(
    ("endpoint", "size", "kind"),
    [
        ("openai/gpt-image-2", (1024, 600), "image_too_small"),
        ("openai/gpt-image-2", (1000, 1000), "value_error"),
        ("openai/gpt-image-2", (3200, 1024), "value_error"),
        ("openai/gpt-image-2", (4096, 1024), "image_too_large"),
        ("bytedance/seedream/v5/pro/text-to-image", (896, 1120), "image_too_small"),
        ("fal-ai/flux-2/flash", (2048, 496), "image_too_small"),
        ("fal-ai/qwen-image-2/text-to-image", (2064, 2048), "image_too_large"),
    ],
)
async def test_size_that_only_the_page_forbids_is_refused(
    me: Account, endpoint: str, size: tuple[int, int], kind: str
) -> None:
    """The schema allows any sides; what its description says is a limit too."""
    image_size = {"width": size[0], "height": size[1]}
    body = {"prompt": "a cat", "image_size": image_size}
    entry = await (await me.submit(endpoint, body)).error()
    assert (entry["type"], entry["loc"]) == (kind, ["body", "image_size"])


async def test_too_small_a_size_is_enlarged_where_the_page_says_so(me: Account) -> None:
    """The ratio is kept."""
    endpoint = "bytedance/seedream/v5/lite/text-to-image"
    output = await _made(me, endpoint, prompt="a cat", image_size="square")
    assert (await _opened(me, output["images"][0])).size == (1920, 1920)


@pytest.mark.parametrize(
    ("endpoint", "fields"),
    [
        ("fal-ai/veo3.1", {"resolution": "4k", "duration": "4s"}),
        ("fal-ai/ltx-2.3/text-to-video/fast", {"resolution": "2160p", "duration": 12}),
    ],
)
async def test_values_that_a_model_does_not_combine_are_refused(
    me: Account, endpoint: str, fields: dict[str, Any]
) -> None:
    """The 422 names the field, although the schema has each value."""
    submitted = await me.submit(endpoint, {"prompt": "a boat", **fields})
    assert (await submitted.error())["loc"] == ["body", "duration"]


async def test_source_that_only_the_page_forbids_is_refused(me: Account) -> None:
    """The 422 names the field."""
    body = {"prompt": "a cat", "image_urls": [data_uri(_photo())]}
    entry = await (await me.submit("fal-ai/qwen-image-2/edit", body)).error()
    assert (entry["type"], entry["loc"]) == ("image_too_small", ["body", "image_urls"])


@pytest.mark.parametrize(
    ("name", "ratio"),
    [("16:9", 16 / 9), ("19.5:9", 19.5 / 9), ("auto", None), ("1:0", None), ("9999:1", None)],
)
def test_ratio_is_read_from_its_name(name: str, ratio: float | None) -> None:
    """A name without a usable ratio has none."""
    assert ratio_of(name) == ratio


@pytest.fixture(scope="module")
async def footage(fal: str) -> AsyncIterator[str]:
    """Upload a red video of two seconds with sound."""
    shot = clip.Shot("", 1, Image.new("RGB", (320, 180), "red"))
    content = await asyncio.to_thread(clip.film, shot, (320, 180), 2, has_sound=True)
    async with account(fal, "uploader") as somebody:
        yield await somebody.uploaded(content)


async def _footage(me: Account, endpoint: str, **fields: Any) -> tuple[clip.Footage, str]:
    answer = await (await me.submit(endpoint, fields)).end()
    content = await me.file(answer.json()["video"]["url"])
    return await asyncio.to_thread(clip.read, content), answer.headers["x-fal-billable-units"]


@pytest.mark.slow
async def test_video_is_extended(me: Account, footage: str) -> None:
    """The given video comes first, and only what follows is billed."""
    extend = "fal-ai/ltx-2.3/extend-video"
    longer, units = await _footage(me, extend, prompt="on", video_url=footage, duration=2)
    assert longer.seconds == pytest.approx(4, abs=0.1)
    assert longer.size == (320, 180)
    assert _is_red(longer.frames[0], (10, 10))
    assert units == "2"


@pytest.mark.slow
async def test_quicktime_is_refused_where_only_mp4_is_taken(me: Account, footage: str) -> None:
    """The streams of a phone's MOV file are those of an MP4, its brand is not."""
    mp4, mov = io.BytesIO(await me.file(footage)), io.BytesIO()
    with av.open(mp4, "r") as given, av.open(mov, "w", format="mov") as made:
        copies = {
            stream.index: made.add_stream_from_template(stream) for stream in given.streams.video
        }
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = copies[0]
                made.mux(packet)
    urls = {"video/mp4": footage, "video/quicktime": await me.uploaded(mov.getvalue())}
    endpoint = "xai/grok-imagine-video/extend-video"
    fields = {"prompt": "on", "duration": 2}
    requests = {
        form: await me.submit(endpoint, fields | {"video_url": url}) for form, url in urls.items()
    }
    assert (await requests["video/mp4"].end()).status_code == 200
    assert (await requests["video/quicktime"].error())["type"] == "unsupported_file_format"


@pytest.mark.slow
async def test_video_is_enlarged(me: Account, footage: str) -> None:
    """It keeps its length and its sound; the pixels of all its frames are billed."""
    larger, units = await _footage(
        me, "fal-ai/seedvr/upscale/video", video_url=footage, upscale_factor=2
    )
    assert (larger.size, larger.has_sound) == ((640, 360), True)
    assert larger.seconds == pytest.approx(2, abs=0.1)
    assert float(units) == pytest.approx(640 * 360 * 24 * 2 / 1024**2, rel=0.01)


@pytest.mark.slow
async def test_video_goes_from_the_first_frame_to_the_last(me: Account) -> None:
    """The shape is the first frame's, and the resolution the requested one."""
    frames = {
        "first_frame_url": data_uri(Image.new("RGB", (480, 480), "red")),
        "last_frame_url": data_uri(Image.new("RGB", (480, 480), "blue")),
    }
    made, units = await _footage(
        me,
        "fal-ai/veo3.1/first-last-frame-to-video",
        prompt="a change",
        duration="4s",
        resolution="1080p",
        generate_audio=False,
        **frames,
    )
    assert (made.size, made.has_sound) == ((1440, 1440), False)
    assert _is_red(made.frames[0], (10, 10))
    pixel = made.last.getpixel((10, 10))
    assert isinstance(pixel, tuple)
    assert pixel[2] > 200
    assert units == "2"


async def test_file_that_is_no_video_is_refused(me: Account) -> None:
    """The 422 names the field."""
    for content in (b"", b"<p>no video", b"\x00\x00\x00\x18ftypmp42" + bytes(100)):
        fields = {"video_url": await me.uploaded(content)}
        entry = await (await me.submit("fal-ai/topaz/upscale/video", fields)).error()
        assert (entry["type"], entry["loc"]) == ("video_load_error", ["body", "video_url"])
