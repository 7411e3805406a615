"""The workers under arq's own command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from infra.settings import Settings
from tests.processes import TOKEN, Process, free_port, wait_until
from worker import main
from worker.queues.names import Queue

pytestmark = pytest.mark.slow

WORKERS = ["UpdatesWorker", "ImageWorker", "VideoWorker"]


@pytest.fixture
def environment(valkey_url: str, tmp_path: Path) -> dict[str, str]:
    nobody = f"http://127.0.0.1:{free_port()}"
    return {
        "redis_url": valkey_url,
        "tg_bot_token": TOKEN,
        "tg_api_base": nobody,
        "fal_queue_base_url": nobody,
        "media_dir": str(tmp_path / "media"),
    }


def check(worker: Process) -> Process:
    """Check this worker's health as a supervisor does."""
    name = worker.arguments[-1]
    arguments = ("-m", "arq", "--check", name)
    return Process(f"check-{name}", arguments, worker.environment, worker.folder).start()


def verdicts(workers: list[Process]) -> list[int]:
    """Return the exit codes of the checks: 0 while healthy, 1 when not."""
    return [checking.wait() for checking in [check(worker) for worker in workers]]


@pytest.fixture
def workers(environment: dict[str, str], tmp_path: Path) -> Iterator[list[Process]]:
    processes = [
        Process(
            name, ("-m", "arq", f"worker.main.{name}"), environment, tmp_path, warm=True
        ).start()
        for name in WORKERS
    ]
    yield processes
    for process in processes:
        process.kill()


def test_killed_worker_is_unhealthy_within_ten_seconds(
    workers: list[Process], valkey_url: str
) -> None:
    """`arq --check` is 0 while a worker runs, even without Telegram and fal, and 1 soon after its death."""
    keys = [f"{queue}:health-check" for queue in Queue]
    with Redis.from_url(valkey_url) as redis:
        wait_until(lambda: redis.exists(*keys) == len(keys), "all workers are up", 80)
        assert verdicts(workers) == [0, 0, 0]
        for worker in workers:
            worker.kill()
        wait_until(lambda: not redis.exists(*keys), "their death is known", 10)
    assert verdicts(workers) == [1, 1, 1]


def test_import_reads_no_settings(tmp_path: Path) -> None:
    """Nothing connects or reads the environment before a worker is accessed by name."""
    broken = {"app_env": "production", "api_port": "no number"}
    process = Process("import", ("-c", "import worker.main"), broken, tmp_path).start()
    assert process.wait() == 0, process.log.read_text()


def test_unknown_worker_is_an_attribute_error() -> None:
    """As for any other module attribute."""
    with pytest.raises(AttributeError, match="no attribute 'PictureWorker'"):
        _ = main.PictureWorker


async def test_cron_names_are_unique(valkey_url: str) -> None:
    """arq identifies a cron only by its name, in every queue: of two with one name, one would not run."""
    settings = Settings(_env_file=None, redis_url=valkey_url)
    names = [
        cron.name for queue in Queue for cron in main.worker_settings(queue, settings)["cron_jobs"]
    ]
    assert len(names) == len(set(names)) > len(Queue)


def test_worker_serves_the_named_queues(
    environment: dict[str, str], tmp_path: Path, valkey_url: str
) -> None:
    """`darkroom worker --queue …` leaves the other queues alone; an unknown queue is refused."""
    options = ("--queue", Queue.IMAGES.value, "--queue", Queue.VIDEOS.value)
    worker = Process("some", ("-m", "worker", *options), environment, tmp_path, warm=True).start()
    with Redis.from_url(valkey_url) as redis:
        served = [f"{queue}:health-check" for queue in (Queue.IMAGES, Queue.VIDEOS)]
        wait_until(lambda: redis.exists(*served) == 2, "both queues are served")
        assert not redis.exists(f"{Queue.UPDATES}:health-check")
    worker.stop()
    stray = Process("stray", ("-m", "worker", "--queue", "audio"), {}, tmp_path).start()
    assert stray.wait() == 2
    assert "img_queue" in stray.log.read_text()
