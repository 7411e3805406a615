"""Check of the text on a result, and the order that repairs it."""

from collections.abc import Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery

from infra.fal.model import Work
from infra.i18n import Phrases
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.callback_data import Action, OnResult
from worker.bot.current_user import CurrentUser
from worker.bot.debounce import Debounce
from worker.bot.draft import Draft
from worker.bot.filters import HelperIsOn, OnJob, OnPicture, WithOrderDialog
from worker.bot.services.helper_dialog import HelperDialog, HelperRefused
from worker.bot.services.job_message import ResultImage
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.views.helper_card import check_card
from worker.bot.views.keyboards import pressed
from worker.bot.views.money_format import price_seen
from worker.model import Picture
from worker.prompt_helper.charges import Purpose
from worker.prompt_helper.questions import Reply
from worker.prompt_helper.text_check import Checked, checking, spots


def setup() -> Router:
    router = Router(name="check text")
    router.callback_query.middleware(Debounce())
    router.callback_query.filter(HelperIsOn())
    for action, handler in ((Action.CHECK_TEXT, check), (Action.REPAIR_TEXT, repair)):
        pressed_one = OnResult.filter(F.action == action)
        router.callback_query.register(
            handler, pressed_one, OnJob(), OnPicture(), WithOrderDialog()
        )
    return router


async def check(
    callback: CallbackQuery,
    callback_data: OnResult,
    picture: ResultImage,
    dialog: OrderDialog,
    helper_dialog: HelperDialog,
) -> None:
    """Reply to a result with what differs."""
    t, message = dialog.current_user.t, picture.message
    await callback.answer(t.plain("check-started"))
    try:
        reply = await _check(picture, dialog.current_user, helper_dialog)
    except HelperRefused as refusal:
        await reply_to_asker(message, refusal.text)
    else:
        order = _repair(t, picture, reply.value)
        repair_of = (order.work, dialog.card(order).price) if order else None
        data = callback_data.model_copy(
            update={"action": Action.REPAIR_TEXT, "picture": picture.number}
        )
        view = check_card(t, reply, repair_of, data)
        await helper_dialog.reply(picture, view)
    await picture.show_main(dialog.preferences.catalog, picture.number)


async def repair(
    callback: CallbackQuery, picture: ResultImage, dialog: OrderDialog, helper_dialog: HelperDialog
) -> None:
    """Order the repair for the price that the button shows; what the check found is kept for a day."""
    t, label = dialog.current_user.t, pressed(callback)
    try:
        reply = await _check(picture, dialog.current_user, helper_dialog)
    except HelperRefused as refusal:
        await callback.answer()
        await reply_to_asker(picture.message, refusal.text)
        return
    order = _repair(t, picture, reply.value)
    if not label or order is None:
        await callback.answer(t.plain("stale"), show_alert=True)
        return
    await callback.answer(t.plain("check-repair-started"))
    settings = dialog.card(order)
    seen = price_seen(t, label, settings.price)
    order = order.saying(order.words, settings.options).model_copy(update={"price": seen})
    if await dialog.go_on(order, f"{picture.message.message_id}:repair"):
        await picture.message.edit_reply_markup()


async def _check(
    picture: ResultImage, current_user: CurrentUser, helper_dialog: HelperDialog
) -> Reply[tuple[Checked, ...]]:
    """Raises HelperRefused."""
    message, prompt = picture.message, picture.job.request.prompt
    image = await helper_dialog.look(message, current_user, picture.source)
    return await helper_dialog.ask(
        message, current_user, checking(prompt, image), Purpose.TEXT_CHECK
    )


def _repair(t: Phrases, picture: ResultImage, checked: Sequence[Checked]) -> Draft | None:
    """Return the order that repairs what differs: of just that spot, if it is known."""
    wrong = [one for one in checked if not one.is_right]
    if not wrong:
        return None
    texts = ", ".join(t.plain("check-quoted", text=one.asked) for one in wrong)
    boxes = spots(checked)
    return Draft(
        work=Work.INPAINTING if boxes else Work.IMAGE_EDIT,
        pictures=(picture.source,),
        mask=Picture(boxes=boxes) if boxes else None,
        source=picture.job.id,
        source_file=picture.number,
        words=t.plain("repair-spot" if boxes else "repair-image", texts=texts),
    )
