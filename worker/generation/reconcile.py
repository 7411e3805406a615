"""Cron that compares indexes, ledger, slots and schedule with the jobs and corrects them."""

from loguru import logger

from worker.generation.context import Generation


async def reconcile(generation: Generation) -> None:
    if filled := await generation.backfill.run():
        logger.info("indexed {} jobs of an earlier version", filled)
    if landed := await generation.ledger.reconcile():
        logger.warning("removed {} ended jobs from the jobs in flight", landed)
    if freed := await generation.slots.reconcile():
        logger.warning("released {} orphaned fal slots", freed)
    if strays := await generation.due.reconcile():
        logger.warning("scheduled {} jobs that had no next step", strays)
