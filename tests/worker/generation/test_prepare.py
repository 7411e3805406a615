import time

import pytest
from PIL import ExifTags, Image, ImageChops

from infra.errors import NotStored
from infra.images.box import Box as Part
from infra.settings import Settings
from infra.telegram.bot import create_bot
from infra.telegram.delivery import Delivery
from tests.infra.pictures import Box, encoded, opened, painted, photo
from tests.processes import TOKEN
from tests.webhook_app.client import serve
from tests.worker.generation.lives import begin
from tests.worker.generation.ordering import Order
from tests.worker.generation.studio import QUEUE, Studio
from tests.worker.queues.test_inbox import arq_jobs
from worker.jobs.deletion import Deletion
from worker.jobs.message_index import MessageIndex
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Picture, Status

pytestmark = pytest.mark.slow

EDIT = "fal-ai/nano-banana/edit"
FILL = "fal-ai/flux-pro/v1/fill"
ANIMATE = "fal-ai/bytedance/seedance/v1.5/pro/image-to-video"
ESRGAN = "fal-ai/esrgan"
PHOTO = photo((300, 200))
PLACE: Box = (100, 60, 190, 140)
FAR: Box = (0, 0, 80, 200)


async def test_upload_reaches_fal_without_metadata(order: Order) -> None:
    """Upright, without the GPS position, and from fal's own URL, never from Telegram's."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (55.0, 45.0, 20.0)
    given = await order.document(encoded(PHOTO, "JPEG", exif=exif))
    job = await order.make(EDIT, given)
    assert (job.status, len(job.files)) == (Status.DONE, 1)
    (address,) = job.picture_urls
    assert address.startswith(order.world.fal_url)
    (key,) = job.inputs
    assert key.startswith("inputs/")
    kept = await order.stored(key)
    assert (kept.size, dict(kept.getexif())) == ((200, 300), {})
    sent = await order.world.http.get(address)
    assert opened(sent.content).tobytes() == kept.tobytes()


async def test_several_images_keep_their_order(order: Order) -> None:
    """An uploaded image and a stored result are side by side in the result."""
    first = await order.make(EDIT, await order.document(encoded(PHOTO)))
    again = Picture(key=first.inputs[0])
    other = await order.document(encoded(Image.new("RGB", (64, 64), "blue")))
    job = await order.make(EDIT, again, other)
    assert job.status is Status.DONE
    sizes = [(await order.stored(key)).size for key in job.inputs]
    assert sizes == [PHOTO.size, (64, 64)]
    assert len(job.picture_urls) == 2


async def test_painted_area_becomes_the_mask(order: Order) -> None:
    """An image that was painted over in Telegram's editor is the mask; outside of it the result is unchanged."""
    mask = await order.photo(painted(PHOTO, PLACE))
    job = await order.make(FILL, await order.document(encoded(PHOTO)), mask=mask)
    assert job.status is Status.DONE, job.detail
    assert job.mask_url not in (None, *job.picture_urls)
    change = ImageChops.difference(PHOTO, (await order.stored(job.files[0].key)).convert("RGB"))
    assert change.crop(FAR).getbbox() is None
    assert change.crop(PLACE).getbbox()


async def test_boxes_become_the_mask(order: Order) -> None:
    """They are drawn in the image's size; outside of them the result is unchanged, and a repeat uses the same mask."""
    mask = Picture(boxes=(Part(left=334, top=300, right=634, bottom=700),))
    job = await order.make(FILL, await order.document(encoded(PHOTO)), mask=mask)
    assert job.status is Status.DONE, job.detail
    drawn = await order.stored(job.inputs[-1])
    assert (drawn.size, drawn.getbbox()) == (PHOTO.size, (100, 60, 191, 141))
    change = ImageChops.difference(PHOTO, (await order.stored(job.files[0].key)).convert("RGB"))
    assert change.crop(FAR).getbbox() is None
    assert change.crop(PLACE).getbbox()
    assert job.repeatable.mask == Picture(key=job.inputs[-1])


async def test_upscale_needs_no_prompt(order: Order) -> None:
    """The result is larger."""
    given = await order.document(encoded(PHOTO))
    job = await order.make(ESRGAN, given, prompt="", options={"scale": 2})
    assert (job.status, job.files[0].width, job.files[0].height) == (Status.DONE, 600, 400)


