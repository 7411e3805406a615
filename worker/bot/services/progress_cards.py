"""The card of a job or a set for its author, with advice about failures."""

from collections.abc import Sequence

from infra.i18n import Texts
from worker.bot.services.admin_contacts import Contacts
from worker.bot.views.card import Card
from worker.bot.views.set_card import job_or_set_card
from worker.model import Job
from worker.queues.names import Clock


class ProgressCards:
    def __init__(self, texts: Texts, contacts: Contacts, clock: Clock) -> None:
        self._texts = texts
        self._contacts = contacts
        self._clock = clock

    async def build(self, jobs: Sequence[Job]) -> Card:
        """Build the card in the language of the order."""
        t = self._texts.speaking(jobs[0].request.language)
        advice = {job.id: await self._contacts.for_failure(t, job) for job in jobs}
        return job_or_set_card(self._texts, jobs, self._clock(), advice)
