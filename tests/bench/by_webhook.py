"""Row 5: thousands of active jobs in one worker, which fal's webhooks end while safety polls continue."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from tests.bench.figures import mebibytes, number, percentile
from tests.bench.fill import TOKEN, Flight, first_user, let_be_due, put_at_fal
from tests.bench.load import connected
from tests.bench.program import Program, running
from tests.bench.result import Finding, Result, Table
from tests.bench.stage import Bench, Stage, say
from tests.bench.telegram import Stopwatch
from tests.infra.pictures import encoded, photo
from worker.jobs.fal_webhooks import PATH
from worker.model import Kind
from worker.queues.names import Queue

_RATES = (10, 25, 50, 100)
_SOUGHT_RATE, _SOUGHT_CORES = 50, 0.6
_USERS = 200
_SOUGHT = 20_000
# Seconds, and polls a second: see `PollingPolicy` of worker/generation/policies.py.
_SAFETY = {Queue.VIDEOS: 30.0, Queue.IMAGES: 15.0}
_SAFETY_LOOKS = 100
_LATE_SECONDS = 30


@dataclass(frozen=True)
class Latency:
    """Milliseconds from fal's webhook to the image at Telegram, and the worker's cores."""

    p50: float
    p99: float
    cores: float

    def __str__(self) -> str:
        return f"{number(self.p50)} / {number(self.p99)} ms, {number(self.cores, 2)} cores"

    @property
    def is_in_time(self) -> bool:
        return self.p50 <= 60 and self.p99 <= 250


async def measure(bench: Bench) -> list[Result]:
    clips, seconds = (17_000, 15.0) if not bench.is_quick else (1000, 3.0)
    pictures = int(sum(_RATES) * seconds) + 500
    async with bench.stage(file=_picture()) as stage:
        stage.fal.is_instant = False
        url = stage.valkey.url
        in_flight = {
            Queue.VIDEOS: Flight(Kind.VIDEO, clips, _USERS, with_webhook=True),
            Queue.IMAGES: Flight(Kind.IMAGE, pictures, _USERS, with_webhook=True, with_card=True),
        }
        ids = {queue: await put_at_fal(url, stage.fal, one) for queue, one in in_flight.items()}
        webhook_app, worker = stage.darkroom.webhook_app(), stage.darkroom.worker()
        async with running(webhook_app, worker):
            await worker.wait_until(stage.darkroom.is_healthy)
            result = await _measure(stage, worker, ids, seconds)
    return [result]


def _picture() -> tuple[bytes, str]:
    """Return a small image, so that decoding does not dominate."""
    return encoded(photo((512, 512)), "JPEG", quality=85), "image/jpeg"


async def _measure(
    stage: Stage, worker: Program, ids: dict[Queue, list[str]], seconds: float
) -> Result:
    pictures = [
        (job_id, first_user(Kind.IMAGE) + index % _USERS)
        for index, job_id in enumerate(ids[Queue.IMAGES])
    ]
    async with connected(stage.darkroom.port, 16) as load:
        stage.fal.use_webhook_app(load)
        # From the first webhook on, polls are for safety only.
        await _complete(stage, [pictures.pop()], rate=1)
        for queue, interval in _SAFETY.items():
            rarest = max(interval, len(ids[queue]) / _SAFETY_LOOKS)
            let_be_due(stage.redis, queue, ids[queue], 0, rarest)
        await asyncio.sleep(max(_SAFETY.values()) if seconds > 10 else 2)
        quiet = await _observe(stage, worker, seconds / 2)
        pace = {
            rate: await _complete_for(stage, worker, pictures, rate, seconds) for rate in _RATES
        }
    return _report(sum(map(len, ids.values())), quiet, pace, worker.memory())


async def _complete_for(
    stage: Stage, worker: Program, pictures: list[tuple[str, int]], rate: int, seconds: float
) -> Latency:
    completing = [pictures.pop() for _ in range(int(rate * seconds))]
    latencies, (cores, _) = await asyncio.gather(
        _complete(stage, completing, rate), _observe(stage, worker, seconds)
    )
    p50, p99 = (percentile(latencies, share) * 1000 for share in (0.5, 0.99))
    say(f"row 5, {rate} a second: p50 {p50:.0f} ms, p99 {p99:.0f} ms, {cores:.2f} cores")
    return Latency(p50, p99, cores)


async def _complete(stage: Stage, pictures: list[tuple[str, int]], rate: float) -> list[float]:
    """Finish this many a second; return seconds from fal's webhook to the image at Telegram."""
    watch, loop = Stopwatch(), asyncio.get_running_loop()

    def ring(job_id: str, user: int) -> None:
        watch.begin(user, time.perf_counter())
        stage.fal.ring(PATH.format(job_id=job_id, token=TOKEN), job_id)

    stage.telegram.watch_results(watch.end)
    for index, (job_id, user) in enumerate(pictures):
        loop.call_later(index / rate, ring, job_id, user)
    await asyncio.sleep(len(pictures) / rate)
    with suppress(TimeoutError):
        await watch.wait_until_quiet(_LATE_SECONDS)
    stage.telegram.unwatch_results(watch.end)
    missing = len(pictures) - len(watch.latencies)
    return watch.latencies + [float(_LATE_SECONDS)] * missing


async def _observe(stage: Stage, worker: Program, seconds: float) -> tuple[float, float]:
    """Return the worker's cores, and polls a second."""
    before, looks = worker.cpu_seconds(), stage.fal.calls["status"]
    await asyncio.sleep(seconds)
    cores = (worker.cpu_seconds() - before) / seconds
    return cores, (stage.fal.calls["status"] - looks) / seconds


def _report(
    flying: int, quiet: tuple[float, float], paces: dict[int, Latency], memory: int
) -> Result:
    sought = paces[_SOUGHT_RATE]
    best = max((rate for rate, pace in paces.items() if pace.is_in_time), default=0)
    findings = [
        Finding(
            what="active jobs in one worker",
            measured=f"{number(flying)} in {mebibytes(memory)}",
            reach="20,000 in ≤ 400 MB",
            met=flying >= _SOUGHT and memory <= 400 * 2**20,
        ),
        Finding(
            what=f"fal's webhook to Telegram at {_SOUGHT_RATE}/s, p50 / p99",
            measured=f"{sought}; in time up to {best}/s",
            reach="≤ 60 / 250 ms, ≤ 0.6 cores; 100/s in time",
            met=sought.is_in_time
            and sought.cores <= _SOUGHT_CORES
            and paces[max(_RATES)].is_in_time,
        ),
    ]
    rows = [["0", "", "", number(quiet[0], 2)]]
    for rate, pace in paces.items():
        rows.append([str(rate), number(pace.p50), number(pace.p99), number(pace.cores, 2)])
    return Result(
        row="5",
        title="Webhooks",
        findings=findings,
        tables=[Table(head=["completed per second", "p50, ms", "p99, ms", "cores"], rows=rows)],
        notes=[
            f"{number(quiet[1])} safety polls a second run meanwhile; the images are JPEGs of 512 × 512."
        ],
    )
