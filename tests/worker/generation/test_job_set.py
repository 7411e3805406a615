"""A set of jobs: one card, and one album when the last job has ended; each job is paid for and ends by itself."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from arq.connections import ArqRedis

from infra.settings import Settings
from infra.storage.store import Storage
from infra.telegram.bot import create_bot
from infra.telegram.delivery import Delivery
from tests.message import labels as labels_of
from tests.processes import TOKEN
from tests.user import Message, User, create_group, words
from tests.worker.generation.lives import Life, Point, begin, kill_at
from tests.worker.generation.test_deliver import expect
from tests.worker.generation.world import World
from worker.jobs.cancellation import request_cancellation
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import Limits
from worker.model import Job, Kind, Request, SetPurpose, Status

pytestmark = pytest.mark.slow

SIZES = ("square", "4:5", "9:16", "wide")
RATIOS = ("1:1", "4:5", "9:16", "16:9")
LANGUAGES = ("ru", "en")


@dataclass
class Sets:
    """Order sets of this user, and let workers finish them."""

    world: World
    settings: Settings
    redis: ArqRedis
    user: User

    @property
    def jobs(self) -> JobStore:
        return JobStore(self.redis, Limits(), time.time)

    async def order(self, *prompts: str, language: str = "en", chat_id: int = 0) -> list[Job]:
        """Order one format for each prompt, and send their card."""
        orders = [
            (
                Request(
                    kind=Kind.IMAGE,
                    user_id=self.user.id,
                    chat_id=chat_id or self.user.id,
                    message_id=1,
                    language=language,
                    prompt=prompt,
                    model="fal-ai/flux/schnell",
                    options={"size": size, "count": 1},
                ),
                0.003,
            )
            for prompt, size in zip(prompts, SIZES, strict=False)
        ]
        made = await self.jobs.create_set(orders, "a press", SetPurpose.FORMATS)
        bot = create_bot(TOKEN, self.world.telegram_url)
        card = await bot.send_message(made[0].chat_id, "⏳")
        await bot.session.close()
        await self.jobs.update_fields(made[0].id, progress_message_id=card.message_id)
        return made

    async def finish(self, made: list[Job]) -> list[Job]:
        async with begin(self.settings) as life:
            await life.live()
        return await self.read(made)

    async def read(self, made: list[Job]) -> list[Job]:
        return await self.jobs.get_many([job.id for job in made])

    async def photos(self) -> list[Message]:
        return [message for message in await self.user.from_bot() if "photo" in message]


@pytest.fixture
async def sets(world: World, settings: Settings, redis: ArqRedis, user: User) -> Sets:
    await user.say("/start")
    return Sets(world, settings, redis, user)


def statuses(made: list[Job]) -> list[Status]:
    return [job.status for job in made]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_results_come_as_one_album_in_their_order(sets: Sets, language: str) -> None:
    """Each image leads to its own job; the caption names the formats, the message below has the actions."""
    paid = await sets.world.paid()
    made = await sets.finish(await sets.order(*["a boat"] * 4, language=language))
    assert statuses(made) == [Status.DONE] * 4
    assert await sets.world.paid() == paid + 4
    # No card stays beside them.
    *album, below = (await sets.user.from_bot())[-5:]
    assert all("photo" in message for message in album)
    assert (await sets.read(made))[0].progress_message_id is None
    assert len({message["media_group_id"] for message in album}) == 1
    index = MessageIndex(sets.redis)
    found = [await index.find(sets.user.id, message["message_id"]) for message in album]
    assert found == [ResultRef(job.id, 0) for job in made]
    assert [job.sent_message_ids[0] for job in made] == [each["message_id"] for each in album]
    assert [job.files[0].file_id for job in made] == [
        each["photo"][-1]["file_id"] for each in album
    ]
    assert " · ".join(RATIOS) in words(album[0])
    cost = "$0,003" if language == "ru" else "$0.003"
    assert all(f"{ratio} · {cost}" in words(below) for ratio in RATIOS)
    assert labels_of(below)[-4:] == ["✓ 1:1", "4:5", "9:16", "16:9"]
    # No job keeps what served its processing.
    assert not await sets.redis.zcard("darkroom:due:img_queue")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_failed_job_is_explained_below_the_album(sets: Sets, language: str) -> None:
    """The others arrive; what failed, and that it cost nothing, is said in the user's words."""
    made = await sets.finish(
        await sets.order("a boat", "a boat #nsfw", "a boat", language=language)
    )
    assert statuses(made) == [Status.DONE, Status.FAILED, Status.DONE]
    *_, album, _, below = await sets.user.from_bot()
    assert ("Без результата: 4:5" if language == "ru" else "Without a result: 4:5") in words(album)
    assert "4:5 · $0" in words(below)
    assert ("Проверка содержания" if language == "ru" else "content check") in words(below)
    assert labels_of(below)[-3:] == ["✓ 1:1", "❌ 4:5", "9:16"]
    assert (await Ledger(sets.redis).read()).total.dollars == pytest.approx(0.006)


