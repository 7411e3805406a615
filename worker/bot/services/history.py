"""The one message of `/my`: a page of the user's jobs, or one of them."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, InputMediaPhoto, Message
from loguru import logger

from infra.errors import StorageError
from infra.images import contact_sheet
from infra.images.thumbnail import draw_thumbnail
from infra.storage.store import Storage
from infra.storage.thumbnails import Thumbnails
from infra.telegram.outcomes import MessageGone, outcome_of
from infra.telegram.outgoing_media import InputMedia
from worker.bot.callback_data import OpenJob
from worker.bot.current_user import CurrentUser
from worker.bot.options.catalog import OptionCatalog
from worker.bot.services.orders import Orders
from worker.bot.views.history_card import detail_keyboard, frame_of, page_caption, page_keyboard
from worker.bot.views.result_caption import result_caption
from worker.bot.views.result_keyboard import ended_keyboard, result_keyboard
from worker.jobs.indexes import JobIndex, JobIndexes
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.jobs.store import JobStore
from worker.jobs.telegram_media import as_media
from worker.model import TERMINAL, File, Job


@dataclass(frozen=True)
class View:
    """An image or a video with its caption, and the buttons below."""

    media: InputMedia
    keyboard: InlineKeyboardMarkup


class ResultForm(StrEnum):
    """How to show a result; if Telegram refuses one form, the next is tried."""

    AS_SENT = "as sent"  # by Telegram's file id, without an upload
    AGAIN = "again"
    DOCUMENT = "document"
    WORDS = "words"


class History:
    def __init__(  # noqa: PLR0913, PLR0917 - one parameter per dependency
        self,
        jobs: JobStore,
        orders: Orders,
        catalog: OptionCatalog,
        indexes: JobIndexes,
        files: Storage,
        messages: MessageIndex,
    ) -> None:
        self.messages = messages
        self._jobs = jobs
        self._catalog = catalog
        self._orders = orders
        self._indexes = indexes
        self._files = files
        self._thumbnails = Thumbnails(draw_thumbnail)

    async def page(
        self, current_user: CurrentUser, index: JobIndex, start: str = ""
    ) -> View | None:
        """Return the page that begins with the job `start` (empty: the newest); None if the user has no jobs."""
        user_id = current_user.user.id
        page = await self._indexes.page(user_id, index, start, contact_sheet.FRAMES)
        if not page.ids and index is JobIndex.ALL:
            return None
        jobs = await self._jobs.get_many(page.ids)
        frames = await asyncio.gather(*(self._frame(job) for job in jobs))
        return View(
            _photo(await contact_sheet.draw(frames), page_caption(current_user.t, index, page)),
            page_keyboard(current_user.t, user_id, index, page),
        )

    async def blank(self, current_user: CurrentUser) -> View:
        """Return the page to show after the user's last job was deleted."""
        sheet = await contact_sheet.draw([])
        nothing = InlineKeyboardMarkup(inline_keyboard=[])
        return View(_photo(sheet, current_user.t("history-empty-all")), nothing)

    async def detail(
        self, current_user: CurrentUser, seen: OpenJob, form: ResultForm = ResultForm.AS_SENT
    ) -> View | None:
        """Return a job's result with its buttons, or its progress; None if the user has no such job."""
        job = await self._orders.find_own(current_user, seen.job_id)
        if job is None:
            return None
        t = current_user.t
        if not job.files:
            card = await self._orders.card(current_user, job)
            sheet = await contact_sheet.draw_single(frame_of(job, None))
            ended = job.status in TERMINAL
            keyboard = ended_keyboard(t, self._catalog, job) if ended else card.keyboard
            return View(_photo(sheet, card.text), detail_keyboard(t, job, seen, keyboard))
        file = job.files[min(seen.picture, len(job.files) - 1)]
        media = await self._result(current_user, job, file, form, result_caption(t, job))
        keyboard = result_keyboard(t, self._catalog, job, seen.picture)
        return View(media, detail_keyboard(t, job, seen, keyboard))

    async def show_result(  # noqa: PLR0913, PLR0917 - what a message shows
        self,
        card: Message,
        current_user: CurrentUser,
        job: Job,
        picture: int,
        caption: str,
        keyboard: InlineKeyboardMarkup,
    ) -> None:
        """Show one of a job's results on a message, in the best form that Telegram accepts."""
        for form in ResultForm:
            media = await self._result(current_user, job, job.files[picture], form, caption)
            try:
                await edit_media(card, View(media, keyboard))
                break
            except TelegramBadRequest as error:
                if isinstance(outcome_of(error), MessageGone) or form is ResultForm.WORDS:
                    raise
        await self.messages.remember(card, ResultRef(job.id, picture))

    async def _result(
        self, current_user: CurrentUser, job: Job, file: File, form: ResultForm, caption: str
    ) -> InputMedia:
        if form is ResultForm.WORDS:
            sheet = await contact_sheet.draw_single(contact_sheet.Frame())
            is_admins = self._orders.is_admin(current_user)
            key = "history-file-refused-admin" if is_admins else "history-file-refused"
            return _photo(sheet, current_user.t(key, place=file.key))
        if form is not ResultForm.AS_SENT:
            file = file.model_copy(update={"file_id": None, "document_id": None})
        # Telegram may have accepted it as a document only.
        whole = form is ResultForm.DOCUMENT or bool(file.document_id and not file.file_id)
        if not (file.document_id if whole else file.file_id):
            try:
                await self._files.size(file.key)
            except StorageError as error:
                logger.warning("failed to show the result of job {}: {}", job.id, error)
                sheet = await contact_sheet.draw_single(contact_sheet.Frame())
                return _photo(sheet, current_user.t("history-file-gone", id=job.id))
        return as_media(file, self._files, whole=whole).as_input(caption)

    async def _frame(self, job: Job) -> contact_sheet.Frame:
        file = job.files[0] if job.files else None
        if file is None or file.thumbnail_key is None:
            return frame_of(job, None)
        try:
            source = file.key if file.is_picture else None
            small = await self._thumbnails.read(self._files, file.thumbnail_key, source)
            return frame_of(job, small)
        except StorageError as error:
            logger.warning("failed to read the thumbnail of job {}: {}", job.id, error)
            return frame_of(job, None)


async def edit_media(card: Message, view: View) -> None:
    """Edit the card; an unchanged message counts as a success."""
    try:
        await card.edit_media(view.media, reply_markup=view.keyboard)
    except TelegramBadRequest as error:
        if "not modified" not in error.message:
            raise


def _photo(picture: bytes, caption: str) -> InputMediaPhoto:
    return InputMediaPhoto(media=BufferedInputFile(picture, "jobs.jpg"), caption=caption)
