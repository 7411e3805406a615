"""The ledger against fal's billing events: hundreds of orders of every kind, with real workers."""

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from arq.connections import ArqRedis
from PIL import Image

from infra.redis.client import connect
from tests.fal_process import bills
from tests.infra.pictures import encoded
from tests.processes import Installation, said_on_failure
from tests.user import create_user
from tests.valkey import ValkeyServer
from worker.bot.views.money_format import repeated
from worker.jobs.cancellation import request_cancellation
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import Limits, OrderRefused
from worker.model import TERMINAL, Job, Kind, Options, Picture, Request, Status
from worker.queues.names import QUEUES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ORDERS, AT_ONCE = 250, 25
BUDGET = 6.0
SIZE = (400, 320)
#: What fal does to an order; most go well.
WORDS = (*("",) * 9, "#nsfw", "#empty", "#black", "#fail", "#lost", "#500", "#stuck", "#slow")
CANCELLED = frozenset({"#stuck", "#slow"})

IMAGES: tuple[tuple[str, Options], ...] = (
    ("fal-ai/flux/schnell", {"size": "square", "count": 2}),
    ("fal-ai/flux/schnell", {"size": "square"}),
    ("fal-ai/z-image/turbo", {}),
    ("fal-ai/nano-banana-2", {"resolution": "0.5K"}),
)
FROM_IMAGE: tuple[tuple[str, Options], ...] = (
    ("fal-ai/nano-banana/edit", {}),
    ("fal-ai/flux/dev/image-to-image", {"strength": 75}),
    ("fal-ai/seedvr/upscale/image", {"scale": 2}),
    ("fal-ai/clarity-upscaler", {"scale": 2}),
)
VIDEOS: tuple[tuple[str, Options], ...] = (
    ("fal-ai/kling-video/v3/standard/text-to-video", {"duration": 3, "audio": False}),
    ("fal-ai/kling-video/v3/standard/text-to-video", {"duration": 3, "audio": True}),
    ("fal-ai/vidu/q3/text-to-video/turbo", {"duration": 1, "resolution": "360p"}),
    ("fal-ai/vidu/q3/text-to-video/turbo", {"duration": 1, "resolution": "720p", "audio": True}),
)
FROM_IMAGE_TO_VIDEO: tuple[tuple[str, Options], ...] = (
    ("xai/grok-imagine-video/image-to-video", {"duration": 1, "resolution": "480p"}),
    ("xai/grok-imagine-video/image-to-video", {"duration": 2, "resolution": "720p"}),
)
INPAINTING = "fal-ai/flux-pro/v1/fill"


@dataclass(frozen=True)
class Team:
    """An installation, the jobs in its Redis, and one user with images of unknown size."""

    installation: Installation
    redis: ArqRedis
    jobs: JobStore
    user_id: int
    picture: Picture
    mask: Picture

    def request(self, choose: random.Random, word: str) -> Request:
        mask: Picture | None = None
        pictures: tuple[Picture, ...] = (self.picture,)
        kind, number = Kind.IMAGE, choose.randrange(20)
        if number < 8:
            (model, options), pictures = choose.choice(IMAGES), ()
        elif number < 15:
            model, options = choose.choice(FROM_IMAGE)
        elif number < 17:
            model, options, mask = INPAINTING, {}, self.mask
        elif number < 19:
            (model, options), pictures, kind = choose.choice(VIDEOS), (), Kind.VIDEO
        else:
            (model, options), kind = choose.choice(FROM_IMAGE_TO_VIDEO), Kind.VIDEO
        return Request(
            kind=kind,
            user_id=self.user_id,
            chat_id=self.user_id,
            message_id=1,
            language="en",
            prompt=f"a red cat {word}".strip(),
            model=model,
            options=options,
            pictures=pictures,
            mask=mask,
        )

    async def dollars(self) -> float:
        return (await Ledger(self.redis).read()).total.dollars