async def test_cancelled_job_does_not_hold_the_others(sets: Sets) -> None:
    """One of the set is cancelled by its id before it is sent to fal: it costs nothing, the others arrive."""
    made = await sets.order(*["a boat"] * 3)
    assert await request_cancellation(sets.jobs, made[0])
    ended = await sets.finish(made)
    assert statuses(ended) == [Status.CANCELLED, Status.DONE, Status.DONE]
    assert len(await sets.photos()) == 2
    assert "1:1 · $0" in words((await sets.user.from_bot())[-1])


async def test_only_result_has_its_message_below(sets: Sets) -> None:
    """One image is no album; the message below it tells about the other jobs."""
    made = await sets.finish(await sets.order("a boat #nsfw", "a boat"))
    assert statuses(made) == [Status.FAILED, Status.DONE]
    *_, photo, below = await sets.user.from_bot()
    assert "photo" in photo
    assert "1:1 · $0" in words(below)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_set_without_a_result_ends_on_its_card(sets: Sets, language: str) -> None:
    """The card says how each job ended, and repeats each by a button."""
    made = await sets.order(*["a boat"] * 2, language=language)
    for job in made:
        await request_cancellation(sets.jobs, job)
    ended = await sets.finish(made)
    assert statuses(ended) == [Status.CANCELLED] * 2
    card = (await sets.user.from_bot())[-1]
    assert all(f"{ratio} · $0" in words(card) for ratio in RATIOS[:2])
    again = [label.partition(" · ")[0] for label in labels_of(card)]
    assert again == [
        f"{ratio} 🔁 {'Ещё раз' if language == 'ru' else 'Again'}" for ratio in RATIOS[:2]
    ]


async def test_card_counts_the_results(sets: Sets) -> None:
    """While one job goes on, the card says how many are ready; nothing is sent before the last one has ended."""
    made = await sets.order("a boat", "a boat #stuck", "a boat")
    async with begin(sets.settings) as life:
        for _ in range(500):
            await life.live_a_minute()
            card = (await sets.user.from_bot())[-1]
            if "2 of 3 ready" in words(card):
                break
        assert words(card).count("✅ Ready.") == 2
        assert labels_of(card) == ["✖️ Cancel all"]
        assert not await sets.photos()
        assert await request_cancellation(sets.jobs, (await sets.read(made))[1])
        await life.live()
    assert statuses(await sets.read(made)) == [Status.DONE, Status.CANCELLED, Status.DONE]
    assert len(await sets.photos()) == 2


