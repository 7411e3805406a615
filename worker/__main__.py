"""All queues in one process: `python -m worker`; or some of them: `python -m worker --queue updates`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import uvloop
from loguru import logger

from infra.bot_settings import read_bots
from infra.errors import DarkroomError
from infra.observability import tracing
from infra.observability.logging import setup
from infra.production_rules import warnings
from infra.settings import Settings
from worker.main import worker_settings
from worker.queues.arq_worker import ClaimingWorker
from worker.queues.names import Queue


async def run(bots: Mapping[str, Settings], queues: Iterable[Queue]) -> None:
    """Work until SIGTERM or SIGINT; then finish what runs, within a bound. Raises what kills a worker."""
    named = [
        (name, ClaimingWorker(**worker_settings(queue, settings), handle_signals=False))
        for name, settings in bots.items()
        for queue in queues
    ]
    workers = [worker for _, worker in named]
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, partial(_stop, workers, signum))
    running = [_start(name, worker) for name, worker in named]
    try:
        # A worker that was told to stop ends as cancelled; the others may still have work to finish.
        ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
        for task in ended:
            if not task.cancelled():
                task.result()
        logger.info("stopped; what is left goes on with the next worker")
    finally:
        await asyncio.gather(*(worker.close() for worker in workers), return_exceptions=True)


def _start(name: str, worker: ClaimingWorker) -> asyncio.Task[None]:
    """What a worker's tasks log names its bot, where there are several."""
    with logger.contextualize(**({"bot": name} if name else {})):
        return asyncio.create_task(worker.async_run())


def _stop(workers: Sequence[ClaimingWorker], signum: signal.Signals) -> None:
    for worker in workers:
        worker.handle_sig_wait_for_completion(signum)


def _queues() -> list[Queue]:
    parser = argparse.ArgumentParser("python -m worker", description="Serve all queues, or some.")
    parser.add_argument("--queue", action="append", type=Queue, choices=list(Queue), dest="queues")
    return parser.parse_args().queues or list(Queue)


if __name__ == "__main__":
    queues = _queues()
    bots = read_bots()
    for settings in bots.values():
        setup(settings, "worker")
        for warning in warnings(settings):
            logger.warning(warning)
        tracing.setup(settings, "worker")
    try:
        uvloop.run(run(bots, queues))
    except DarkroomError as error:
        logger.error("the worker does not start: {}", error)
        sys.exit(1)
    except Exception:  # noqa: BLE001 - the last word of a dying process belongs into its log
        logger.exception("the worker died; start it again: nothing is lost")
        sys.exit(1)
