"""What the generation's tasks work with; worker/composition.py puts it together."""

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
from worker.jobs.refetch import PATIENCE
from worker.jobs.schedule import JobSchedule
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.slots import Slots
from worker.operations.dead_letters import DeadLetterStore
from worker.queues.names import Clock, Queue
from worker.users.store import UserStore

#: Of a step that fal or the storage keeps from ending.
STEP_RETRY = RetryPolicy(first=1, longest=30)
#: Of a result that Telegram does not take now.
SEND_RETRY = RetryPolicy(first=1, longest=60)
#: Seconds, before jitter, until a job whose poll itself failed is polled again.
FAILED_POLL_WAIT = 32.0


@dataclass(frozen=True)
class PollingPolicy:
    """How often to look and how long to go on, in seconds."""

    poll_interval: float
    max_wait: float
    # A clip is polled rarely, but its card says soon that it stands in fal's queue, and where.
    first_poll: float = 1
    # While webhooks work, a look at least this often finds what one of them has missed.
    safety_interval: float = 15
    # Of all these looks together no more a second than leave a worker's core to what webhooks bring.
    safety_polls: float = 100
    # A step's arq job that has not begun after so long was lost, or stands in a long queue: one more does no harm.
    begin_limit: float = 10
    collect_patience: float = PATIENCE
    # The same wrong file for so long is what fal has made.
    broken_patience: float = 10
    # How often a job of which nobody knows whether fal has it is shown as such.
    doubt_interval: float = 10
    # A request may be unknown just after the submit, and while fal is in trouble.
    unknown_patience: float = 60


@dataclass(frozen=True)
class Generation:
    """One queue's generation: a kind of work has its own worker, due-set and pace."""

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
    # Results come in by turns: each holds buffers, a decoder and a part of its file.
    fetching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(16))
