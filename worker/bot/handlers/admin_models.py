"""/admin → Models: which models users can choose for each work, in which order, and for whom."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from worker.bot.admin_callback_data import ModelsAction, OnModels
from worker.bot.filters import ByAdmin
from worker.bot.options.model_names import model_id
from worker.bot.options.offers import MAX_OFFERED
from worker.bot.services.admin_dialog import AdminDialog
from worker.bot.services.offered_models import NotPossible, OfferedModels
from worker.bot.views.admin_models import ModelsCard

_VIEWS = (ModelsAction.WORKS, ModelsAction.LIST, ModelsAction.CATALOGUE, ModelsAction.SHOW)


def setup() -> Router:
    router = Router(name="admin-models")
    router.callback_query.filter(ByAdmin())
    router.callback_query.register(show, OnModels.filter(F.action.in_(_VIEWS)))
    router.callback_query.register(change, OnModels.filter())
    return router


async def show(
    callback: CallbackQuery,
    callback_data: OnModels,
    admin_dialog: AdminDialog,
    offered_models: OfferedModels,
) -> None:
    if callback_data.work not in offered_models.catalog.lists.defaults:
        await callback.answer(admin_dialog.current_user.t.plain("not-offered"), show_alert=True)
        return
    await callback.answer()
    await _show(callback_data, admin_dialog, offered_models)


async def change(
    callback: CallbackQuery,
    callback_data: OnModels,
    admin_dialog: AdminDialog,
    offered_models: OfferedModels,
) -> None:
    t, work, model = admin_dialog.current_user.t, callback_data.work, callback_data.model
    after = callback_data.model_copy(update={"action": ModelsAction.LIST})
    try:
        if work not in offered_models.catalog.lists.defaults:
            raise NotPossible("not-offered")  # noqa: TRY301 - a forged button
        match callback_data.action:
            case ModelsAction.ADD:
                await offered_models.add(work, model)
            case ModelsAction.UP:
                await offered_models.move(work, model, -1)
            case ModelsAction.DOWN:
                await offered_models.move(work, model, 1)
            case ModelsAction.ROLE:
                await offered_models.next_role(work, model)
                after = callback_data.model_copy(update={"action": ModelsAction.SHOW})
            case ModelsAction.REMOVE:
                await offered_models.remove(work, model)
            case _:
                await offered_models.reset(work)
    except NotPossible as reason:
        await callback.answer(t.plain(str(reason), limit=MAX_OFFERED), show_alert=True)
        return
    await callback.answer(t.plain("models-changed"))
    await _show(after, admin_dialog, offered_models)


async def _show(wanted: OnModels, admin_dialog: AdminDialog, offered_models: OfferedModels) -> None:
    current_user, lists = admin_dialog.current_user, await offered_models.lists()
    paused = await admin_dialog.administration.limits.paused() is not None
    t, user, work = current_user.t, current_user.user, wanted.work
    card = ModelsCard(t, user.id, paused, offered_models.catalog)
    found = [offer for offer in lists.all(work) if model_id(offer.model) == wanted.model]
    if wanted.action is ModelsAction.WORKS:
        view = card.works(lists)
    elif wanted.action is ModelsAction.CATALOGUE:
        view = card.catalogue(await offered_models.addable(work), work, wanted.page)
    elif wanted.action is ModelsAction.SHOW and found:
        view = card.model(lists, work, found[0])
    else:
        view = card.offered(lists, work)
    await admin_dialog.show(view)
