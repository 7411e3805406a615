"""Dependencies and timing of the generation tasks; worker/composition.py builds them."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from infra.fal.client import FalClient
from infra.fal.images import Images
from infra.fal.videos import Videos
from infra.i18n import Texts
from infra.observability.metrics import Meter
from infra.retry import RetryPolicy
from infra.storage.file_urls import Links
from infra.storage.store import Storage
from infra.telegram.delivery import Delivery
from infra.telegram.files import TelegramFiles
from worker.bot.admin_alerts import AdminAlerts
from worker.bot.options.catalog import OptionCatalog
from worker.bot.services.admin_contacts import Contacts
from worker.generation.progress import Progress
from worker.generation.send_attempts import Attempts
from worker.jobs.duration_stats import Durations
from worker.jobs.fal_webhooks import WebhookStore
from worker.jobs.message_index import MessageIndex
from worker.jobs.migrations import Backfill
from worker.jobs.refetch import COLLECT_TIMEOUT
from worker.jobs.schedule import JobSchedule
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.slots import Slots
from worker.operations.dead_letters import DeadLetterStore
from worker.queues.names import Clock, Queue
from worker.users.store import UserStore

#: For a step that fails at fal or at the storage.
STEP_RETRY = RetryPolicy(first=1, longest=30)
#: For a result that Telegram does not accept now.
SEND_RETRY = RetryPolicy(first=1, longest=60)
#: Seconds, before jitter, until a job whose poll itself failed is polled again.
FAILED_POLL_WAIT = 32.0


@dataclass(frozen=True)
class PollingPolicy:
    """Poll intervals and timeouts in seconds."""

    poll_interval: float
    max_wait: float
    # A video is polled rarely, but its card should soon show its position in fal's queue.
    first_poll: float = 1
    # While webhooks work, polls at least this often find what a missed one did not report.
    safety_interval: float = 15
    # Limit of these polls per second, for all jobs together, so that webhooks get enough of a worker's core.
    safety_polls: float = 100
    # An arq job that has not started after this time was lost or waits in a long queue: another one does no harm.
    begin_limit: float = 10
    collect_timeout: float = COLLECT_TIMEOUT
    # A broken file that stays the same for this time was made so by fal.
    broken_file_timeout: float = 10
    # Interval of updates to the card of an unconfirmed job.
    doubt_interval: float = 10
    # A request may be unknown just after the submit, and while fal has problems.
    unknown_request_timeout: float = 60


@dataclass(frozen=True)
class Generation:
    """Dependencies of the generation tasks of one queue."""

    queue: Queue
    jobs: JobStore
    due: JobSchedule
    slots: Slots
    ledger: Ledger
    backfill: Backfill
    dead_letters: DeadLetterStore
    webhooks: WebhookStore
    durations: Durations
    public_url: str | None
    fal: FalClient
    images: Images
    videos: Videos
    storage: Storage
    incoming: Path
    telegram_files: TelegramFiles
    links: Links | None
    delivery: Delivery
    attempts: Attempts
    messages: MessageIndex
    users: UserStore
    contacts: Contacts
    progress: Progress
    alerts: AdminAlerts
    catalog: OptionCatalog
    texts: Texts
    polling: PollingPolicy
    clock: Clock
    meter: Meter = field(default_factory=Meter)
    # Limits concurrent downloads: each holds buffers, a decoder and a part of its file.
    fetching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(16))
