"""`darkroom run` and `make run`: the whole service on one machine, with fakes for services without credentials."""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from pathlib import Path
from typing import NoReturn

import click
from pydantic import ValidationError
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from infra.cli import CONTEXT
from infra.run import pidfile, ports, valkey
from infra.run.plan import Plan, SandboxPorts, make_plan
from infra.run.published import published
from infra.run.report import Console, explain_second_run, explain_settings
from infra.run.supervisor import Supervisor
from infra.settings import Settings

_FOLDERS = ("children", "logs", "telegram", "fal")


@click.command(context_settings=CONTEXT)
@click.option(
    "--run-dir",
    type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
    default=".run",
    show_default=True,
    help="Where data and logs are kept.",
)
def run(run_dir: Path) -> NoReturn:
    """Start everything on this machine.

    A service without credentials in .env is replaced by a local fake. Ctrl-C stops everything.
    """
    console = Console(sys.stdout, coloured=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _FOLDERS:
        (run_dir / name).mkdir(exist_ok=True)
    secret = run_dir / "webhook-secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(32))
    # What the user has set, without defaults; the environment overrides `.env`.
    given = {**DotEnvSettingsSource(Settings)(), **EnvSettingsSource(Settings)()}
    try:
        plan = make_plan(given, SandboxPorts(), run_dir, secret.read_text())
    except ValidationError as error:
        sys.exit(_refuse(console, explain_settings(error)))
    try:
        with (
            pidfile.locked(run_dir / "run.pid") as lock,
            published(run_dir, {**given, **plan.added}),
        ):
            pidfile.write(lock, os.getpid())
            sys.exit(asyncio.run(run_plan(plan, run_dir, console)))
    except pidfile.PidfileLocked as held:
        sys.exit(_refuse(console, [explain_second_run(held.pid, str(run_dir))]))


async def run_plan(plan: Plan, run_dir: Path, console: Console) -> int:
    children = (run_dir / "children").glob("*.pid")
    # Younger children depend on older ones.
    for path in sorted(children, key=lambda path: path.stat().st_mtime, reverse=True):
        if await pidfile.end_holder(path):
            console.say(f"Stopped {path.stem}, left behind by a run that was killed.")
    if taken := ports.problems(plan.ports):
        return _refuse(console, taken)
    if plan.redis:
        valkey.make_folders(run_dir / "valkey")
    supervisor = Supervisor(plan, run_dir, console)
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task  # noqa: S101 - for the type checker

    def stop() -> None:
        if task.cancelling():
            supervisor.kill()
        else:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    with contextlib.suppress(asyncio.CancelledError):
        try:
            console.say("Starting …")
            complete = await supervisor.start()
            console.summary(plan, str(run_dir / "logs"), complete=complete)
            await asyncio.Event().wait()
        finally:
            console.say("\nStopping … (Ctrl-C again: at once)")
            await supervisor.stop()
    return 0


def _refuse(console: Console, problems: list[str]) -> int:
    for problem in problems:
        console.problem(problem)
    console.say("Nothing was started.")
    return 1


if __name__ == "__main__":
    run()
