"""A picture begins to move: the card asks for words, which it can do without, and holds the settings of the clip."""

from aiogram import F, Router
from aiogram.filters import Filter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery

from infra.fal.models import Work
from worker.bot.callbacks import Action, OnResult, Proceed
from worker.bot.draft import Draft
from worker.bot.filters import OnJob, OnOpenCard, OnPicture
from worker.bot.open_card import OpenCard, close_card, open_card
from worker.bot.orders import Order, Orders
from worker.bot.preferences import Preferences
from worker.bot.shown import ShownPicture
from worker.bot.states import Making
from worker.bot.visitor import Visitor


class ToAnimate(Filter):
    """The card that is open asks how a picture shall move."""

    async def __call__(self, _: CallbackQuery, card: OpenCard) -> bool:
        return card.draft.ordering and card.work is Work.IMAGE_TO_VIDEO


def setup() -> Router:
    router = Router(name="animating")
    pressed = OnResult.filter(F.action == Action.ANIMATE)
    router.callback_query.register(ask, pressed, OnJob(), OnPicture())
    wordless = (Proceed.filter(), Making.prompt, OnOpenCard(), ToAnimate())
    router.callback_query.register(animate_naturally, *wordless)
    return router


async def ask(
    callback: CallbackQuery,
    picture: ShownPicture,
    state: FSMContext,
    visitor: Visitor,
    preferences: Preferences,
) -> None:
    await callback.answer(visitor.say.plain("animate-asked"))
    draft = Draft(work=Work.IMAGE_TO_VIDEO, pictures=(picture.source,), source=picture.job.id)
    card = preferences.card(visitor, draft.work, draft)
    await open_card(picture.message, state, card)


async def animate_naturally(
    callback: CallbackQuery, card: OpenCard, visitor: Visitor, orders: Orders
) -> None:
    """The words that a picture came from say best what is to be seen; one from elsewhere simply lives."""
    await callback.answer(visitor.say.plain("animate-started"))
    source = await orders.find_own(visitor, card.draft.source or "")
    known = source.request.prompt.strip() if source else ""
    order = Order.of(card.draft, known or visitor.say.plain("animate-naturally"))
    cause = f"{card.message.message_id}:start"
    if await orders.place(visitor, order, card.anchor, cause):
        await close_card(card.message, card.state)
