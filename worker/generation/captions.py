"""Captions, buttons and replacement texts of a job's result messages."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardMarkup

from infra.i18n import Phrases, Texts
from infra.storage.file_urls import Links
from infra.storage.presigned_urls import USER_URL_SECONDS
from infra.telegram.outgoing_media import Shape, shape_of
from worker.bot.options.catalog import OptionCatalog
from worker.bot.services.admin_contacts import Contacts
from worker.bot.views.card import Card
from worker.bot.views.comparison_card import comparison_card, vote_card
from worker.bot.views.result_caption import result_caption, stored_note, too_large_note
from worker.bot.views.result_keyboard import album_card, result_keyboard
from worker.bot.views.set_card import place_label, purpose_of, set_caption, set_card
from worker.generation.comparing import comparison_of
from worker.generation.delivery_fallbacks import Fallback
from worker.generation.result_albums import UnsentResult
from worker.model import File, SetPurpose
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

    async def caption(self, unsent: UnsentResult) -> str:
        """Return the full caption for the first message, a short one for the others."""
        job, form = unsent.job, unsent.form
        t = self._texts.speaking(job.request.language)
        # No earlier message says that the result comes to the private chat.
        notes = [t("caption-moved")] if unsent.has_moved else []
        if not unsent.is_first:
            return self._short_caption(t, unsent, notes)
        user_id = job.request.user_id
        is_admins = self._contacts.has_admin(user_id)
        for file in (file for each in unsent.jobs for file in each.files):
            if shape_of(file, self._upload_bytes) is Shape.LINK:
                url = await self._link(file)
                notes.append(too_large_note(t, file, url, for_admin=is_admins))
        # In a group others read it, too.
        in_group = job.chat_id < 0 and not form.in_private
        author = (await self._users.get(user_id)).name if in_group else None
        short = Fallback.CAPTION in form.without
        if len(unsent.job_set) > 1:
            return set_caption(t, unsent.job_set, job, author, notes, short=short)
        return result_caption(t, job, author, notes, short=short)

    def keyboard(self, unsent: UnsentResult) -> InlineKeyboardMarkup | None:
        """Return the buttons below a single file; an album has its buttons in a separate message."""
        if not unsent.has_own_buttons or Fallback.CAPTION in unsent.form.without:
            return None
        t = self._texts.speaking(unsent.job.request.language)
        return result_keyboard(t, self._catalog, unsent.job)

    async def album_card(self, unsent: UnsentResult) -> Card:
        job, job_set = unsent.job, unsent.job_set
        t = self._texts.speaking(job.request.language)
        if len(job_set) == 1:
            return album_card(t, self._catalog, job)
        if job.is_blind:
            in_group = job.chat_id < 0 and not unsent.form.in_private
            return vote_card(t, job_set, in_group=in_group)
        if purpose_of(job) is SetPurpose.COMPARE:
            return comparison_card(t, self._catalog, comparison_of(job_set), job_set)
        advice = {each.id: await self._contacts.for_failure(t, each) for each in job_set}
        return set_card(t, self._catalog, job_set, job, advice)

    async def replacement(self, unsent: UnsentResult) -> Card:
        """Return the message that replaces the next file, which Telegram refuses in every form."""
        (job, number), *_ = unsent.next_files
        t = self._texts.speaking(job.request.language)
        url = await self._link(job.files[number])
        notes = [t("caption-moved")] if unsent.has_moved else []
        notes.append(stored_note(t, job, number, url))
        return Card(self._short_caption(t, unsent, notes), self.keyboard(unsent))

    def _short_caption(self, t: Phrases, unsent: UnsentResult, notes: Sequence[str]) -> str:
        job = unsent.next_files[0][0]
        labels = [t("set-label", label=place_label(t, job))] if len(unsent.job_set) > 1 else []
        return result_caption(t, job, notes=[*notes, *labels], short=True)

    async def _link(self, file: File) -> str | None:
        return await self._links.url(file.key, USER_URL_SECONDS) if self._links else None
