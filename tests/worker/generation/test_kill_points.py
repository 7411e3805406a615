"""A worker is killed between every two steps of a job, one by one; another goes on."""

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
from worker.generation.progress import Progress
from worker.jobs.schedule import JobSchedule
from worker.jobs.store import JobStore
from worker.model import Status
from worker.queues.inbox import Inbox

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Fate:
    """What there is in the end: requests at fal, results and cards in Telegram, and the last words of the card."""

    paid: int = 1
    delivered: int = 1
    cards: int = 1
    card: str = "✅"


POINTS: Mapping[Point, Fate] = {
    Point("the update is taken, no job is made", JobStore, "create"): Fate(),
    Point("the job is made, its card not sent", JobStore, "create", after=True): Fate(),
    # Telegram has no idempotency key: a card that may have been sent is sent again.
    Point("the card is sent, not noted", JobStore, "note", given="progress_message_id"): Fate(
        cards=2
    ),
    Point("the card is noted, the update not finished", Inbox, "finish"): Fate(),
    Point("the update is finished", Inbox, "finish", after=True): Fate(),
    Point("no intent is stated", JobStore, "begin", given=Status.SUBMITTING): Fate(),
    # Nobody can know whether it was posted, and without webhooks fal cannot say: the person decides.
    Point("the intent is stated, nothing posted", FalClient, "submit"): Fate(0, 0, card="❌"),
    Point("it is posted, its answer not stored", FalClient, "submit", after=True): Fate(
        1, 0, card="❌"
    ),
    Point("the answer is stored", JobStore, "move", after=True, given=Status.QUEUED): Fate(),
    Point("fal was asked", FalClient, "check_status", after=True): Fate(),
    Point("fal is done, that is not stored", JobStore, "move", given=Status.COMPLETED): Fate(),
    Point("its card is edited, not noted", Delivery, "edit_card", after=True): Fate(),
    Point("fetching is not begun", JobStore, "begin", given=Status.COLLECTING): Fate(),
    Point("fetching is begun", FalClient, "download_result"): Fate(),
    Point("it is downloaded, not kept", FalClient, "download_result", after=True): Fate(),
    Point("half of it is kept", Storage, "save", after=True): Fate(),
    Point("it is kept, that is not noted", JobStore, "move", given=Status.COLLECTED): Fate(),
    Point("sending is not begun", JobStore, "begin", given=Status.DELIVERING): Fate(),
    Point("the intent to send is stated", Delivery, "send_results"): Fate(),
    # The one repetition that nobody can avoid: a message that may have been sent is sent, never lost.
    Point("it is sent, that is not noted", Delivery, "send_results", after=True): Fate(delivered=2),
    Point(
        "it has ended, that is not shown", JobStore, "move", after=True, given=Status.DONE
    ): Fate(),
    Point("its end is shown", Progress, "conclude", after=True): Fate(),
    Point("it is not forgotten", JobSchedule, "remove"): Fate(),
}


@pytest.mark.parametrize(("point", "fate"), POINTS.items(), ids=str)
async def test_a_worker_that_dies_here_is_survived(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    monkeypatch: pytest.MonkeyPatch,
    point: Point,
    fate: Fate,
) -> None:
    """The next worker finds the job as it was left: posted once at most, never lost, sent again once at most."""
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
    assert fate.card in cards[-1], await user.transcript()


#: Nothing is paid before the end of it, so whatever dies there is done once more.
PREPARING: Sequence[Point] = (
    Point("preparing is not begun", JobStore, "begin", given=Status.PREPARING),
    Point("preparing is begun", TelegramFiles, "download"),
    Point("the picture is fetched, not kept", TelegramFiles, "download", after=True),
    Point("the picture is kept, not handed over", FalClient, "upload"),
    Point("the picture is handed over, that is not noted", FalClient, "upload", after=True),
    Point("it is prepared, not submitted", JobStore, "move", after=True, given=Status.CREATED),
)


@pytest.mark.parametrize("point", PREPARING, ids=str)
async def test_a_worker_that_dies_while_it_prepares_is_survived(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    monkeypatch: pytest.MonkeyPatch,
    point: Point,
) -> None:
    """The next worker prepares the pictures again, and pays once; nothing is left lying about."""
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
    """The texts of the cards of a job, and the captions of its results."""
    about = list(filter(has_job_id, messages))
    results = [words(message) for message in about if "photo" in message]
    return [words(message) for message in about if "photo" not in message], results
