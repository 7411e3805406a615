"""Orders beyond edits: transparent results, margins, two frames, and inputs that are videos."""

import time
from pathlib import Path

import av
import pytest
from anyio import Path as AsyncPath
from arq.connections import ArqRedis
from PIL import Image

from infra.errors import NotStored
from infra.settings import Settings
from infra.storage.store import Storage
from infra.telegram.bot import create_bot
from infra.telegram.delivery import Delivery
from tests.infra.clips import make_clip
from tests.infra.pictures import encoded, opened, painted, photo
from tests.message import words
from tests.processes import TOKEN
from tests.user import User
from tests.worker.generation.lives import Life
from tests.worker.generation.ordering import Order
from tests.worker.generation.world import World
from worker.jobs.deletion import Deletion
from worker.jobs.message_index import MessageIndex
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Job, Picture, Status

pytestmark = pytest.mark.slow

BACKGROUND = "fal-ai/bria/background/remove"
OUTPAINT = "fal-ai/flux-2-pro/outpaint"
ERASE = "fal-ai/flux-pro/v1/erase"
FRAMES = "fal-ai/veo3.1/lite/first-last-frame-to-video"
EXTEND = "xai/grok-imagine-video/extend-video"
VEO_EXTEND = "fal-ai/veo3.1/fast/extend-video"
ENLARGE = "fal-ai/seedvr/upscale/video"
EDIT = "fal-ai/nano-banana/edit"
PHOTO = photo((640, 480))


@pytest.fixture
def order(
    redis: ArqRedis, world: World, next_worker: Life, user: User, settings: Settings
) -> Order:
    storage = Storage.open(settings.media_dir, settings.storage_url)
    return Order(redis, world, next_worker, user, storage)


async def video(
    order: Order, path: Path, *, seconds: int = 3, width: int = 320, height: int = 240
) -> Picture:
    """Send a video as a file, of which Telegram says neither the length nor the size."""
    make_clip(path, seconds=seconds, width=width, height=height)
    return (await order.document(await AsyncPath(path).read_bytes())).lasting(0, None)


async def test_transparent_result_is_sent_as_a_document(order: Order) -> None:
    """A photo of Telegram's would fill the transparent part with a colour."""
    job = await order.make(BACKGROUND, await order.document(encoded(PHOTO)), prompt="")
    assert (job.status, job.files[0].transparent) == (Status.DONE, True)
    kept = await order.stored(job.files[0].key)
    assert (kept.mode, kept.size) == ("RGBA", PHOTO.size)
    sent = next(message for message in await order.user.from_bot() if "document" in message)
    assert sent["document"]["thumbnail"]
    assert sent["document"]["mime_type"] == "image/png"


async def test_opaque_result_stays_a_photo(order: Order) -> None:
    job = await order.make(EDIT, await order.document(encoded(PHOTO)))
    assert (job.status, job.files[0].transparent) == (Status.DONE, False)
    assert any("photo" in message for message in await order.user.from_bot())


@pytest.mark.parametrize(
    ("size", "result"),
    [("wide", (853, 480)), ("9:16", (640, 1138)), ("right", (960, 480)), ("around", (960, 720))],
)
async def test_margins_follow_from_the_measured_image(
    order: Order, size: str, result: tuple[int, int]
) -> None:
    """The order did not know the image's size; the bill is that of the larger image."""
    given = await order.document(encoded(PHOTO))
    job = await order.make(OUTPAINT, given, prompt="", options={"size": size}, cost=1)
    assert job.status is Status.DONE, job.detail
    assert (job.files[0].width, job.files[0].height) == result
    assert job.cost
    assert job.units


async def test_large_image_is_reduced_so_that_its_margins_fit(order: Order) -> None:
    """The model adds up to 2048 pixels on a side, and makes four megapixels."""
    given = await order.document(encoded(PHOTO.resize((2400, 1800))))
    job = await order.make(OUTPAINT, given, prompt="", options={"size": "9:16"}, cost=1)
    assert job.status is Status.DONE, job.detail
    width, height = job.files[0].width, job.files[0].height
    assert width * height <= 4_050_000
    assert width / height == pytest.approx(9 / 16, rel=0.01)


async def test_video_is_measured_priced_and_sent_without_metadata(
    order: Order, tmp_path: Path
) -> None:
    """The price follows from its frames; fal gets a copy of its own, which a repeat uses again."""
    given = await video(order, tmp_path / "a.mp4")
    job = await order.make(ENLARGE, given, prompt="", options={"scale": 2}, cost=1)
    assert job.status is Status.DONE, job.detail
    (measured,) = job.request.pictures
    assert (measured.size, measured.frames) == ((320, 240), 30)
    assert (job.files[0].width, job.files[0].height) == (640, 480)
    assert job.cost == pytest.approx(0.001 * 640 * 480 * 30 / 1024**2, rel=0.01)
    (address,) = job.picture_urls
    assert address.startswith(order.world.fal_url)
    sent = tmp_path / "sent.mp4"
    await AsyncPath(sent).write_bytes((await order.world.http.get(address)).content)
    with av.open(str(sent)) as container:
        assert container.streams.video[0].frames == 30
    again = await order.make(
        ENLARGE,
        *job.repeatable.pictures,
        prompt="",
        options={"scale": 2},
        cost=1,
    )
    assert (again.status, again.cost) == (Status.DONE, job.cost)


