"""The command `darkroom`, and helpers of its subcommands.

A subcommand is imported when it is called: `darkroom web` does not load the worker, and help and completion load none.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn

import click

from infra.errors import DarkroomError
from infra.process.hard_exit import exit_now

#: Where each command is, and its line in the help of `darkroom`, which is the first sentence of its own help.
COMMANDS = {
    "run": ("infra.run.__main__:run", "Start everything on this machine."),
    "web": ("webhook_app.__main__:web", "Serve webhooks, the API and the dashboard."),
    "worker": ("worker.__main__:worker", "Serve all queues, or some."),
    "doctor": ("infra.doctor.__main__:doctor", "Check this installation."),
    "backup": ("worker.operations.backup.__main__:backup", "Back up Redis and the results."),
    "restore": ("worker.operations.backup.__main__:restore", "Restore a backup."),
    "dead-letters": (
        "worker.operations.dead_letters:dead_letters",
        "List and retry updates and jobs that failed for good.",
    ),
    "jobs": ("worker.operations.jobs:jobs", "Show the record of a job, or unpack all records."),
    "erase-user": ("worker.users.erase.__main__:erase_user", "Delete everything about a user."),
    "models": ("infra.fal.models.__main__:models", "Check, list, add and refresh the models."),
    "reconcile": (
        "worker.operations.reconcile:reconcile",
        "Compare a day's jobs with what fal has billed.",
    ),
    "migrate-media": (
        "infra.storage.migrate:migrate_media",
        "Move all results from one storage to another.",
    ),
}

#: click's settings for every command.
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Commands(click.Group):
    """A group of placeholders with help lines, which imports a command when it is called."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if name:
            module, _, attribute = COMMANDS[name][0].partition(":")
            try:
                command = getattr(import_module(module), attribute)
            except ModuleNotFoundError as missing:
                raise click.ClickException(
                    f"{name} needs {missing.name}, which is not installed:"
                    " run it in a checkout after `make install`."
                ) from missing
        return name, command, rest


@click.group(
    cls=_Commands,
    context_settings=CONTEXT,
    commands=[click.Command(name, short_help=line) for name, (_, line) in COMMANDS.items()],
)
def darkroom() -> None:
    """Run and operate Darkroom, a Telegram bot that makes images and videos through fal.ai.

    Settings are read from the environment and from .env in the current folder. With several bots, name one:
    bot=studio darkroom COMMAND.

    The exit code is 0 when the work is done, 1 when something is wrong, 2 for wrong arguments.
    """


def main() -> None:
    darkroom(prog_name="darkroom")


def finish(work: Coroutine[Any, Any, int]) -> NoReturn:
    """Run a command's work and exit with its code; print an expected error and exit with 1."""
    try:
        code = asyncio.run(work)
    except KeyboardInterrupt:
        click.echo("\nInterrupted.", err=True)
        code = 130
    except Exception as error:
        # Imported here: it takes longer than most commands, and not all of them need Redis.
        from infra.redis.client import UNAVAILABLE, RedisRefusal

        match error:
            case DarkroomError() | RedisRefusal():
                reason = str(error)
            case OSError(filename=str() as path, strerror=str() as cause):
                reason = f"{path}: {cause}."
            case _ if isinstance(error, UNAVAILABLE):
                reason = f"Redis does not answer ({type(error).__name__}): check redis_url."
            case _:
                raise
        click.echo(f"Error: {reason}", err=True)
        code = 1
    exit_now(code)


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Draw a bar on a terminal; the work calls what this yields with the number of steps done."""
    with click.progressbar(
        length=length,
        label=label,
        show_pos=True,
        show_percent=True,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:
        yield bar.update


if __name__ == "__main__":
    main()
