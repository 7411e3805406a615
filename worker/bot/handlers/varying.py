"""Four more like this picture."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from infra.fal.models import Work
from worker.bot.callbacks import Action, OnResult
from worker.bot.filters import OnJob, OnPicture
from worker.bot.orders import Order, Orders
from worker.bot.preferences import Preferences
from worker.bot.presses import Once
from worker.bot.shown import ShownPicture
from worker.bot.visitor import Visitor

# For a picture that came about without words.
_WITHOUT_WORDS = "a variation of this image"


def setup() -> Router:
    router = Router(name="varying")
    router.callback_query.middleware(Once())
    pressed = OnResult.filter(F.action == Action.VARY)
    router.callback_query.register(vary, pressed, OnJob(), OnPicture())
    return router


async def vary(
    callback: CallbackQuery,
    picture: ShownPicture,
    visitor: Visitor,
    orders: Orders,
    preferences: Preferences,
) -> None:
    await callback.answer(visitor.say.plain("vary-started"))
    model, options = preferences.offering.variation
    order = Order(
        Work.IMAGE_EDIT,
        picture.job.request.prompt.strip() or _WITHOUT_WORDS,
        options=options,
        pictures=(picture.source,),
        source=picture.job.id,
        model=model,
    )
    await orders.place(visitor, order, picture.anchor, callback.id)
