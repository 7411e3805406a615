"""/my: the user's own jobs, page by page, in one message that edits itself."""

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, InputMediaPhoto, Message

from infra.telegram.ephemeral import reply_to_asker
from infra.telegram.outcomes import MessageGone, outcome_of
from worker.bot.callback_data import Browse, OpenJob
from worker.bot.current_user import CurrentUser
from worker.bot.filters import Command, OnMessage
from worker.bot.services.history import History, ResultForm, edit_media
from worker.jobs.indexes import JobIndex
from worker.jobs.message_index import PAGE, ResultRef


def setup() -> Router:
    router = Router(name="history")
    router.message.register(show, F.text, Command("my"))
    router.callback_query.register(browse, Browse.filter(), OnMessage())
    router.callback_query.register(look, OpenJob.filter(), OnMessage())
    return router


async def show(message: Message, current_user: CurrentUser, history: History) -> None:
    view = await history.page(current_user, JobIndex.ALL)
    if view is None or not isinstance(view.media, InputMediaPhoto):
        await reply_to_asker(message, current_user.t("history-empty-all"))
        return
    in_group = message.chat.type != ChatType.PRIVATE
    send = message.reply_photo if in_group else message.answer_photo
    card = await send(view.media.media, caption=view.media.caption, reply_markup=view.keyboard)
    await history.messages.remember(card, PAGE)


async def browse(
    callback: CallbackQuery,
    callback_data: Browse,
    card: Message,
    current_user: CurrentUser,
    history: History,
) -> None:
    await callback.answer()
    await show_page(card, current_user, history, callback_data.index, callback_data.start)


async def look(
    callback: CallbackQuery,
    callback_data: OpenJob,
    card: Message,
    current_user: CurrentUser,
    history: History,
) -> None:
    view = await history.detail(current_user, callback_data)
    if view is None:
        await callback.answer(current_user.t.plain("history-gone"), show_alert=True)
        await show_page(card, current_user, history, callback_data.index, callback_data.start)
        return
    await callback.answer()
    # Telegram may reject a file id or a form that it accepted before.
    for form in (ResultForm.AGAIN, ResultForm.DOCUMENT, ResultForm.WORDS):
        try:
            await edit_media(card, view)
            break
        except TelegramBadRequest as error:
            if isinstance(outcome_of(error), MessageGone):
                raise
            view = await history.detail(current_user, callback_data, form) or view
    else:
        await edit_media(card, view)
    await history.messages.remember(card, ResultRef(callback_data.job_id, callback_data.picture))


async def show_page(
    card: Message, current_user: CurrentUser, history: History, index: JobIndex, start: str
) -> None:
    """Show this page of the user's jobs on the card."""
    page = await history.page(current_user, index, start)
    await edit_media(card, page or await history.blank(current_user))
    await history.messages.remember(card, PAGE)
