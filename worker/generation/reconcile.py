"""Whatever took a job's next step or its turn away, it gets one: a cron compares the jobs with what is kept of them."""

from loguru import logger

from worker.generation.context import Generation


async def reconcile(generation: Generation) -> None:
    if filled := await generation.backfill.run():
        logger.info("{} jobs are on their shelves", filled)
    if landed := await generation.ledger.reconcile():
        logger.warning("{} jobs in flight have ended; they count no more", landed)
    if freed := await generation.slots.reconcile():
        logger.warning("{} turns were held by jobs that need none; they pass on", freed)
    if strays := await generation.due.reconcile():
        logger.warning("{} jobs had no next step; they go on", strays)
