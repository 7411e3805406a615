"""A worker is killed between every two steps of a job, one by one; another goes on."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass

import httpx
import pytest
from arq.connections import ArqRedis

from infra.fal.client import FalClient
from infra.redis import dumps
from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.settings import Settings
from infra.storage import Storage
from infra.telegram.delivery import Delivery
from tests.infra.loopback import unused_url
from tests.infra.sandbox.telegram.server import serve
from tests.person import Person, create_person, words
from tests.processes import TOKEN, Process
from tests.valkey import ValkeyServer
from tests.worker.generation.lives import Life, Point, begin, kill_at
from worker.due import DueSet
from worker.generation.progress import Progress
from worker.jobs import JobStore, Status
from worker.queue import Inbox

JOB_ID = re.compile(r"\b[0-9a-z]{16}\b")


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
    Point("no intent is stated", JobStore, "move", given=Status.SUBMITTING): Fate(),
    # Nobody can know whether it was posted, and without webhooks fal cannot say: the person decides.
    Point("the intent is stated, nothing posted", FalClient, "submit"): Fate(0, 0, card="❌"),
    Point("it is posted, its answer not stored", FalClient, "submit", after=True): Fate(
        1, 0, card="❌"
    ),
    Point("the answer is stored", JobStore, "move", after=True, given=Status.QUEUED): Fate(),
    Point("fal was asked", FalClient, "check_status", after=True): Fate(),
    Point("fal is done, that is not stored", JobStore, "move", given=Status.COMPLETED): Fate(),
    Point("fetching is not begun", JobStore, "move", given=Status.COLLECTING): Fate(),
    Point("fetching is begun", FalClient, "download_result"): Fate(),
    Point("it is downloaded, not kept", FalClient, "download_result", after=True): Fate(),
    Point("half of it is kept", Storage, "save", after=True): Fate(),
    Point("it is kept, that is not noted", JobStore, "move", given=Status.COLLECTED): Fate(),
    Point("sending is not begun", JobStore, "move", given=Status.DELIVERING): Fate(),
    Point("the intent to send is stated", Delivery, "send_results"): Fate(),
    # The one repetition that nobody can avoid: a message that may have been sent is sent, never lost.
    Point("it is sent, that is not noted", Delivery, "send_results", after=True): Fate(delivered=2),
    Point(
        "it has ended, that is not shown", JobStore, "move", after=True, given=Status.DONE
    ): Fate(),
    Point("its end is shown", Progress, "conclude", after=True): Fate(),
    Point("it is not forgotten", DueSet, "remove"): Fate(),
}


@dataclass
class World:
    """Both stand-ins, and the way of an update from Telegram into Redis."""

    http: httpx.AsyncClient
    telegram_url: str
    fal_url: str
    offset: int = 0

    async def hand_over(self, redis: ArqRedis) -> None:
        url = f"{self.telegram_url}/bot{TOKEN}/getUpdates"
        updates = (await self.http.post(url, json={"offset": self.offset})).json()["result"]
        for update in updates:
            chat = str(update["message"]["chat"]["id"])
            await Inbox(redis).hand_over(update["update_id"], chat, dumps(update))
            self.offset = update["update_id"] + 1

    async def paid(self) -> int:
        return len((await self.http.get(f"{self.fal_url}/requests")).json())


@pytest.fixture(scope="module")
def fal_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url, folder = unused_url(), tmp_path_factory.mktemp("fal")
    place = ("--port", url.rpartition(":")[2], "--data", str(folder / "data"))
    fal = Process("fal", ("-m", "infra.sandbox.fal", "--pace", "0", *place), {}, folder).start()
    try:
        fal.wait_for(f"{url}/requests")
        yield url
    finally:
        fal.stop()


@pytest.fixture(scope="module")
async def world(fal_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    settings = SandboxSettings(data=tmp_path_factory.mktemp("telegram"), token=TOKEN)
    async with serve(settings) as telegram_url, httpx.AsyncClient(trust_env=False) as http:
        yield World(http, telegram_url, fal_url)


@pytest.fixture(scope="module")
def settings(
    world: World, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    return Settings(
        _env_file=None,
        tg_bot_token=TOKEN,
        tg_api_base=world.telegram_url,
        redis_url=valkey.url,
        fal_api_key="sandbox:key",
        fal_queue_base_url=world.fal_url,
        fal_rest_base_url=world.fal_url,
        media_dir=tmp_path_factory.mktemp("media"),
    )


@pytest.fixture(scope="module")
async def next_worker(settings: Settings) -> AsyncIterator[Life]:
    async with begin(settings) as life:
        yield life


@pytest.fixture
async def person(world: World) -> AsyncIterator[Person]:
    async with await create_person(world.telegram_url, "Ben", "en") as somebody:
        yield somebody


@pytest.mark.parametrize(("point", "fate"), POINTS.items(), ids=str)
async def test_a_worker_that_dies_here_is_survived(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    person: Person,
    next_worker: Life,
    monkeypatch: pytest.MonkeyPatch,
    point: Point,
    fate: Fate,
) -> None:
    """The next worker finds the job as it was left: posted once at most, never lost, sent again once at most."""
    paid_before = await world.paid()
    await person.say("/image a boat")
    await world.hand_over(redis)
    async with begin(settings) as worker:
        kill_at(point, worker, monkeypatch)
        await worker.live()
        assert worker.is_over
    await next_worker.live()
    cards, results = split(await person.from_bot())
    found = Fate(await world.paid() - paid_before, len(results), len(cards), fate.card)
    assert found == fate, await person.transcript()
    assert fate.card in cards[-1], await person.transcript()


def split(messages: Sequence[Mapping[str, object]]) -> tuple[list[str], list[str]]:
    """The texts of the cards of a job, and the captions of its results."""
    about = [message for message in messages if JOB_ID.search(words(message))]
    results = [words(message) for message in about if "photo" in message]
    return [words(message) for message in about if "photo" not in message], results