@pytest.fixture(params=["polling", "webhook"])
def installation(request: pytest.FixtureRequest) -> Iterator[Installation]:
    mode: str = request.param
    with (
        tempfile.TemporaryDirectory() as directory,
        ValkeyServer(Path(directory)) as valkey,
        Installation(Path(directory), valkey.url, mode, pace=0.01, chat_burst=100_000) as running,
        said_on_failure(running),
    ):
        yield running


async def test_ledger_and_fal_agree_to_the_cent(installation: Installation) -> None:
    """Failures, cancelled runs and lost answers among them; the budget is never overrun, and refuses orders."""
    redis = connect(installation.redis_url)
    limits = Limits(user_daily_budget=BUDGET)
    async with await create_user(installation.telegram_url, "Ben", "en") as user:
        await user.say("/start")
        sent = [
            await user.send_files(encoded(image))
            for image in (Image.new("RGB", SIZE, "teal"), _half_white())
        ]
        given, mask = (Picture(file_id=message["document"]["file_id"]) for message in sent)
        jobs = JobStore(redis, limits, time.time)
        team = Team(installation, redis, jobs, user.id, given, mask)
        ended, refused = await _order(team)
        await _wait_for_bills(team)
        # A job counts on the day of its order: the first ones may be yesterday's.
        account = await Ledger(redis).read(days=2)
        async with httpx.AsyncClient(trust_env=False) as http:
            billed = await bills(http, installation.fal_url)
        known = [await jobs.get(job.id) or job for job in ended]
    await redis.aclose(close_connection_pool=True)
    outcomes = Counter([*(job.failure or job.status for job in known), *refused])
    spent = Counter(
        {name: round(used.dollars * 1_000_000) for name, used in account.models.items()}
    )
    assert +spent == +billed
    assert account.total.dollars <= BUDGET
    assert sum(outcomes.values()) == ORDERS
    expected = {Status.DONE, Status.CANCELLED, "moderation", "nothing_made", "provider_down"}
    assert expected | {"user_daily_budget"} <= outcomes.keys()


async def _order(team: Team) -> tuple[list[Job], list[str]]:
    """Order in groups; return the jobs, and why the other orders were refused."""
    choose = random.Random(15)  # noqa: S311 - a repeatable mix
    ended: list[Job] = []
    refused: list[str] = []
    for first in range(0, ORDERS, AT_ONCE):
        placed: list[Job] = []
        for number in range(first, first + AT_ONCE):
            word = choose.choice(WORDS)
            request = team.request(choose, word)
            try:
                job = await team.jobs.create(
                    request, f"order-{number}", cost=repeated(request) or 0
                )
            except OrderRefused as refusal:
                refused.append(refusal.reason)
            else:
                placed.append(job)
        ended += await asyncio.gather(*(_finish(team, job) for job in placed))
    return ended, refused


async def _finish(team: Team, job: Job) -> Job:
    """Wait until a job has ended; cancel it at fal if its prompt says so."""
    word = job.request.prompt.rpartition(" ")[2]
    while job.status not in TERMINAL:
        assert await team.dollars() <= BUDGET
        at_fal = Status.RUNNING if word == "#slow" else Status.QUEUED
        if word in CANCELLED and job.status is at_fal and not job.cancel_requested:
            await request_cancellation(team.jobs, job)
        await asyncio.sleep(0.3)
        job = await team.jobs.get(job.id) or job
    return job


async def _wait_for_bills(team: Team) -> None:
    """Wait until there is no question to fal any more."""
    deadline = time.monotonic() + 240
    while await team.redis.exists(*(f"darkroom:inquiries:{queue}" for queue in QUEUES)):
        assert time.monotonic() < deadline, "a bill was not read"
        await asyncio.sleep(1)


def _half_white() -> Image.Image:
    mask = Image.new("L", SIZE)
    mask.paste(255, (0, 0, SIZE[0] // 2, SIZE[1]))
    return mask