@pytest.mark.parametrize(
    ("model", "content", "options", "failure", "words"),
    [
        (EDIT, b"I am no picture", {}, "picture_unreadable", "is not an image"),
        (EDIT, bytes(20 * 1024 * 1024 + 1), {}, "picture_too_heavy", "larger than 20 MB"),
        (
            ESRGAN,
            encoded(Image.new("L", (3000, 2000))),
            {"scale": 4},
            "enlarged_too_large",
            "more than 64 megapixels",
        ),
        (ANIMATE, encoded(PHOTO.resize((16, 16))), {}, "picture_too_small", "at least 300 pixels"),
        (ANIMATE, encoded(PHOTO.resize((12000, 100))), {}, "picture_too_long", "up to 2.5 times"),
        (ANIMATE, encoded(PHOTO.resize((300, 751))), {}, "picture_too_long", "Please crop it"),
        (FILL, encoded(PHOTO), {}, "bad_input", "needs a mask"),
        ("fal-ai/flux/schnell", encoded(PHOTO), {}, "bad_input", "takes no image"),
    ],
)
async def test_unusable_image_costs_nothing(
    order: Order, model: str, content: bytes, options: dict[str, int], failure: str, words: str
) -> None:
    """The user reads which limit it broke; fal gets nothing."""
    paid_before = await order.world.paid()
    job = await order.make(model, await order.document(content), options=options)
    assert (job.status, job.failure) == (Status.FAILED, failure)
    assert words in str((await order.user.last_from_bot())["text"])
    assert await order.world.paid() == paid_before


async def test_large_image_is_shrunk_for_a_video(order: Order) -> None:
    """Shrinking helps the user; the model would refuse it."""
    given = await order.document(encoded(PHOTO.resize((7000, 3500))))
    job = await order.make(ANIMATE, given)
    assert job.status is Status.DONE
    (key,) = job.inputs
    width, height = (await order.stored(key)).size
    assert (width * height <= 4_000_000, width, height) == (True, 2828, 1414)


async def test_missing_image_is_refused(order: Order) -> None:
    """Nothing is posted, and the reason is readable."""
    for model in (EDIT, "fal-ai/veo3.1/image-to-video"):
        job = await order.make(model)
        assert (job.status, job.failure) == (Status.FAILED, "bad_input")
        assert "takes 1 to" in str(job.detail)


async def test_deleting_a_failed_job_deletes_its_inputs(order: Order) -> None:
    """fal took no upload, so the job was never prepared: its stored input is found nevertheless."""
    refusal = {"operation": "upload", "status": 422}
    await order.world.http.post(f"{order.world.fal_url}/faults", json=refusal)
    job = await order.make(EDIT, await order.document(encoded(PHOTO)))
    assert (job.status, job.inputs) == (Status.FAILED, ())
    (key,) = job.input_keys
    assert (await order.stored(key)).size == PHOTO.size
    async with create_bot(TOKEN, order.world.telegram_url) as bot:
        jobs, messages = JobStore(order.redis, Limits(), time.time), MessageIndex(order.redis)
        assert await Deletion(jobs, order.storage, messages).delete(job, Delivery(bot))
    with pytest.raises(NotStored):
        await order.storage.size(key)


async def test_download_from_telegram_is_retried(order: Order) -> None:
    """Nothing is paid yet."""
    given = await order.document(encoded(PHOTO))
    for fault in ({"status": 500}, {"status": 429, "retry_after": 1}):
        await order.disturb(method="getFile", **fault)
    job = await order.make(EDIT, given)
    assert job.status is Status.DONE


async def test_download_from_telegram_fails_at_the_deadline(order: Order) -> None:
    """The user is asked to send the image again."""
    job = await order.place(EDIT, await order.document(encoded(PHOTO)))
    await JobStore(order.redis, Limits(), time.time).update_fields(job.id, deadline=1)
    await order.disturb(method="getFile", status=500)
    job = await order.finish(job)
    assert (job.status, job.failure) == (Status.FAILED, "picture_gone")


async def test_with_public_url_fal_fetches_from_us(order: Order, settings: Settings) -> None:
    """By a signed URL that expires; nothing is uploaded, and Telegram's URL is not sent."""
    reachable = settings.model_copy(update={"public_url": "http://set.below"})
    async with serve(reachable) as client:
        reachable = reachable.model_copy(update={"public_url": str(client.base_url)})
        given = await order.document(encoded(PHOTO))
        async with begin(reachable) as order.worker:
            mask = await order.photo(painted(PHOTO, PLACE))
            job = await order.make(FILL, given, mask=mask)
    assert (job.status, len(job.inputs)) == (Status.DONE, 2), job.detail
    assert (job.picture_urls, job.mask_url) == ((), None)


