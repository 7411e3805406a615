"""Comparisons: the choice of models on a card, votes, and the reveal of the models."""

from collections.abc import Sequence
from dataclasses import replace

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from infra.i18n import Texts
from worker.bot.callback_data import Action, Choice, OnResult, PickResult, ToggleCompared, Vote
from worker.bot.current_user import CurrentUser
from worker.bot.filters import OnJob, OnMessage, OnOpenCard
from worker.bot.options.catalog import OptionCatalog
from worker.bot.options.model_names import model_id
from worker.bot.services.job_message import JobMessage
from worker.bot.services.orders import Orders
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import OpenCard
from worker.bot.views.comparison_card import comparison_card, comparison_choice
from worker.bot.views.result_buttons import WHILE_BLIND
from worker.bot.views.result_caption import result_caption
from worker.bot.views.result_keyboard import ended_keyboard
from worker.comparisons.store import MOST, ComparisonStore, Outcome
from worker.jobs.message_index import MessageIndex
from worker.jobs.store import JobStore
from worker.model import Job, Status


def setup() -> Router:
    """Return the router; it must come before those of the actions on a result."""
    router = Router(name="comparing")
    router.callback_query.register(toggle, ToggleCompared.filter(), OnOpenCard())
    router.callback_query.register(vote, Vote.filter(), OnMessage())
    revealing = OnResult.filter(F.action == Action.REVEAL)
    router.callback_query.register(reveal, revealing, OnJob(), IsBlind())
    visible = OnResult.filter(~F.action.in_(WHILE_BLIND))
    router.callback_query.register(refuse, visible, OnJob(), IsBlind())
    router.callback_query.register(refuse, PickResult.filter(), OnJob(), IsBlind())
    return router


class IsBlind(Filter):
    """A button under a job of a comparison whose models are not known yet."""

    async def __call__(self, _: CallbackQuery, job_message: JobMessage) -> bool:
        return job_message.job.is_blind


async def toggle(
    callback: CallbackQuery,
    callback_data: ToggleCompared,
    card: OpenCard,
    current_user: CurrentUser,
    preferences: Preferences,
) -> None:
    """Choose a model to compare, or drop it; without a model drop all. Formats that were chosen before are dropped."""
    known = {model_id(m.endpoint): m.endpoint for m in preferences.catalog.models(card.work)}
    endpoint = known.get(callback_data.model)
    # Models that are not offered any more are dropped.
    chosen = [one for one in card.draft.compared if one in known.values()]
    if not callback_data.model:
        chosen = []
    elif endpoint is None:
        await callback.answer(current_user.t.plain("not-offered"), show_alert=True)
        return
    elif endpoint in chosen:
        chosen.remove(endpoint)
    elif len(chosen) == MOST:
        await callback.answer(current_user.t.plain("compare-full", most=MOST), show_alert=True)
        return
    else:
        chosen.append(endpoint)
    await callback.answer()
    draft = card.draft.model_copy(update={"compared": tuple(chosen), "formats": None})
    settings = preferences.card(current_user, draft)
    await card.state.update_data(settings.shown.model_dump(mode="json"))
    await card.show(comparison_choice(settings))


async def vote(  # noqa: PLR0913 - aiogram passes what a handler names
    callback: CallbackQuery,
    callback_data: Vote,
    card: Message,
    *,
    current_user: CurrentUser,
    comparisons: ComparisonStore,
    jobs: JobStore,
    messages: MessageIndex,
    catalog: OptionCatalog,
    texts: Texts,
) -> None:
    """Count a vote; in a private chat it reveals the models, in a group the author does."""
    t, choice = current_user.t, callback_data.choice
    comparison = await comparisons.get(callback_data.comparison)
    compared = await jobs.get_many([*comparison.jobs.values()]) if comparison else []
    shown = await messages.find(card.chat.id, card.message_id)
    # The data can be forged.
    is_theirs = shown is not None and any(job.id == shown.job_id for job in compared)
    if comparison is None or not is_theirs:
        await callback.answer(t.plain("compare-gone"), show_alert=True)
        return
    user_id = current_user.user.id
    if choice is Choice.REVEAL and user_id != comparison.owner:
        await callback.answer(t.plain("compare-not-yours"), show_alert=True)
        return
    in_private = card.chat.type == ChatType.PRIVATE
    if choice is Choice.REVEAL:
        outcome = await comparisons.reveal(comparison)
    else:
        outcome = await comparisons.vote(comparison, user_id, choice, reveals=in_private)
    now = await comparisons.get(comparison.id) or comparison
    if outcome is Outcome.GONE:
        await callback.answer(t.plain("compare-gone"), show_alert=True)
    elif now.is_revealed:
        key = "compare-closed" if outcome is Outcome.CLOSED else "compare-revealed"
        await callback.answer(t.plain(key))
        unveiled = await _unveil(jobs, compared)
        said = texts.speaking(unveiled[0].request.language)
        models = comparison_card(said, catalog, now, unveiled)
        await card.edit_text(models.text, reply_markup=models.keyboard)
    else:
        key = f"vote-{outcome}-tie" if choice is Choice.TIE else f"vote-{outcome}"
        await callback.answer(t.plain(key, letter=choice.value, count=now.voters))


async def reveal(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    job_message: JobMessage,
    current_user: CurrentUser,
    comparisons: ComparisonStore,
    jobs: JobStore,
    catalog: OptionCatalog,
    orders: Orders,
) -> None:
    """Reveal the models from one of the results, for example in /my."""
    job = job_message.job
    comparison = await comparisons.get(job.set_id)
    if comparison is None and job.status is not Status.DONE:
        await callback.answer(current_user.t.plain("compare-unfinished"), show_alert=True)
        return
    await callback.answer(current_user.t.plain("compare-revealed"))
    if comparison:
        await comparisons.reveal(comparison)
    ids = comparison.jobs.values() if comparison else [job.id]
    shown = await _unveil(jobs, await jobs.get_many([*ids]))
    now = next((each for each in shown if each.id == job.id), job)
    message = replace(job_message, job=now)
    if message.message.text:
        await message.show_main(catalog)
        return
    card = await orders.card(current_user, now)
    text = result_caption(message.t, now) if now.files else card.text
    await message.show_as(text, ended_keyboard(message.t, catalog, now))


async def refuse(callback: CallbackQuery, current_user: CurrentUser) -> None:
    await callback.answer(current_user.t.plain("compare-blind"), show_alert=True)


async def _unveil(jobs: JobStore, compared: Sequence[Job]) -> list[Job]:
    """Let every view of these jobs show their models."""
    for job in compared:
        await jobs.update_fields(job.id, revealed=True)
    return [job.model_copy(update={"revealed": True}) for job in compared]
