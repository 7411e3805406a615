"""Polls without webhooks: dense around the usual end of a model's jobs, rare before and after."""

import math
import random
import time
from collections.abc import Callable
from statistics import mean, median

import pytest

from tests.worker.generation.fal import REQUEST_ID
from tests.worker.generation.image_worker import Worker
from tests.worker.jobs.test_store import request
from worker.generation.poll_interval import SHORTEST, poll_wait
from worker.jobs.duration_stats import ENOUGH, KEPT
from worker.model import Job

# Seconds of a poll itself.
CALL = 0.012


def follow(end: float, samples: list[float], longest: float) -> tuple[float, int]:
    """Return how late the end is found, and after how many polls."""
    at, polls = 0.0, 0
    while at < end:
        at += poll_wait(sorted(samples), at, longest) + CALL
        polls += 1
    return at - end, polls


def follow_many(draw: Callable[[], float], longest: float) -> tuple[list[float], list[int]]:
    """Follow jobs one after another; each that ended is a sample, with the time at which a poll found its end."""
    samples, late, polls = [draw() for _ in range(ENOUGH)], [], []
    for _ in range(400):
        end = draw()
        found_late, count = follow(end, samples, longest)
        samples = [round(end + found_late, 3), *samples][:KEPT]
        late.append(found_late)
        polls.append(count)
    return late[KEPT:], polls[KEPT:]


@pytest.mark.parametrize(
    ("draw", "longest", "late_p50", "late_p99", "calls"),
    [
        (lambda r: r.uniform(0.4, 3.5), 1, 0.15, 0.45, 7),
        (lambda r: 0.5 * math.exp(r.gauss(0, 0.1)), 1, 0.06, 0.2, 4),
        (lambda r: 3 * math.exp(r.gauss(0, 0.15)), 1, 0.15, 0.5, 7),
        (lambda r: 60 * math.exp(r.gauss(0, 0.1)), 15, 1.7, 4.5, 10),
        (lambda r: r.uniform(40, 120), 15, 2.2, 6, 13),
    ],
    ids=["0.4-3.5 s", "0.5 s", "3 s", "60 s", "40-120 s"],
)
def test_end_is_found_soon_with_few_polls(
    draw: Callable[[random.Random], float],
    longest: float,
    late_p50: float,
    late_p99: float,
    calls: float,
) -> None:
    """Jobs of one model that last about as long as the last ones; the samples are what the polls themselves found."""
    chance = random.Random(7)  # noqa: S311 - not for security
    late, polls = follow_many(lambda: draw(chance), longest)
    assert median(late) <= late_p50
    assert sorted(late)[int(len(late) * 0.99)] <= late_p99
    assert mean(polls) <= calls


def test_model_that_became_faster_is_followed() -> None:
    """Samples of before do not keep the polls late: after as many jobs as are kept, the end is found soon again."""
    samples, late = [4.0] * KEPT, 0.0
    for _ in range(KEPT):
        late, _polls = follow(1.0, samples, longest=1)
        samples = [1.0 + late, *samples][:KEPT]
    assert late <= 0.2


@pytest.mark.parametrize("elapsed", [-3600.0, -0.4, 0.0, 0.001, 2.0, 59.9, 3600.0])
def test_wait_is_bounded(elapsed: float) -> None:
    """No wait is shorter than the shortest or longer than the longest, however odd the samples are."""
    for samples in ([0.0] * 3, [0.001] * 50, [2.0] * 50, [1e6] * 5, [0.0, 1.0, 1e9]):
        assert SHORTEST <= poll_wait(samples, elapsed, 1.0) <= 1.0


async def queued_job(worker: Worker, model: str, seconds: float) -> Job:
    """Submit a job of a model whose last jobs took so long; a process reads the samples of a model rarely."""
    key = f"darkroom:durations:{model}"
    await worker.redis.rpush(key, *[str(seconds)] * 20)  # type: ignore[misc]  # redis-py types both its clients at once
    ordered = request().model_copy(update={"model": model, "options": {}})
    return await worker.submit(await worker.jobs.create(ordered, f"an order of {model}"))


async def test_polls_follow_the_durations_of_the_model(worker: Worker) -> None:
    """A job whose usual end is near is polled within a third of a second, in place of a second."""
    job = await queued_job(worker, "fal-ai/flux/dev", 3)
    await worker.jobs.update_fields(job.id, submitted_at=time.time() - 2.9)
    await worker.look(job)
    assert 0 < await worker.next_look(job) < 0.3


async def test_first_poll_is_early_for_a_fast_model(worker: Worker) -> None:
    """A model that takes half a second is polled after about half a second."""
    job = await queued_job(worker, "fal-ai/qwen-image", 0.5)
    assert await worker.next_look(job) < 0.6


async def test_clock_that_was_set_back_stops_no_poll(worker: Worker) -> None:
    """The job seems to be submitted later than now, as jobs seemed that ended before it."""
    job = await queued_job(worker, "fal-ai/nano-banana", -3595)
    await worker.jobs.update_fields(job.id, submitted_at=time.time() + 3598)
    await worker.look(job)
    found = await worker.jobs.get(job.id)
    assert found
    assert found.tries == 0
    assert 0 < await worker.next_look(job) <= 1.5


async def test_job_that_waits_at_fal_is_polled_at_the_usual_interval(worker: Worker) -> None:
    """While other jobs are ahead of it, the durations say nothing about its end."""
    job = await queued_job(worker, "fal-ai/nano-banana", 3)
    worker.fal.status = {"status": "IN_QUEUE", "queue_position": 3, "request_id": REQUEST_ID}
    await worker.jobs.update_fields(job.id, submitted_at=time.time() - 2.9)
    await worker.look(job)
    assert await worker.next_look(job) > 0.6


async def test_many_jobs_share_the_polls_of_a_worker(worker: Worker) -> None:
    """With thousands of active jobs, polls are not more frequent than without samples."""
    job = await queued_job(worker, "fal-ai/z-image/turbo", 3)
    far = int((time.time() + 3600) * 1000)
    await worker.redis.zadd("darkroom:due:img_queue", {f"another-{n}": far for n in range(5000)})
    await worker.jobs.update_fields(job.id, submitted_at=time.time() - 2.9)
    await worker.look(job)
    assert await worker.next_look(job) > 0.6
