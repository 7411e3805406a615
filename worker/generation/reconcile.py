"""Whatever took a job's next step or its turn away, it gets one: a cron compares the jobs with what is kept of them."""

from loguru import logger

from worker.generation.context import Generation


async def reconcile(generation: Generation) -> None:
    if freed := await generation.turns.reconcile(generation.clock()):
        logger.warning("{} turns were held by jobs that need none; they pass on", freed)
    if strays := await generation.due.reconcile():
        logger.warning("{} jobs had no next step; they go on", strays)