async def test_removed_public_url_falls_back_to_an_upload(order: Order) -> None:
    """The input is uploaded, though the job was prepared with a URL of ours."""
    job = await order.place(EDIT, await order.document(encoded(PHOTO)))
    await JobStore(order.redis, Limits(), time.time).update_fields(
        job.id, inputs=("inputs/2026/11/22/before-1.png",)
    )
    job = await order.finish(job)
    assert (job.status, len(job.picture_urls)) == (Status.DONE, 1)


async def test_unprepared_job_is_not_submitted(studio: Studio) -> None:
    """A worker of the version before enqueues a submit for a job with images: they are prepared first."""
    sent = await studio.user.send_files(encoded(PHOTO))
    paid_before = await studio.world.paid()
    job = await studio.submit(await studio.order(of=Picture(file_id=sent["document"]["file_id"])))
    assert (job.status, await studio.world.paid()) == (Status.CREATED, paid_before)
    enqueued = [task for task, _, _ in await arq_jobs(studio.redis, QUEUE)]
    assert enqueued.count("prepare") == 2  # by its creation, and by the submit
    job = await studio.submit(await studio.prepare(job))
    assert (job.status, await studio.world.paid()) == (Status.QUEUED, paid_before + 1)


async def test_repeat_uses_the_stored_inputs(order: Order) -> None:
    """The images and the fitted mask are stored since the first job; Telegram is not asked."""
    mask = await order.photo(painted(PHOTO, PLACE))
    first = await order.make(FILL, await order.document(encoded(PHOTO)), mask=mask)
    request = first.repeatable
    assert all(picture.key for picture in (*request.pictures, request.mask) if picture)
    second = await order.make(FILL, *request.pictures, mask=request.mask)
    kept = [[(await order.stored(key)).tobytes() for key in job.inputs] for job in (first, second)]
    assert (second.status, kept[0]) == (Status.DONE, kept[1])


@pytest.mark.parametrize("lost", [Picture(file_id="forgotten"), Picture(key="inputs/gone-1.png")])
async def test_missing_telegram_file_fails_after_retries(order: Order, lost: Picture) -> None:
    """Telegram gives the same answer for a file that is unavailable for a moment."""
    await order.user.say("hello")
    job = await order.make(EDIT, lost)
    assert (job.status, job.failure) == (Status.FAILED, "picture_gone")
    assert "send it again" in str((await order.user.last_from_bot())["text"])


@pytest.mark.usefixtures("short_steps")
async def test_disk_error_is_retried(studio: Studio) -> None:
    """Nothing is posted, no slot is held, no attempt is counted; then it continues."""
    sent = await studio.user.send_files(encoded(PHOTO))
    place = studio.media / ".incoming"
    place.parent.mkdir(exist_ok=True)
    place.touch()
    job = await studio.order(of=Picture(file_id=sent["document"]["file_id"]))
    for _ in range(6):
        job = await studio.prepare(job)
        assert (job.status, job.tries) == (Status.CREATED, 0)
        assert await studio.redis.exists("darkroom:slots") == 0
    assert job.problem
    assert job.problem.kind == "storage"
    assert (
        "The storage is full or does not answer. I keep trying for 30 min." in await studio.card()
    )
    place.unlink()
    prepared = await studio.prepare(job)
    assert prepared.status is Status.PREPARED
    assert (len(prepared.inputs), prepared.problem, prepared.deadline) == (1, None, None)
    assert (await studio.submit(prepared)).status is Status.QUEUED


async def test_lasting_disk_error_is_the_reason_of_the_failure(studio: Studio) -> None:
    """The card does not blame the service; nothing was posted and nothing is charged."""
    sent = await studio.user.send_files(encoded(PHOTO))
    studio.media.mkdir(exist_ok=True)
    (studio.media / ".incoming").touch()
    job = await studio.order(of=Picture(file_id=sent["document"]["file_id"]))
    await studio.jobs.update_fields(job.id, deadline=1)
    ended = await studio.prepare(job)
    assert (ended.status, ended.failure, ended.cost) == (Status.FAILED, "storage", 0)
    assert "Nothing was sent to the service and nothing was spent." in await studio.card()
