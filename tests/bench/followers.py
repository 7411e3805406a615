"""Programs that poll jobs at fal: our worker, and the peers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.fill import Flight, let_be_due, put_at_fal
from tests.bench.program import Program, running
from tests.bench.stage import Bench, Stage
from worker.model import Kind
from worker.queues.names import Queue

INTERVAL = 5.0
DARKROOM, WITH_CARDS = "Darkroom", "Darkroom, with job messages"
CELERY, TASKIQ = "Celery, 100 threads", "taskiq and its scheduler"
_PEERS = Path(__file__).parent / "peers"
# Of one user; a chat's cards are edited once a second.
_EACH = 5


@asynccontextmanager
async def following(
    bench: Bench, stage: Stage, name: str, count: int
) -> AsyncIterator[tuple[Program, ...]]:
    """Run the processes of one program, with `count` jobs to poll, evenly spread."""
    stage.valkey.empty()
    start = _start_darkroom if name in {DARKROOM, WITH_CARDS} else _start_peer
    async with start(bench, stage, name, count) as programs:
        yield programs


@asynccontextmanager
async def _start_darkroom(
    _: Bench, stage: Stage, name: str, count: int
) -> AsyncIterator[tuple[Program, ...]]:
    flight = Flight(Kind.VIDEO, count, users=max(1, count // _EACH), with_card=name == WITH_CARDS)
    ids = await put_at_fal(stage.valkey.url, stage.fal, flight)
    workers = tuple(stage.darkroom.worker(number) for number in range(stage.workers))
    async with running(*workers):
        for worker in workers:
            await worker.wait_until(stage.has_workers)
        with stage.limited(*workers):
            let_be_due(stage.redis, Queue.VIDEOS, ids, 0, INTERVAL)
            yield workers


@asynccontextmanager
async def _start_peer(
    bench: Bench, stage: Stage, name: str, count: int
) -> AsyncIterator[tuple[Program, ...]]:
    module = "celery_following" if name == CELERY else "taskiq_following"
    environment = {
        "REDIS_URL": stage.valkey.url,
        "BROKER_URL": stage.valkey.url.replace("unix://", "redis+socket://"),
        "INTERVAL": f"{INTERVAL:g}",
        "PYTHONPATH": str(_PEERS),
    }
    programs = tuple(
        Program(
            f"{module}-{number}",
            arguments,
            environment,
            stage.folder,
            stage.darkroom.cores,
            bench.peers,
        )
        for number, arguments in enumerate(_commands(name, module))
    )
    base = f"{stage.fal.url}/fal-ai/bench/requests/"
    producer = Program(
        f"{module}-producer",
        ("-c", f"from {module} import begin; begin('{base}', {count})"),
        environment,
        stage.folder,
        bench.cores.others,
        bench.peers,
    )
    async with running(*programs, producer):
        await producer.wait(60)
        yield programs


def _commands(name: str, module: str) -> list[tuple[str, ...]]:
    if name == CELERY:
        options = ("--pool", "threads", "--concurrency", "100", "--loglevel", "warning")
        return [("-m", "celery", "-A", module, "worker", *options)]
    quiet = ("--log-level", "WARNING")
    return [
        ("-m", "taskiq", "worker", f"{module}:broker", "--workers", "1", *quiet),
        ("-m", "taskiq", "scheduler", f"{module}:scheduler", "--update-interval", "1", *quiet),
    ]