async def test_deleting_a_job_deletes_its_video(order: Order, tmp_path: Path) -> None:
    """The result and the copy of the user's video."""
    given = await video(order, tmp_path / "a.mp4")
    job = await order.make(EXTEND, given, options={"duration": 6}, cost=1)
    assert (job.status, job.cost) == (Status.DONE, 0.3)
    assert [round(file.duration or 0) for file in job.files] == [9]
    (key,) = job.inputs
    assert await order.storage.size(key)
    async with create_bot(TOKEN, order.world.telegram_url) as bot:
        jobs, messages = JobStore(order.redis, Limits(), time.time), MessageIndex(order.redis)
        assert await Deletion(jobs, order.storage, messages).delete(job, Delivery(bot))
    for stored in (key, job.files[0].key):
        with pytest.raises(NotStored):
            await order.storage.size(stored)


async def test_video_between_two_frames(order: Order) -> None:
    """The first image is the first frame, the second one the last."""
    first = await order.document(encoded(PHOTO))
    last = await order.document(encoded(Image.new("RGB", (640, 480), "red")))
    job = await order.make(FRAMES, first, last, cost=1)
    assert (job.status, len(job.picture_urls)) == (Status.DONE, 2), job.detail
    frames = [(await order.world.http.get(url)).content for url in job.picture_urls]
    assert [opened(frame).size for frame in frames] == [(640, 480)] * 2
    assert opened(frames[1]).getpixel((9, 9)) == (255, 0, 0)


async def refused(order: Order, job: Job, failure: str, told: str) -> None:
    assert (job.status, job.failure) == (Status.FAILED, failure), job.detail
    assert told in words(await order.user.last_from_bot())


@pytest.mark.parametrize(
    ("model", "shape", "options", "failure", "told"),
    [
        (EXTEND, {"seconds": 1}, {}, "video_too_short", "at least 2 s"),
        (EXTEND, {"seconds": 16}, {}, "video_too_long", "up to 15 s"),
        (EXTEND, {"width": 96, "height": 64}, {}, "video_too_small", "at least 128 pixels"),
        (VEO_EXTEND, {"width": 960, "height": 720}, {}, "video_shape", "16:9 and 9:16"),
        (ENLARGE, {"width": 1280, "height": 720}, {"scale": 4}, "video_too_large", "up to 4K"),
    ],
)
async def test_video_beyond_the_limits_costs_nothing(
    order: Order,
    tmp_path: Path,
    model: str,
    shape: dict[str, int],
    options: dict[str, int],
    failure: str,
    told: str,
) -> None:
    """The user reads which limit it broke; fal gets nothing."""
    paid_before = await order.world.paid()
    given = await video(order, tmp_path / "a.mp4", **shape)
    job = await order.make(model, given, options=options, cost=5)
    await refused(order, job, failure, told)
    assert await order.world.paid() == paid_before


async def test_unfit_inputs_cost_nothing(order: Order, tmp_path: Path) -> None:
    """A video as an image, an image as a video, one frame, no mask, and a format that is there already."""
    paid_before = await order.world.paid()
    film, image = await video(order, tmp_path / "a.mp4"), await order.document(encoded(PHOTO))
    await refused(order, await order.make(EDIT, film), "picture_format", "cannot read images")
    await refused(order, await order.make(EXTEND, image, cost=5), "video_unreadable", "not a video")
    await refused(order, await order.make(FRAMES, image, cost=5), "bad_input", "takes 2 to 2")
    await refused(order, await order.make(ERASE, image, prompt=""), "bad_input", "needs a mask")
    square = await order.document(encoded(PHOTO.resize((480, 480))))
    same = await order.make(OUTPAINT, square, prompt="", options={"size": "square"}, cost=5)
    await refused(order, same, "picture_has_format", "this format already")
    assert await order.world.paid() == paid_before


async def test_marked_part_is_erased(order: Order) -> None:
    """By a stroke of Telegram's editor, without words."""
    mask = await order.photo(painted(PHOTO, (200, 120, 380, 280)))
    given = await order.document(encoded(PHOTO))
    job = await order.make(ERASE, given, mask=mask, prompt="", cost=1)
    assert (job.status, job.files[0].width) == (Status.DONE, 640), job.detail
