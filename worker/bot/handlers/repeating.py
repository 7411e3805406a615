"""The buttons under a job that did not succeed: the same again, or with another prompt."""

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery

from worker.bot.callbacks import Action, OnResult
from worker.bot.excerpt import excerpt
from worker.bot.filters import OnJob
from worker.bot.open_card import open_card
from worker.bot.orders import Orders, ShownJob, draft_of
from worker.bot.preferences import Preferences
from worker.bot.visitor import Visitor

_LONGEST_COPY = 3500  # a message takes 4096, and has a sentence before it


def setup() -> Router:
    router = Router(name="repeating")
    router.callback_query.register(again, OnResult.filter(F.action == Action.AGAIN), OnJob())
    editing = OnResult.filter(F.action == Action.EDIT_PROMPT)
    router.callback_query.register(edit_prompt, editing, OnJob())
    return router


async def again(callback: CallbackQuery, shown: ShownJob, visitor: Visitor, orders: Orders) -> None:
    await callback.answer(visitor.say.plain("again-started"))
    await orders.repeat(visitor, shown)


async def edit_prompt(
    callback: CallbackQuery,
    shown: ShownJob,
    state: FSMContext,
    visitor: Visitor,
    preferences: Preferences,
) -> None:
    await callback.answer()
    request = shown.job.request
    prompt = excerpt(request.prompt, _LONGEST_COPY)
    await shown.message.answer(visitor.say("prompt-to-edit", prompt=prompt))
    draft = draft_of(request)
    await open_card(shown.anchor, state, preferences.card(visitor, draft.work), draft)