async def test_lost_file_does_not_keep_the_others(sets: Sets) -> None:
    """A result whose file was deleted before it was sent fails alone; the others are sent one by one."""
    made = await sets.order(*["a boat"] * 3)
    async with begin(sets.settings) as life:
        for _ in range(200):
            await life.live_a_minute()
            current = await sets.read(made)
            if current[1].files:
                storage = Storage.open(sets.settings.media_dir, sets.settings.storage_url)
                await storage.delete(current[1].files[0].key)
                break
        await life.live()
    assert statuses(await sets.read(made)) == [Status.DONE, Status.FAILED, Status.DONE]
    assert len(await sets.photos()) == 2


async def test_album_that_a_group_refuses_comes_in_private(sets: Sets) -> None:
    """All images move together, and each record knows its chat."""
    group = await create_group(sets.world.telegram_url, "Studio", [sets.user])
    in_group = sets.user.in_chat(group)
    await in_group.forbid_bot("photo", "document")
    ended = await sets.finish(await sets.order(*["a boat"] * 2, chat_id=group["id"]))
    assert statuses(ended) == [Status.DONE] * 2
    assert [job.in_private for job in ended] == [True] * 2
    assert len(await sets.photos()) == 2
    assert ended[1].sent_message_ids


@pytest.mark.parametrize("method", ["sendMediaGroup", "editMessageText"])
async def test_every_job_knows_the_new_chat_of_a_migrated_group(sets: Sets, method: str) -> None:
    """The album or the card finds out; the messages of each job can be found and deleted there."""
    group = await create_group(sets.world.telegram_url, "Studio", [sets.user])
    moved = await create_group(sets.world.telegram_url, "Supergroup", [sets.user])
    made = await sets.order(*["a boat"] * 2, chat_id=group["id"])
    fault = {"status": 400, "description": "group chat was upgraded", "chat_id": group["id"]}
    await expect(sets.world, method, **fault, migrate_to_chat_id=moved["id"])
    ended = await sets.finish(made)
    assert statuses(ended) == [Status.DONE] * 2
    assert [job.chat_id for job in ended] == [moved["id"]] * 2
    shown = await sets.user.in_chat(moved).from_bot()
    assert len([message for message in shown if "photo" in message]) == 2


#: Where a worker dies, and how many images and messages with buttons there are in the end.
DEATHS: Mapping[Point, tuple[int, int]] = {
    Point("one result waits", JobStore, "move", after=True, given=Status.COLLECTED): (3, 1),
    Point("the album has not started", JobStore, "begin", given=Status.DELIVERING): (3, 1),
    Point("the intent to send is stored", Delivery, "send_results"): (3, 1),
    # Telegram has no idempotency key: what may have been sent is sent again.
    Point("it is sent, that is not recorded", Delivery, "send_results", after=True): (6, 1),
    Point("one of them is recorded", JobStore, "update_fields", after=True, given="files"): (5, 1),
    Point("its buttons are not sent", Delivery, "send_card"): (3, 1),
    Point("its buttons are sent, that is not recorded", Delivery, "send_card", after=True): (3, 2),
    Point("one job has ended", JobStore, "end", after=True, given=Status.DONE): (3, 1),
}


@pytest.mark.parametrize(("point", "expected"), DEATHS.items(), ids=str)
async def test_worker_death_loses_and_repeats_nothing(
    sets: Sets,
    next_worker: Life,
    monkeypatch: pytest.MonkeyPatch,
    point: Point,
    expected: tuple[int, int],
) -> None:
    """Each job is paid once; a message comes twice only where it may have been sent."""
    paid = await sets.world.paid()
    made = await sets.order(*["a boat"] * 3)
    async with begin(sets.settings) as worker:
        kill_at(point, worker, monkeypatch)
        await worker.live()
        assert worker.is_over
    await next_worker.live()
    assert statuses(await sets.read(made)) == [Status.DONE] * 3
    assert await sets.world.paid() == paid + 3
    below = [each for each in await sets.user.from_bot() if "What next?" in words(each)]
    assert (len(await sets.photos()), len(below)) == expected
