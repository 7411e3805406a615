"""Backup and restore of Redis and of the results.

darkroom backup create /var/backups/darkroom
darkroom backup verify /var/backups/darkroom/20261123T021500Z
darkroom restore /var/backups/darkroom/20261123T021500Z
"""

from pathlib import Path
from typing import NoReturn

import click

from infra.bot_settings import read_bot
from infra.cli import CONTEXT, finish
from infra.redis.client import connect
from infra.storage.store import Storage
from worker.operations.backup.backup import create, verify
from worker.operations.backup.restore import restore as restore_into

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(context_settings=CONTEXT)
def backup() -> None:
    """Back up Redis and the results."""


@backup.command("create")
@click.argument("folder", type=_FOLDER)
def create_backup(folder: Path) -> NoReturn:
    """Make a backup while the service runs.

    FOLDER is for all backups. Each gets a folder in it, named by its time; files that backups share are stored once.
    """
    settings = read_bot()

    async def run() -> int:
        redis = connect(settings.redis_url, retries=2)
        storage = Storage.open(settings.media_dir, settings.storage_url)
        try:
            click.echo(f"made: {await create(redis, storage, folder, click.echo)}")
        finally:
            await redis.aclose(close_connection_pool=True)
        return 0

    finish(run())


@backup.command("verify")
@click.argument("folder", type=_FOLDER)
def verify_backup(folder: Path) -> NoReturn:
    """Compare every byte of a backup with its checksums.

    FOLDER is one backup, with its manifest.json.
    """

    async def run() -> int:
        await verify(folder, click.echo)
        return 0

    finish(run())


@backup.command()
@click.argument("folder", type=_FOLDER)
@click.option(
    "--at-rest",
    is_flag=True,
    help="The service has not run since the backup: continue jobs and updates that waited, and pay for them.",
)
def restore(folder: Path, *, at_rest: bool) -> NoReturn:
    """Restore a backup.

    FOLDER is one backup, with its manifest.json. Stop the service first; Redis has to be empty.
    """
    settings = read_bot()

    async def run() -> int:
        redis = connect(settings.redis_url, retries=2)
        storage = Storage.open(settings.media_dir, settings.storage_url)
        try:
            await restore_into(redis, storage, folder, click.echo, at_rest=at_rest)
            click.echo("restored: start the service")
        finally:
            await redis.aclose(close_connection_pool=True)
        return 0

    finish(run())


if __name__ == "__main__":
    backup()
