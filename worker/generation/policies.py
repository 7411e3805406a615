"""Retry policies and poll intervals of the generation steps."""

from dataclasses import dataclass

from infra.retry import RetryPolicy
from worker.jobs.refetch import COLLECT_TIMEOUT

#: For a step that fails at fal or at the storage.
STEP_RETRY = RetryPolicy(first=1, longest=30)
#: For a result that Telegram does not accept now.
SEND_RETRY = RetryPolicy(first=1, longest=60)
#: For questions about a lost answer or a bill: five hours in all. fal keeps results for an hour at least, and lists
#: requests for 30 days.
INQUIRY_RETRY = RetryPolicy(first=10, longest=1800, attempts=16)
#: Seconds, before jitter, until a job whose poll itself failed is polled again.
FAILED_POLL_WAIT = 32.0
#: Seconds. Limit of a wait that fal or Telegram asks a step for, because the problem may be over earlier.
LONGEST_STEP_WAIT = 60
#: A price may become this many times the shown one before the user is asked again.
UNNOTICED = 1.1


@dataclass(frozen=True)
class PollingPolicy:
    """Poll intervals and timeouts in seconds."""

    # While it is not known how long a model takes, and while fal has not begun.
    poll_interval: float
    max_wait: float
    # A video is polled rarely, but its card should soon show its position in fal's queue.
    first_poll: float = 1
    # While webhooks work, polls at least this often find what a missed one did not report.
    safety_interval: float = 15
    # Limit of these polls per second, for all jobs together, so that webhooks get enough of a worker's core.
    safety_polls: float = 100
    # The same without webhooks; beyond it, polls are not more frequent than `poll_interval`.
    most_polls: float = 400
    # An arq job that has not started after this time was lost or waits in a long queue: another one does no harm.
    begin_limit: float = 10
    collect_timeout: float = COLLECT_TIMEOUT
    # A broken file that stays the same for this time was made so by fal.
    broken_file_timeout: float = 10
    # Interval of updates to the card of an unconfirmed job.
    doubt_interval: float = 10
    # A request may be unknown just after the submit, and while fal has problems.
    unknown_request_timeout: float = 60
