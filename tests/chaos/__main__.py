"""`make chaos`: kill everything at random; nothing may be lost, paid or delivered twice."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from tests.chaos.report import lines
from tests.chaos.scenario import Plan, play


def main() -> int:
    arguments = _parser().parse_args()
    # However it is stopped, its processes must not stay behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plan = Plan(arguments.jobs, arguments.users, arguments.seed, rate=arguments.rate)
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    outcome = asyncio.run(play(plan, arguments.keep))
    print(*lines(outcome), sep="\n")  # noqa: T201 - a command's output
    return 0 if outcome.is_clean else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    add = parser.add_argument
    add("--jobs", type=int, default=500)
    add("--users", type=int, default=50)
    add("--seed", type=int, default=1)
    add("--rate", type=float, default=2.0, help="orders a second")
    add(
        "--keep",
        type=Path,
        help="an empty folder for logs and data, which are deleted without it",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
