"""Row 12: without webhooks, how soon after its end at fal a result is at Telegram, and after how many polls."""

import asyncio
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from infra.redis.client import connect
from tests.bench.figures import number, percentile
from tests.bench.fill import Flight, first_user, let_be_due, put_at_fal, request
from tests.bench.in_process import SIMPLEST, simplest_bot
from tests.bench.load import connected
from tests.bench.orders import order
from tests.bench.program import Program, running
from tests.bench.result import Finding, Result, Table
from tests.bench.stage import Bench, Stage, say
from tests.infra.clips import make_clip
from tests.infra.pictures import encoded, photo
from worker.jobs.duration_stats import KEPT, Durations
from worker.model import Kind
from worker.queues.names import Queue

# Seconds at fal.
_IMAGE = (0.4, 3.5)
_VIDEO, _QUICK_VIDEO = (40.0, 120.0), (4.0, 12.0)
# The first orders show how long the model takes.
_LEARNING = 8


@dataclass(frozen=True)
class Found:
    """Seconds from the end at fal to Telegram, and polls of one job."""

    late: list[float]
    polls: float

    def ms(self, share: float) -> str:
        return number(percentile(self.late, share) * 1000)

    def meets(self, p50: float, p99: float, polls: float) -> bool:
        is_soon = percentile(self.late, 0.5) <= p50 and percentile(self.late, 0.99) <= p99
        return is_soon and self.polls <= polls


async def measure(bench: Bench) -> list[Result]:
    images = 12 if bench.is_quick else max(40, int(bench.seconds * bench.rounds * 3))
    videos = 20 if bench.is_quick else 150
    file = (encoded(photo((512, 512)), "JPEG", quality=85), "image/jpeg")
    # Telegram calls webhook_app; fal has no connection to it, so that only polls find the end.
    async with bench.stage(file=file) as stage:
        programs = (stage.darkroom.webhook_app(), stage.darkroom.worker())
        async with running(*programs):
            await programs[-1].wait_until(stage.darkroom.is_healthy)
            ours = await _order_images(stage, stage.darkroom.port, images)
        peer = simplest_bot(bench, stage)
        async with running(*peer.programs):
            await peer.programs[-1].wait_until(peer.is_ready)
            theirs = await _order_images(stage, peer.port, images)
    async with bench.stage(file=(_clip(), "video/mp4"), webhooks=False) as stage:
        seconds = _QUICK_VIDEO if bench.is_quick else _VIDEO
        clips = await _make_videos(stage, stage.darkroom.worker(), videos, seconds)
    return [_report(ours, theirs, clips, seconds)]


async def _order_images(stage: Stage, port: int, count: int) -> Found:
    """Order images, one after another."""
    chance = random.Random(12)  # noqa: S311 - not for security
    late = []
    async with connected(port, 4) as load:
        for index in range(_LEARNING + count):
            if index == _LEARNING:
                stage.fal.calls.clear()
            late.append((await order(stage, load, index, chance.uniform(*_IMAGE))).late)
    found = Found(late[_LEARNING:], stage.fal.calls["status"] / count)
    say(f"row 12: p50 {found.ms(0.5)} ms, p99 {found.ms(0.99)} ms, {found.polls:.1f} polls")
    return found


def _clip() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return make_clip(Path(folder) / "clip.mp4", seconds=1, width=320, height=180).read_bytes()


async def _make_videos(
    stage: Stage, worker: Program, count: int, seconds: tuple[float, float]
) -> Found:
    """Let fal make videos at the same time, of a model whose last jobs took about as long."""
    chance = random.Random(12)  # noqa: S311 - not for security
    await _remember(stage, [chance.uniform(*seconds) for _ in range(KEPT)])
    late: list[float] = []
    ends: dict[int, float] = {}
    all_sent = asyncio.Event()

    def note(chat: int, at: float) -> None:
        late.append(at - ends[chat])
        if len(late) == count:
            all_sent.set()

    stage.telegram.watch("sendVideo", note)
    async with running(worker):
        await worker.wait_until(stage.has_workers)
        started = time.perf_counter()
        flight = Flight(Kind.VIDEO, count, users=count, age=0)
        ids = await put_at_fal(stage.valkey.url, stage.fal, flight)
        for index, job_id in enumerate(ids):
            end = started + chance.uniform(*seconds)
            ends[first_user(Kind.VIDEO) + index] = end
            stage.fal.end(job_id, end)
        let_be_due(stage.redis, Queue.VIDEOS, ids, 0, 1)
        await asyncio.wait_for(all_sent.wait(), seconds[1] + 60)
    found = Found(late, stage.fal.calls["status"] / count)
    say(f"row 12, videos: p50 {found.ms(0.5)} ms, p99 {found.ms(0.99)} ms, {found.polls:.1f} polls")
    return found


async def _remember(stage: Stage, seconds: list[float]) -> None:
    redis = connect(stage.valkey.url)
    durations, model = Durations(redis), request(Kind.VIDEO, 1, 1).model
    for each in seconds:
        await durations.record(model, each)
    await redis.aclose(close_connection_pool=True)


def _report(ours: Found, peer: Found, videos: Found, seconds: tuple[float, float]) -> Result:
    shortest, longest = seconds
    made = f"videos of {shortest:g} to {longest:g} s"
    findings = [
        Finding(
            what="end at fal to Telegram without webhooks, p50 / p99, polls",
            measured=f"{ours.ms(0.5)} / {ours.ms(0.99)} ms, {number(ours.polls, 1)}",
            reach="≤ 120 / 400 ms, ≤ 6",
            met=ours.meets(0.12, 0.4, 6),
        ),
        Finding(
            what="the same: fal-client's subscribe, every 100 ms",
            measured=f"{peer.ms(0.5)} / {peer.ms(0.99)} ms, {number(peer.polls, 1)}",
        ),
        Finding(
            what=f"the same for {made}, p50, polls",
            measured=f"{videos.ms(0.5)} ms, {number(videos.polls, 1)}",
            reach="≤ 700 ms, ≤ 15",
            met=videos.meets(0.7, float("inf"), 15),
        ),
    ]
    head = ["program", "late p50, ms", "late p90, ms", "late p99, ms", "polls"]
    found = {"Darkroom": ours, SIMPLEST: peer, f"Darkroom, {made}": videos}
    rows = [
        [name, *map(one.ms, (0.5, 0.9, 0.99)), number(one.polls, 1)] for name, one in found.items()
    ]
    return Result(
        row="12",
        title="Polls without webhooks",
        findings=findings,
        tables=[Table(head=head, rows=rows)],
        notes=[
            f"Images: {len(ours.late)}, one after another, {_IMAGE[0]:g} to {_IMAGE[1]:g} s at fal.",
            f"Videos: {len(videos.late)} at the same time.",
        ],
    )
