"""Row 7: the peak memory of twenty videos of 50 MB that are downloaded, stored and sent at once."""

import asyncio
import tempfile
import time
from pathlib import Path

from tests.bench.figures import mebibytes, number
from tests.bench.load import Load
from tests.bench.program import Program
from tests.bench.result import Finding, Result, Table
from tests.bench.serving import serving
from tests.bench.stage import Bench, Stage, say
from tests.bench.telegram import Stopwatch
from tests.bench.updates import delivery, message, user
from tests.infra.clips import make_clip

_CLIPS, _SIZE = 20, 49_900_000
_MOST_BYTES = 30 * 2**20
_LOOKS_A_SECOND = 100


async def measure(bench: Bench) -> list[Result]:
    clips = 3 if bench.is_quick else _CLIPS
    async with (
        bench.stage(file=(_clip(), "video/mp4")) as stage,
        serving(stage) as product,
    ):
        load, worker = product.load, product.worker
        # Libraries that load with the first video do not count.
        fresh = worker.memory()
        await _send(stage, load, 1)
        await asyncio.sleep(2)
        idle = worker.memory()
        watching = asyncio.create_task(_watch(worker))
        started = time.perf_counter()
        await _send(stage, load, clips)
        seconds = time.perf_counter() - started
        watching.cancel()
        peak = await watching
    say(f"row 7: {clips} videos in {seconds:.0f} s")
    return [_report(clips, seconds, (fresh, idle, peak))]


def _clip() -> bytes:
    """Return a playable video, padded with a box that players skip."""
    with tempfile.TemporaryDirectory() as folder:
        clip = make_clip(Path(folder) / "clip.mp4", seconds=5, width=1280, height=720).read_bytes()
    rest = _SIZE - len(clip)
    return clip + rest.to_bytes(4) + b"free" + bytes(rest - 8)


async def _send(stage: Stage, load: Load, clips: int) -> None:
    watch = Stopwatch()
    for method in ("editMessageMedia", "sendVideo"):
        stage.telegram.watch(method, watch.end)
    for index in range(clips):
        chat = user(index)
        watch.begin(chat, time.perf_counter())
        load.offer(delivery(message("/video a boat that leaves a harbour", chat)))
    await watch.wait_until_quiet(180)
    for method in ("editMessageMedia", "sendVideo"):
        stage.telegram.unwatch(method, watch.end)


async def _watch(worker: Program) -> int:
    """Return the peak memory in bytes, until this is cancelled."""
    peak = 0
    try:
        while True:
            peak = max(peak, worker.memory())
            await asyncio.sleep(1 / _LOOKS_A_SECOND)
    except asyncio.CancelledError:
        return peak


def _report(clips: int, seconds: float, memory: tuple[int, int, int]) -> Result:
    _, idle, peak = memory
    above = peak - idle
    finding = Finding(
        what=f"{clips} videos of 50 MB at once, memory above idle",
        measured=mebibytes(above),
        reach=f"≤ {mebibytes(_MOST_BYTES)}",
        met=above <= _MOST_BYTES,
    )
    head = ["videos", "seconds", "MB/s each way", "memory: fresh", "idle", "peak"]
    rate = clips * _SIZE / 1e6 / seconds
    row = [number(clips), number(seconds, 1), number(rate), *map(mebibytes, memory)]
    return Result(
        row="7",
        title="Big files",
        findings=[finding],
        tables=[Table(head=head, rows=[row])],
        notes=["Idle is the worker after its first video, when the video libraries are loaded."],
    )
