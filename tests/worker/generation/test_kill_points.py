"""Kill a worker between every two steps of a job; another worker continues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from arq.connections import ArqRedis
from PIL import Image

from infra.fal.client import FalClient
from infra.settings import Settings
from infra.storage.store import Storage
from infra.telegram.delivery import Delivery
from infra.telegram.files import TelegramFiles
from tests.infra.pictures import encoded
from tests.message import has_job_id, words
from tests.user import User
from tests.worker.generation.lives import Life, Point, begin, kill_at
from tests.worker.generation.ordering import Order
from tests.worker.generation.world import World
from worker.generation import result_albums
from worker.generation.progress import Progress
from worker.jobs.schedule import JobSchedule
from worker.jobs.store import JobStore
from worker.model import Status
from worker.queues.inbox import Inbox

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Fate:
    """The outcome: requests at fal, results and other cards in Telegram, and the last text of these."""

    paid: int = 1
    delivered: int = 1
    cards: int = 0
    card: str = ""


POINTS: Mapping[Point, Fate] = {
    Point("the update is taken, no job is created", JobStore, "create"): Fate(),
    Point("the job is created, its card not sent", JobStore, "create", after=True): Fate(),
    # Telegram has no idempotency key: a card that may have been sent is sent again.
    Point(
        "the card is sent, not recorded", JobStore, "update_fields", given="progress_message_id"
    ): Fate(cards=1),
    Point("the card is recorded, the update not finished", Inbox, "finish"): Fate(),
    Point("the update is finished", Inbox, "finish", after=True): Fate(),
    Point("no intent is stored", JobStore, "begin", given=Status.SUBMITTING): Fate(),
    # It is unknown whether it was posted, and without webhooks fal cannot say: the user decides.
    Point("the intent is stored, nothing posted", FalClient, "submit"): Fate(0, 0, 1, "❌"),
    Point("it is posted, its response not stored", FalClient, "submit", after=True): Fate(
        1, 0, 1, "❌"
    ),
    Point("the response is stored", JobStore, "move", after=True, given=Status.QUEUED): Fate(),
    Point("fal was asked", FalClient, "check_status", after=True): Fate(),
    Point("fal is done, that is not stored", JobStore, "move", given=Status.COMPLETED): Fate(),
    Point("its card is edited, not recorded", Delivery, "edit_card", after=True): Fate(),
    Point("the download has not started", JobStore, "begin", given=Status.COLLECTING): Fate(),
    Point("the download has started", FalClient, "download_result"): Fate(),
    Point("it is downloaded, not stored", FalClient, "download_result", after=True): Fate(),
    Point("it is verified, not stored", Storage, "take"): Fate(),
    Point("its file is stored", Storage, "take", after=True): Fate(),
    Point("it is stored, that is not recorded", JobStore, "move", given=Status.COLLECTED): Fate(),
    Point("the delivery has not started", JobStore, "begin", given=Status.DELIVERING): Fate(),
    Point("the intent to send is stored", Delivery, "edit_result"): Fate(),
    # An edit can be repeated: the card becomes the same result.
    Point("the card is the result, not recorded", Delivery, "edit_result", after=True): Fate(),
    Point("the result is recorded", JobStore, "update_fields", after=True, given="files"): Fate(),
    Point(
        "it has ended, that is not shown", JobStore, "end", after=True, given=Status.DONE
    ): Fate(),
    Point("its end is shown", Progress, "conclude", after=True): Fate(),
    Point("it is still scheduled", JobSchedule, "remove"): Fate(),
}


#: Later than a minute after the order: the result notifies in a new message, and the card is deleted.
LATE_POINTS: Mapping[Point, Fate] = {
    Point("the intent to send is stored", Delivery, "send_results"): Fate(),
    # The one unavoidable repetition: a message that may have been sent is sent again, never lost.
    Point("it is sent, that is not recorded", Delivery, "send_results", after=True): Fate(
        delivered=2
    ),
    Point("the card is not deleted", Delivery, "delete"): Fate(),
    Point("the card is deleted, not recorded", Delivery, "delete", after=True): Fate(),
    Point("it has ended", JobStore, "end", after=True, given=Status.DONE): Fate(),
}


@pytest.mark.parametrize(
    ("late", "point", "fate"),
    [
        *((False, *each) for each in POINTS.items()),
        *((True, *each) for each in LATE_POINTS.items()),
    ],
    ids=str,
)
async def test_kill_point_loses_and_repeats_nothing(
    *,
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    monkeypatch: pytest.MonkeyPatch,
    late: bool,
    point: Point,
    fate: Fate,
) -> None:
    """The next worker continues the job: posted at most once, never lost, sent again at most once; no card stays."""
    if late:
        monkeypatch.setattr(result_albums, "NOTIFY_AFTER", -1)
    paid_before = await world.paid()
    await user.say("/image a boat")
    await world.enqueue(redis)
    async with begin(settings) as worker:
        kill_at(point, worker, monkeypatch)
        await worker.live()
        assert worker.is_over
    await next_worker.live()
    cards, results = split(await user.from_bot())
    found = Fate(await world.paid() - paid_before, len(results), len(cards), fate.card)
    assert found == fate, await user.transcript()
    assert fate.card in "".join(cards[-1:]), await user.transcript()


#: Nothing is paid before the end of the step, so the whole step is repeated.
PREPARING: Sequence[Point] = (
    Point("preparing has not started", JobStore, "begin", given=Status.PREPARING),
    Point("preparing is begun", TelegramFiles, "download"),
    Point("the image is fetched, not stored", TelegramFiles, "download", after=True),
    Point("the image is stored, not uploaded", FalClient, "upload"),
    Point("the image is uploaded, that is not recorded", FalClient, "upload", after=True),
    Point("it is prepared, not submitted", JobStore, "move", after=True, given=Status.PREPARED),
)


@pytest.mark.parametrize("point", PREPARING, ids=str)
async def test_kill_point_while_preparing_pays_once(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    monkeypatch: pytest.MonkeyPatch,
    point: Point,
) -> None:
    """The next worker prepares the images again, and pays once; no file is left over."""
    storage = Storage.open(settings.media_dir, settings.storage_url)
    order = Order(redis, world, next_worker, user, storage)
    paid_before = await world.paid()
    given = await order.document(encoded(Image.new("RGB", (64, 48), "green")))
    job = await order.place("fal-ai/nano-banana/edit", given)
    async with begin(settings) as worker:
        kill_at(point, worker, monkeypatch)
        await worker.live()
        assert worker.is_over
    ended = await order.finish(job)
    assert (ended.status, len(ended.inputs)) == (Status.DONE, 1)
    assert await world.paid() - paid_before == 1
    assert list((settings.media_dir / ".incoming").iterdir()) == []


def split(messages: Sequence[Mapping[str, object]]) -> tuple[list[str], list[str]]:
    """Split the job's messages into the texts of its cards and the captions of its results."""
    about = list(filter(has_job_id, messages))
    results = [words(message) for message in about if "photo" in message]
    return [words(message) for message in about if "photo" not in message], results
