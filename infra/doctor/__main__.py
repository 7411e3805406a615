"""Whether this installation is in order, and what to do where it is not.

python -m infra.doctor          says it in words; the exit code is 1 when there is a problem
python -m infra.doctor --fix    mends what is safe to mend, and looks again
python -m infra.doctor --json   says it to a machine

It reads the same settings as the service, or those of a `make run` that runs in this folder. It costs nothing at fal,
and shows no secret.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.bot_settings import read_bots
from infra.doctor.checks import CHECKS, env_file
from infra.doctor.finding import ok, problem
from infra.doctor.report import in_json, in_words
from infra.doctor.runner import Check, Report, examine, has_problem
from infra.process.hard_exit import leave
from infra.run import published


async def _examine(run_dir: Path, *, fix: bool) -> Report:
    running: Report = {}
    if run := published.find(run_dir):
        published.adopt(run)
        running = {"make run": [ok(f"It runs as process {run.pid}: its services are examined.")]}
    try:
        bots = read_bots()
    except (
        SystemExit
    ) as refusal:  # it has collected all that is wrong, for a service that ends there
        _, *lines = str(refusal.code).splitlines()
        wrong = [problem(f"{line.strip()}", "Correct it.") for line in lines or [str(refusal.code)]]
        return {**running, "settings": [*wrong, *env_file.permissions()]}
    reports = [await examine(_of(name), settings, fix=fix) for name, settings in bots.items()]
    return {check: found for report in (running, *reports) for check, found in report.items()}


def _of(bot: str) -> Mapping[str, Check]:
    """The checks, named after the bot where there are several."""
    return {f"{bot} {name}".strip(): check for name, check in CHECKS.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.doctor",
        description="Whether this installation is in order, and what to do where it is not.",
    )
    parser.add_argument("--fix", action="store_true", help="mend what is safe to mend")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument(
        "--run-dir",
        type=Path,
        default=Path(".run"),
        help="where a `make run` keeps its data (.run)",
    )
    return parser


def main() -> int:
    # What libraries have to say of a failed connection names whole addresses.
    logging.disable(logging.CRITICAL)
    arguments = _parser().parse_args()
    report = asyncio.run(_examine(arguments.run_dir, fix=arguments.fix))
    text = in_json(report) if arguments.json else in_words(report, coloured=sys.stdout.isatty())
    print(text)  # noqa: T201 - a command's output
    return int(has_problem(report))


if __name__ == "__main__":
    leave(main())
