"""Captions, buttons and replacement texts of a job's result messages."""

from aiogram.types import InlineKeyboardMarkup

from infra.i18n import Texts
from infra.storage.file_urls import Links
from infra.storage.presigned_urls import USER_URL_SECONDS
from infra.telegram.outgoing_media import Shape, shape_of
from worker.bot.options.catalog import OptionCatalog
from worker.bot.services.admin_contacts import Contacts
from worker.bot.views.card import Card
from worker.bot.views.result_card import (
    album_card,
    result_caption,
    result_keyboard,
    stored_note,
    too_large_note,
)
from worker.generation.delivery_fallbacks import Fallback, SendForm
from worker.model import File, Job
from worker.users.store import UserStore


class Captions:
    """`upload_bytes` is the size of the largest file that the bot may upload."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a caption can tell
        self,
        texts: Texts,
        catalog: OptionCatalog,
        links: Links | None,
        users: UserStore,
        contacts: Contacts,
        upload_bytes: int,
    ) -> None:
        self._texts = texts
        self._catalog = catalog
        self._links = links
        self._users = users
        self._contacts = contacts
        self._upload_bytes = upload_bytes

    async def caption(self, job: Job, form: SendForm, *, is_first: bool, has_moved: bool) -> str:
        """Return the full caption for the first message, a short one for the others.

        `has_moved`: no earlier message says that the result comes to the private chat.
        """
        t = self._texts.speaking(job.request.language)
        notes = [t("caption-moved")] if has_moved else []
        if not is_first:
            return result_caption(t, job, notes=notes, short=True)
        user_id = job.request.user_id
        is_admins = self._contacts.has_admin(user_id)
        for file in job.files:
            if shape_of(file, self._upload_bytes) is Shape.LINK:
                url = await self._link(file)
                notes.append(too_large_note(t, file, url, for_admin=is_admins))
        # In a group others read it, too.
        in_group = job.chat_id < 0 and not form.in_private
        author = (await self._users.get(user_id)).name if in_group else None
        short = Fallback.CAPTION in form.without
        return result_caption(t, job, author, notes, short=short)

    def keyboard(self, job: Job, form: SendForm) -> InlineKeyboardMarkup | None:
        """Return the buttons below a single file; an album has its buttons in a separate message."""
        if len(job.files) > 1 or Fallback.CAPTION in form.without:
            return None
        return result_keyboard(self._texts.speaking(job.request.language), self._catalog, job)

    def album_card(self, job: Job) -> Card:
        return album_card(self._texts.speaking(job.request.language), self._catalog, job)

    async def replacement(self, job: Job, number: int, form: SendForm, *, has_moved: bool) -> Card:
        """Return the message that replaces a file, counted from 0, which Telegram refuses in every form."""
        t = self._texts.speaking(job.request.language)
        url = await self._link(job.files[number])
        notes = [*([t("caption-moved")] if has_moved else []), stored_note(t, job, number, url)]
        text = result_caption(t, job, notes=notes, short=True)
        return Card(text, self.keyboard(job, form))

    async def _link(self, file: File) -> str | None:
        return await self._links.url(file.key, USER_URL_SECONDS) if self._links else None
