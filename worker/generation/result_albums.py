"""What a delivery still has to send, in albums of at most ten files. No I/O."""

from collections.abc import Sequence
from typing import Any

from worker.generation.delivery_fallbacks import Fallback, SendForm
from worker.model import Job

# Telegram's maximum for an album.
ALBUM_SIZE = 10
# Seconds since the order. After them the user may have put the phone away, and an edit does not notify.
NOTIFY_AFTER = 60


class UnsentResult:
    """The state of a delivery: what is not sent yet, and the form of the next message.

    `job` sends the results of `jobs`, itself first, which are one result to the user; `job_set` are all jobs that were
    ordered with it, also those without a result.
    """

    def __init__(self, jobs: Sequence[Job], job_set: Sequence[Job]) -> None:
        self.job_set = job_set
        self._jobs = {job.id: job for job in jobs}
        self._first = jobs[0].id
        # A job of an earlier version records only that all files were sent.
        done = {
            job.id: job.delivered or (len(job.files) if job.sent_message_ids else 0) for job in jobs
        }
        #: The files that are left: their job's id, and their number from 0.
        self.parts = [
            (job.id, number) for job in jobs for number in range(done[job.id], len(job.files))
        ]
        self.form = SendForm(self.job.in_private, frozenset(map(Fallback, self.job.send_without)))
        self._is_card_refused = False

    @property
    def job(self) -> Job:
        return self._jobs[self._first]

    @property
    def jobs(self) -> Sequence[Job]:
        return tuple(self._jobs.values())

    @property
    def count(self) -> int:
        """The number of files, sent or not."""
        return sum(len(job.files) for job in self._jobs.values())

    @property
    def has_own_buttons(self) -> bool:
        """Whether the only message of the result can have its buttons."""
        return self.count == 1 and len(self.job_set) == 1

    def card(self, now: float) -> int | None:
        """Return the id of the card if it can become the result, None if the result needs messages of its own.

        The first try decides, so that repeated tries do not change the message.
        """
        job = self.job
        is_followed = bool(job.edit_attempts) or now - job.ordered_at <= NOTIFY_AFTER
        is_refused = self._is_card_refused or Fallback.FILE in self.form.without
        in_chat = not self.form.in_private and not is_refused
        becomes = self.has_own_buttons and in_chat and is_followed and not job.send_attempts
        return job.progress_message_id if becomes else None

    def give_up_card(self) -> None:
        """Send new messages, in every form: Telegram refuses to edit the card."""
        self._is_card_refused = True
        self.form = SendForm()

    @property
    def is_first(self) -> bool:
        """Whether the next message begins the result."""
        return self.parts[0] == (self._first, 0)

    @property
    def has_moved(self) -> bool:
        """Whether the next message is the first one in the private chat."""
        return self.form.in_private and not any(job.sent_message_ids for job in self.jobs)

    @property
    def next_files(self) -> Sequence[tuple[Job, int]]:
        """The files of the next message: their job, and their number from 0."""
        size = 1 if Fallback.TOGETHER in self.form.without else ALBUM_SIZE
        return [(self._jobs[job_id], number) for job_id, number in self.parts[:size]]

    def update(self, job_id: str, **changes: Any) -> None:
        self._jobs[job_id] = self._jobs[job_id].model_copy(update=changes)
