"""The command `darkroom jobs`: what Redis has of a job, also if its record is packed (worker/jobs/packing.py)."""

from collections.abc import Awaitable, Callable
from typing import NoReturn

import click
from arq.connections import ArqRedis

from infra.bot_settings import read_bot
from infra.cli import CONTEXT, finish
from infra.redis.client import connect
from infra.settings import Settings
from worker.jobs.packing import Packing
from worker.jobs.record import DamagedJob, decode_job


async def show(redis: ArqRedis, job_id: str) -> int:
    """Print a job as JSON; return the exit code."""
    async with redis.pipeline() as pipe:
        pipe.hgetall(f"darkroom:job:{job_id}")
        (stored,) = await pipe.execute()
    job = decode_job(job_id, stored) if stored else None
    match job:
        case None:
            click.echo(f"{job_id}: no job has this id", err=True)
        case DamagedJob():
            click.echo(f"{job_id}: {job.reason}", err=True)
        case _:
            # Under the names of the fields in Redis.
            click.echo(job.model_dump_json(indent=2, exclude_defaults=True, by_alias=True))
            return 0
    return 1


async def unpack(redis: ArqRedis) -> int:
    """Unpack all records; return the exit code."""
    click.echo(f"unpacked {await Packing(redis).unpack_all()} records")
    return 0


async def _main(settings: Settings, work: Callable[[ArqRedis], Awaitable[int]]) -> int:
    redis = connect(settings.redis_url, retries=2)
    try:
        return await work(redis)
    finally:
        await redis.aclose(close_connection_pool=True)


@click.group(context_settings=CONTEXT)
def jobs() -> None:
    """Show the record of a job, or unpack all records."""


@jobs.command("show")
@click.argument("job_id", metavar="ID")
def show_command(job_id: str) -> NoReturn:
    """Print what Redis has of a job as JSON, with the user's words."""
    finish(_main(read_bot(), lambda redis: show(redis, job_id)))


@jobs.command("unpack")
def unpack_command() -> NoReturn:
    """Unpack the records of ended jobs, before the version before is started again."""
    finish(_main(read_bot(), unpack))
