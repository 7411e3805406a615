"""`make bench`: what Darkroom handles and costs, measured beside the alternatives."""

import argparse
import os
import shlex
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence

import uvloop
from loguru import logger

from tests.bench import (
    big_files,
    by_webhook,
    growth,
    in_process,
    network,
    one_picture,
    poll_latency,
    polling,
    receiving,
    reply,
    start,
    throttle,
)
from tests.bench.cores import assign
from tests.bench.document import Run, write
from tests.bench.peer_venv import python_of_peers
from tests.bench.result import Result, lines
from tests.bench.stage import Bench, say

type Measure = Callable[[Bench], Awaitable[list[Result]]]

ROWS: dict[str, Measure] = {
    "webhook-app": receiving.measure,
    "reply": reply.measure,
    "polling": polling.measure,
    "by-webhook": by_webhook.measure,
    "one-picture": one_picture.measure,
    "growth": growth.measure,
    "network": network.measure,
    "big-files": big_files.measure,
    "start": start.measure,
    "poll-latency": poll_latency.measure,
    "in-process": in_process.measure,
    "throttle": throttle.measure,
}

#: Those that take at most a minute together.
QUICK = ("webhook-app", "reply", "one-picture", "start")


def main() -> None:
    arguments = _parser().parse_args()
    # Filling Redis with jobs would log each of them.
    logger.remove()
    say("Making the peers' virtual environment, if it is not there …")
    peers = python_of_peers()
    cores = assign()
    if cores.others:
        os.sched_setaffinity(0, cores.others)
    rounds, seconds = (1, 1.0) if arguments.quick else (arguments.rounds, arguments.seconds)
    bench = Bench(rounds, seconds, cores, peers, is_quick=arguments.quick)
    names = arguments.only or (QUICK if arguments.quick else list(ROWS))
    is_kept = arguments.write or not arguments.quick
    failed = uvloop.run(
        _measure(bench, names, Run.describe(_command(), cores) if is_kept else None)
    )
    if failed:
        sys.exit(f"Not measured: python -m tests.bench --only {' '.join(failed)}")


async def _measure(bench: Bench, names: Sequence[str], run: Run | None) -> list[str]:
    """Write each row as soon as it is measured; return the names of those that failed."""
    failed = []
    for number, name in enumerate(names, 1):
        started = time.perf_counter()
        say(f"{number} of {len(names)}: {name} …")
        try:
            results = await ROWS[name](bench)
        except Exception:  # noqa: BLE001 - the other rows of a long run are still worth measuring
            say(f"{name} failed:\n{traceback.format_exc()}")
            failed.append(name)
            continue
        for result in results:
            say("\n".join(["", *lines(result), ""]))
        if run:
            write(results, run)
        say(f"{name}: {time.perf_counter() - started:.0f} s")
    return failed


def _command() -> str:
    return shlex.join(["python", "-m", "tests.bench", *sys.argv[1:]])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    add = parser.add_argument
    add(
        "--quick",
        action="store_true",
        help="measure some rows for a minute, and do not write the document",
    )
    add("--write", action="store_true", help="write the document all the same")
    add("--only", nargs="+", choices=list(ROWS), metavar="ROW", help=", ".join(ROWS))
    add("--rounds", type=int, default=3)
    add("--seconds", type=float, default=5, help="of each round")
    return parser


if __name__ == "__main__":
    main()
