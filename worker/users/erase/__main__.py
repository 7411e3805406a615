"""Erase a user: jobs with files, settings, dialog state and profile.

darkroom erase-user 123456789                   count the data, change nothing
darkroom erase-user 123456789 --yes             delete it
darkroom erase-user 123456789 --yes --cancel    cancel active jobs first

The ledger keeps the totals of the team, not the user's own. Messages in Telegram stay.
"""

from typing import NoReturn

import click

from infra.bot_settings import read_bot
from infra.cli import CONTEXT, finish
from infra.redis.client import connect
from infra.redis.clock import RedisClock
from infra.settings import Settings
from infra.storage.store import Storage
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.users.erase.eraser import UserEraser


async def _main(settings: Settings, user_id: int, *, yes: bool, cancel: bool) -> int:
    redis = connect(settings.redis_url, retries=2)
    storage = Storage.open(settings.media_dir, settings.storage_url)
    clock = RedisClock(redis)
    jobs = JobStore(redis, Limits.of(settings), clock)
    eraser = UserEraser(redis, storage, jobs, user_id)
    try:
        await clock.measure()
        if yes and cancel:
            await eraser.cancel()
        found = await eraser.find()
        click.echo(str(found))
        if yes:
            await eraser.delete(found)
        click.echo(found.at_fal(clock()))
        click.echo("deleted" if yes else "nothing was changed: --yes deletes it")
    finally:
        await redis.aclose(close_connection_pool=True)
    if settings.is_allowed(user_id) and settings.tg_allowed_user_ids:
        click.echo(
            "The user is still allowed: remove the id from tg_allowed_user_ids and tg_admin_user_ids."
        )
    return 0


@click.command(context_settings=CONTEXT)
@click.argument("user_id", type=int)
@click.option("--yes", is_flag=True, help="Delete; without it, only count.")
@click.option("--cancel", is_flag=True, help="Cancel active jobs first.")
def erase_user(user_id: int, *, yes: bool, cancel: bool) -> NoReturn:
    """Delete everything about a user.

    USER_ID is the user's Telegram id. Without --yes nothing is changed.
    """
    finish(_main(read_bot(), user_id, yes=yes, cancel=cancel))


if __name__ == "__main__":
    erase_user()
