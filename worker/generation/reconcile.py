"""Whatever took a job's next step away, it gets one: a cron compares the active jobs with the due-set."""

from loguru import logger

from worker.generation.context import Generation


async def reconcile(generation: Generation) -> None:
    if strays := await generation.due.reconcile():
        logger.warning("{} jobs had no next step; they go on", strays)
