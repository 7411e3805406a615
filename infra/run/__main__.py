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
    sys.exit(_main(run_dir))


def _main(run_dir: Path) -> int:
    console = Console(sys.stdout, coloured=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _FOLDERS:
        (run_dir / name).mkdir(exist_ok=True)
    given = {**DotEnvSettingsSource(Settings)(), **EnvSettingsSource(Settings)()}
    try:
        plan = make_plan(given, SandboxPorts(), run_dir, _webhook_secret(run_dir))
    except ValidationError as error:
        return _refuse(console, explain_settings(error))
    try:
        with (
            pidfile.locked(run_dir / "run.pid") as lock,
            published(run_dir, {**given, **plan.added}),
        ):
            pidfile.write(lock, os.getpid())
            return asyncio.run(_run(plan, run_dir, console))
    except pidfile.PidfileLocked as held:
        return _refuse(console, [explain_second_run(held.pid, str(run_dir))])


async def _run(plan: Plan, run_dir: Path, console: Console) -> int:
    children = run_dir / "children"
    for path in _youngest_first(children):
        if await pidfile.end_holder(path):
            console.say(f"Stopped {path.stem}, left behind by a run that was killed.")
    if taken := ports.problems(plan.ports):
        return _refuse(console, taken)
    if plan.redis:
        valkey.make_folders(run_dir / "valkey")
    supervisor = Supervisor(plan, run_dir, console)
    _cancel_on_signals(supervisor)
    with contextlib.suppress(asyncio.CancelledError):
        try:
            await _start(supervisor, plan, run_dir, console)
            await asyncio.Event().wait()
        finally:
            console.say("\nStopping … (Ctrl-C again: at once)")
            await supervisor.stop()
    return 0


def _youngest_first(children: Path) -> list[Path]:
    """Return the PID files in the order to stop: younger children depend on older ones."""
    return sorted(children.glob("*.pid"), key=lambda path: path.stat().st_mtime, reverse=True)


async def _start(supervisor: Supervisor, plan: Plan, run_dir: Path, console: Console) -> None:
    console.say("Starting …")
    complete = await supervisor.start()
    console.summary(plan, str(run_dir / "logs"), complete=complete)


def _cancel_on_signals(supervisor: Supervisor) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task  # noqa: S101 - for the type checker

    def stop() -> None:
        if task.cancelling():
            supervisor.kill()
        else:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)


def _refuse(console: Console, problems: list[str]) -> int:
    for problem in problems:
        console.problem(problem)
    console.say("Nothing was started.")
    return 1


def _webhook_secret(run_dir: Path) -> str:
    path = run_dir / "webhook-secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32))
    return path.read_text()


if __name__ == "__main__":
    run()
