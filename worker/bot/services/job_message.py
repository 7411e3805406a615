"""Messages that show jobs and results, for the buttons below them."""

from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup, Message

from infra.i18n import Phrases
from worker.bot.options.catalog import OptionCatalog
from worker.bot.truncate import shown_length
from worker.bot.views.card import Card
from worker.bot.views.keyboard_merge import beside
from worker.bot.views.result_caption import DETAILS, MAX_CAPTION, details
from worker.bot.views.result_keyboard import ended_keyboard
from worker.model import File, Job, Picture

MAX_TEXT = 4096
# Separates a question from the text above it.
_QUESTION = "\n\n❓ "


@dataclass(frozen=True)
class JobMessage:
    """A job and the message that shows it, whose buttons and questions are in the language of `t`."""

    message: Message
    job: Job
    t: Phrases

    @property
    def reply_to(self) -> Message:
        """The user's own message while it exists; the next job replies to it."""
        return self.message.reply_to_message or self.message

    async def ask(self, question: str, keyboard: InlineKeyboardMarkup) -> None:
        """Add a question to the message, if it has room for it; `question` is HTML."""
        text = f"{self._text}{_QUESTION}{question}"
        await self._edit(text if shown_length(text) <= self._room else self._text, keyboard)

    async def show_details(self, catalog: OptionCatalog, picture: int | None) -> bool:
        """Add the details of the job to the message; False if it has no room for them."""
        detailed = self._without_details + details(self.t, self.job)
        if shown_length(detailed) > self._room:
            return False
        await self._edit(detailed, self._keyboard(catalog, picture, detailed=True))
        return True

    async def hide_details(self, catalog: OptionCatalog, picture: int | None) -> None:
        await self._edit(self._without_details, self._keyboard(catalog, picture))

    async def show(self, keyboard: InlineKeyboardMarkup | None) -> None:
        """Replace the job's buttons and remove the question; keep the other buttons of the message."""
        await self._edit(self._text, keyboard)

    async def show_as(self, text: str, keyboard: InlineKeyboardMarkup) -> None:
        """Replace the text, which is HTML, and the job's buttons."""
        await self._edit(text, keyboard)

    async def replace(self, card: Card) -> None:
        """Replace the text or the caption, and all buttons."""
        if self.message.text:
            await self.message.edit_text(card.text, reply_markup=card.keyboard)
        else:
            await self.message.edit_caption(caption=card.text, reply_markup=card.keyboard)

    async def show_main(self, catalog: OptionCatalog, picture: int | None = None) -> None:
        """Show the job's actions; `picture` is the one of several that the message shows."""
        detailed = self._text != self._without_details
        await self.show(self._keyboard(catalog, picture, detailed=detailed))

    def _keyboard(
        self, catalog: OptionCatalog, picture: int | None, *, detailed: bool = False
    ) -> InlineKeyboardMarkup:
        seen = picture if len(self.job.files) > 1 and not self.message.text else None
        return ended_keyboard(self.t, catalog, self.job, seen, detailed=detailed)

    @property
    def _room(self) -> int:
        return MAX_TEXT if self.message.text else MAX_CAPTION

    @property
    def _without_details(self) -> str:
        """The text without a question and without details, which end it: a line of ours follows any prompt."""
        before, _, last = self._text.rpartition(DETAILS)
        return before if before and "\n\n" not in last else self._text

    @property
    def _text(self) -> str:
        """The message's text or caption as HTML, without a question, which ends it: our lines follow any prompt."""
        before, _, last = self.message.html_text.rpartition(_QUESTION)
        return before if before and "\n\n" not in last else self.message.html_text

    async def _edit(self, text: str, keyboard: InlineKeyboardMarkup | None) -> None:
        changed = beside(self.message.reply_markup, keyboard)
        if text == self.message.html_text:
            await self.message.edit_reply_markup(reply_markup=changed)
        elif self.message.text:
            await self.message.edit_text(text, reply_markup=changed)
        else:
            await self.message.edit_caption(caption=text, reply_markup=changed)


@dataclass(frozen=True)
class ResultImage(JobMessage):
    """One of a job's results; `number` counts them from 0."""

    number: int

    @property
    def file(self) -> File:
        return self.job.files[self.number]

    @property
    def source(self) -> Picture:
        """The image as the source of another job."""
        return self.file.as_start
