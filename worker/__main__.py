"""`darkroom worker`: serve all queues, or some with `--queue`, in one process."""

import asyncio
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import click
import uvloop
from loguru import logger

from infra.bot_settings import read_bots
from infra.cli import CONTEXT
from infra.errors import DarkroomError
from infra.observability import tracing
from infra.observability.logging import setup
from infra.production_rules import warnings
from infra.settings import Settings
from worker.main import worker_settings
from worker.queues.arq_worker import ClaimingWorker
from worker.queues.names import Queue


async def run(bots: Mapping[str, Settings], queues: Iterable[Queue]) -> None:
    """Serve the queues until SIGTERM or SIGINT, then let running tasks finish for a limited time.

    Raises the error that ends a worker.
    """
    named = [
        (name, ClaimingWorker(**worker_settings(queue, settings), handle_signals=False))
        for name, settings in bots.items()
        for queue in queues
    ]
    workers = [worker for _, worker in named]
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, partial(stop, workers, signum))
    running = []
    for name, worker in named:
        # Its log lines name its bot if there are several.
        with logger.contextualize(**({"bot": name} if name else {})):
            running.append(asyncio.create_task(worker.async_run()))
    try:
        # A worker that was stopped ends as cancelled; the others may still have tasks to finish.
        ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
        for task in ended:
            if not task.cancelled():
                task.result()
        logger.info("stopped; the next worker continues unfinished work")
    finally:
        await asyncio.gather(*(worker.close() for worker in workers), return_exceptions=True)


def stop(workers: Sequence[ClaimingWorker], signum: signal.Signals) -> None:
    for worker in workers:
        worker.handle_sig_wait_for_completion(signum)


@click.command(context_settings=CONTEXT)
@click.option(
    "--queue",
    "names",
    type=click.Choice([queue.value for queue in Queue]),
    multiple=True,
    help="Serve this queue; may be repeated. Default: all queues.",
)
def worker(names: Sequence[str]) -> None:
    """Serve all queues, or some.

    It stops on SIGTERM and SIGINT. The next worker continues tasks that do not finish within 8 seconds.
    """
    bots = read_bots()
    for settings in bots.values():
        setup(settings, "worker")
        for warning in warnings(settings):
            logger.warning(warning)
        tracing.setup(settings, "worker")
    try:
        uvloop.run(run(bots, [Queue(name) for name in names] or list(Queue)))
    except DarkroomError as error:
        logger.error("the worker does not start: {}", error)
        sys.exit(1)
    except Exception:  # noqa: BLE001 - the error that ends the process is logged
        logger.exception("the worker crashed; restart it: no work is lost")
        sys.exit(1)


if __name__ == "__main__":
    worker()
