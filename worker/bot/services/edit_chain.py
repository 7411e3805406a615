"""Chain of edits, shown in place: the message that showed one result shows another."""

from dataclasses import dataclass

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import InlineKeyboardMarkup, Message
from loguru import logger

from infra.i18n import Phrases, Texts
from infra.storage.store import Storage
from infra.telegram.delivery import Delivery, Place
from worker.bot.callback_data import SEPARATOR, OpenJob, PickResult
from worker.bot.current_user import CurrentUser
from worker.bot.options.catalog import OptionCatalog
from worker.bot.services.history import History
from worker.bot.services.orders import Orders, is_visible
from worker.bot.views.card import Card
from worker.bot.views.family_card import forward_button, tip_of, tree_card
from worker.bot.views.history_card import detail_keyboard, way_back
from worker.bot.views.keyboard_merge import with_forward
from worker.bot.views.result_caption import result_caption
from worker.bot.views.result_keyboard import result_keyboard
from worker.jobs.family import Family
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.jobs.store import JobStore
from worker.jobs.telegram_media import as_media
from worker.model import Job
from worker.users.store import UserStore


def shows_set(message: Message) -> bool:
    """Tell whether the message is about several jobs, which no step of one may replace."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else []
    prefix = f"{PickResult.__prefix__}{SEPARATOR}"
    return any((key.callback_data or "").startswith(prefix) for row in rows for key in row)


@dataclass(frozen=True)
class Steps:
    jobs: JobStore
    family: Family
    orders: Orders
    catalog: OptionCatalog
    history: History
    messages: MessageIndex
    users: UserStore
    files: Storage
    texts: Texts

    async def show(  # noqa: PLR0913 - what a message shows
        self,
        current_user: CurrentUser,
        message: Message,
        job: Job,
        picture: int,
        *,
        tip: Job | None = None,
        tip_picture: int = 0,
    ) -> None:
        """Show a result on the message, with its own buttons; if that is not possible, in a new message.

        `tip` is the job that the message showed first, if another one.
        """
        is_own = job.request.user_id == current_user.user.id
        t = current_user.t if is_own else self.texts.speaking(job.request.language)
        author = None
        if message.chat.type != ChatType.PRIVATE:
            author = (await self.users.get(job.request.user_id)).name
        caption = result_caption(t, job, author)
        keyboard = await self._keyboard(t, message, job, picture, tip, tip_picture)
        if shows_set(message):
            await self._send(message, job, picture, caption, keyboard)
            return
        try:
            await self.history.show_result(message, current_user, job, picture, caption, keyboard)
        except TelegramBadRequest as error:
            logger.info("a step cannot be shown in place: job {}: {}", job.id, error)
            await self._send(message, job, picture, caption, keyboard)

    async def tip(self, current_user: CurrentUser, message: Message) -> Job | None:
        """Return the job that the message showed first, if it shows another one now."""
        return await self.orders.find_here(
            current_user, message.chat.id, tip_of(message.reply_markup)
        )

    async def tree(  # noqa: PLR0913 - what a tree shows
        self,
        t: Phrases,
        current_user: CurrentUser,
        message: Message,
        job: Job,
        start: str,
        *,
        picture: int,
        tip: str,
    ) -> Card:
        """Build the family tree of a result."""
        line = await self.family.line(job)
        page, children = await self.family.children(job, start)
        return tree_card(
            t,
            line,
            page,
            children,
            now=self.jobs.clock(),
            owner=job.request.user_id,
            picture=picture,
            tip=tip,
            is_visible=lambda step: is_visible(step, current_user, message.chat.id),
        )

    async def _keyboard(  # noqa: PLR0913, PLR0917 - what the buttons depend on
        self,
        t: Phrases,
        message: Message,
        job: Job,
        picture: int,
        tip: Job | None,
        tip_picture: int,
    ) -> InlineKeyboardMarkup:
        album_picture = picture if len(job.files) > 1 else None
        keyboard = result_keyboard(t, self.catalog, job, album_picture)
        if page := way_back(message.reply_markup):
            seen = OpenJob(
                owner=page.owner, index=page.index, job_id=job.id, start=page.start, picture=picture
            )
            keyboard = detail_keyboard(t, job, seen, keyboard)
        if tip is None or tip.id == job.id:
            return keyboard
        line = await self.family.line(tip)
        forward = forward_button(t, job.request.user_id, job, line, tip_picture)
        return InlineKeyboardMarkup(inline_keyboard=with_forward(keyboard.inline_keyboard, forward))

    async def _send(
        self, message: Message, job: Job, picture: int, caption: str, keyboard: InlineKeyboardMarkup
    ) -> None:
        if not isinstance(message.bot, Bot):
            return
        thread_id = message.message_thread_id if message.is_topic_message else None
        place = Place(message.chat.id, thread_id, message.message_id)
        media = as_media(job.files[picture], self.files)
        (sent,) = await Delivery(message.bot).send_results(place, [media], caption, keyboard)
        await self.messages.remember_sent(
            message.chat.id, {sent.message_id: ResultRef(job.id, picture)}
        )
        if message.chat.id == job.chat_id:
            # A deletion of the job removes the message, too.
            ids = (*job.sent_message_ids, sent.message_id)
            await self.jobs.update_fields(job.id, sent_message_ids=ids)
