"""`darkroom doctor`: check the installation and print what to do about each problem.

It reads the same settings as the service, or those of a `make run` that runs in this folder. It costs nothing at fal,
and prints no secrets.
"""

import logging
import sys
from pathlib import Path
from typing import NoReturn

import click

from infra.bot_settings import read_bots
from infra.cli import CONTEXT, finish
from infra.doctor.checks import CHECKS, env_file
from infra.doctor.finding import ok, problem
from infra.doctor.report import in_json, in_words
from infra.doctor.runner import Report, examine, has_problem
from infra.run import published


async def _examine(run_dir: Path, *, fix: bool) -> Report:
    running: Report = {}
    if run := published.find(run_dir):
        published.adopt(run)
        running = {"make run": [ok(f"Running as process {run.pid}; its services are checked.")]}
    try:
        bots = read_bots()
    except SystemExit as refusal:  # read_bots exits with a list of all problems
        _, *lines = str(refusal.code).splitlines()
        wrong = [problem(f"{line.strip()}", "Correct it.") for line in lines or [str(refusal.code)]]
        return {**running, "settings": [*wrong, *env_file.permissions()]}
    reports = [running]
    for bot, settings in bots.items():
        # The bot's name in front if there are several bots.
        checks = {f"{bot} {name}".strip(): check for name, check in CHECKS.items()}
        reports.append(await examine(checks, settings, fix=fix))
    return {check: found for report in reports for check, found in report.items()}


@click.command(context_settings=CONTEXT)
@click.option("--fix", is_flag=True, help="Repair what is safe to repair, and check again.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option(
    "--run-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=".run",
    show_default=True,
    help="Where a `darkroom run` keeps its data.",
)
def doctor(run_dir: Path, *, fix: bool, as_json: bool) -> NoReturn:
    """Check this installation.

    Each problem is printed with what to do about it. The exit code is 1 when there is one. It costs nothing at fal.
    """
    # Libraries log whole URLs of failed connections.
    logging.disable(logging.CRITICAL)

    async def print_report() -> int:
        report = await _examine(run_dir, fix=fix)
        click.echo(in_json(report) if as_json else in_words(report, coloured=sys.stdout.isatty()))
        return int(has_problem(report))

    finish(print_report())


if __name__ == "__main__":
    doctor()
