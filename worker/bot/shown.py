"""Jobs and their results where people see them: what a pressed button is about."""

from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup, Message

from worker.bot.result_card import beside
from worker.jobs import File, Job, Picture


@dataclass(frozen=True)
class ShownJob:
    """A job and the message that shows it."""

    message: Message
    job: Job

    @property
    def anchor(self) -> Message:
        """The person's own message, while it is there: what the next job will answer."""
        return self.message.reply_to_message or self.message

    async def show(self, keyboard: InlineKeyboardMarkup | None) -> None:
        """Other buttons for the job; what else stands below the message stays."""
        changed = beside(self.message.reply_markup, keyboard)
        await self.message.edit_reply_markup(reply_markup=changed)


@dataclass(frozen=True)
class ShownPicture(ShownJob):
    """One of a job's results; `number` counts them from 0."""

    number: int

    @property
    def file(self) -> File:
        return self.job.files[self.number]

    @property
    def source(self) -> Picture:
        """The picture as something to go on from."""
        return Picture(key=self.file.key)
