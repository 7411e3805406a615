"""Text replies to a message, about the result or the job of that message."""

from aiogram import F, Router
from aiogram.filters import Filter
from aiogram.types import Message

from infra.fal.model import Work
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.filters import AddressedToBot, RepliesTo, WithOrderDialog
from worker.bot.options.catalog import OptionCatalog
from worker.bot.options.value_aliases import is_background_removal
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.services.order_requests import draft_of
from worker.bot.uploads.pictures import NotUsable, Original
from worker.bot.views.result_keyboard import result_keyboard
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.model import Job


def setup() -> Router:
    """Return the router; it must come before the one that takes words as a prompt."""
    router = Router(name="answering")
    router.message.filter(F.text, ~F.text.startswith("/"), AddressedToBot(), WithOrderDialog())
    router.message.register(edit, RepliesTo(Original))
    router.message.register(explain, RepliesTo(NotUsable), IsFinal())
    router.message.register(describe_again, RepliesTo(Job))
    return router


class IsFinal(Filter):
    """Text in reply to this obstacle is about it."""

    async def __call__(self, _: Message, answered: NotUsable) -> bool:
        return answered.is_final


async def edit(message: Message, answered: Original, dialog: OrderDialog) -> None:
    """Edit the replied picture, or continue the video; with several results the card asks which one."""
    if is_background_removal(message.text or "") and not answered.is_video:
        await dialog.ask(answered.draft(Work.BACKGROUND_REMOVAL))
        return
    draft = answered.draft(Work.IMAGE_EDIT)
    # Words about a video may be no order, and it costs more than an edit.
    await dialog.place(draft, message.text or "", hold=answered.is_video)


async def explain(
    message: Message,
    answered: NotUsable,
    dialog: OrderDialog,
    catalog: OptionCatalog,
    messages: MessageIndex,
) -> None:
    """Explain the obstacle, and show the job's buttons to its author."""
    t, job = dialog.current_user.t, answered.job
    own = job if job and job.files and job.request.user_id == dialog.current_user.user.id else None
    keyboard = result_keyboard(t, catalog, own) if own else None
    shown = await message.reply(t(answered.key), reply_markup=keyboard)
    if job:
        await messages.remember(shown, ResultRef(job.id))


async def describe_again(
    message: Message, answered: Job, dialog: OrderDialog, catalog: OptionCatalog
) -> None:
    """Order the same again with these words, for a job without a result, unless that would name a hidden model."""
    if answered.is_blind:
        await reply_to_asker(message, dialog.current_user.t("compare-blind"))
        return
    await dialog.place(draft_of(answered.repeatable, catalog), message.text or "")
