"""Repeated orders: unchanged, with another seed, or with other words."""

from collections.abc import Awaitable, Callable

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery

from worker.bot.callback_data import Action, OnResult
from worker.bot.current_user import CurrentUser
from worker.bot.debounce import Debounce
from worker.bot.filters import ModelIsGone, OnJob
from worker.bot.price_check import PriceCheck
from worker.bot.services.job_message import JobMessage
from worker.bot.services.order_requests import draft_of
from worker.bot.services.orders import Orders
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import open_card
from worker.bot.truncate import excerpt
from worker.model import Job

_LONGEST_COPY = 3500  # a message has 4096, with a sentence before the copy


def setup() -> Router:
    router = Router(name="repeating")
    router.callback_query.middleware(Debounce())
    router.callback_query.middleware(PriceCheck())
    same = OnResult.filter(F.action.in_({Action.AGAIN, Action.NEW_SEED, Action.AS_WRITTEN}))
    router.callback_query.register(choose_another_model, same, OnJob(), ModelIsGone())
    for action, handler in _HANDLERS.items():
        pressed = OnResult.filter(F.action == action)
        router.callback_query.register(handler, pressed, OnJob())
    return router


async def again(
    callback: CallbackQuery, job_message: JobMessage, current_user: CurrentUser, orders: Orders
) -> Job | None:
    job = await orders.repeat(
        current_user, job_message, job_message.job.request.options, callback.id
    )
    await callback.answer(current_user.t.plain("again-started") if job else None)
    return job


async def with_new_seed(
    callback: CallbackQuery, job_message: JobMessage, current_user: CurrentUser, orders: Orders
) -> Job | None:
    options = {
        name: value for name, value in job_message.job.request.options.items() if name != "seed"
    }
    job = await orders.repeat(current_user, job_message, options, callback.id)
    await callback.answer(current_user.t.plain("again-started") if job else None)
    return job


async def as_written(
    callback: CallbackQuery, job_message: JobMessage, current_user: CurrentUser, orders: Orders
) -> Job | None:
    """Repeat the order with the user's own words, untranslated."""
    options = job_message.job.request.options
    job = await orders.repeat(current_user, job_message, options, callback.id, as_written=True)
    await callback.answer(current_user.t.plain("again-started") if job else None)
    return job


async def edit_prompt(
    callback: CallbackQuery,
    job_message: JobMessage,
    state: FSMContext,
    current_user: CurrentUser,
    preferences: Preferences,
) -> None:
    await callback.answer()
    await _open_edit_card(job_message, state, current_user, preferences)


async def choose_another_model(
    callback: CallbackQuery,
    job_message: JobMessage,
    state: FSMContext,
    current_user: CurrentUser,
    preferences: Preferences,
) -> None:
    """Open a card with the current models, and send the old words for copying."""
    await callback.answer(current_user.t.plain("model-gone"), show_alert=True)
    await _open_edit_card(job_message, state, current_user, preferences)


async def _open_edit_card(
    job_message: JobMessage, state: FSMContext, current_user: CurrentUser, preferences: Preferences
) -> None:
    request = job_message.job.repeatable
    if request.prompt:
        prompt = excerpt(request.prompt, _LONGEST_COPY)
        await job_message.message.answer(current_user.t("prompt-to-edit", prompt=prompt))
    draft = draft_of(request, preferences.catalog)
    await open_card(job_message.reply_to, state, preferences.card(current_user, draft))


_HANDLERS: dict[Action, Callable[..., Awaitable[Job | None]]] = {
    Action.AGAIN: again,
    Action.NEW_SEED: with_new_seed,
    Action.AS_WRITTEN: as_written,
    Action.EDIT_PROMPT: edit_prompt,
}
