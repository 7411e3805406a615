"""Cron that compares indexes, ledger, slots and schedule with the jobs and corrects them."""

from loguru import logger

from worker.jobs.migrations import Backfill
from worker.jobs.schedule import JobSchedule
from worker.limits.ledger import Ledger
from worker.limits.slots import Slots


async def reconcile(
    backfill: Backfill, ledger: Ledger, slots: Slots, schedule: JobSchedule
) -> None:
    if filled := await backfill.run():
        logger.info("indexed {} jobs of an earlier version", filled)
    if landed := await ledger.reconcile():
        logger.warning("removed {} ended jobs from the jobs in flight", landed)
    if freed := await slots.reconcile():
        logger.warning("released {} orphaned fal slots", freed)
    if strays := await schedule.reconcile():
        logger.warning("scheduled {} jobs that had no next step", strays)
