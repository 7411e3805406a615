"""Four more like this picture."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from infra.fal.models import Work
from worker.bot.callbacks import Action, OnResult
from worker.bot.draft import Draft
from worker.bot.filters import OnJob, OnPicture
from worker.bot.offering import Offering
from worker.bot.orders import Orders
from worker.bot.presses import Once
from worker.bot.shown import ShownPicture
from worker.bot.shown_prices import ShownPrice
from worker.bot.visitor import Visitor
from worker.jobs import Job

# For a picture that came about without words.
_WITHOUT_WORDS = "a variation of this image"


def setup() -> Router:
    router = Router(name="varying")
    router.callback_query.middleware(Once())
    router.callback_query.middleware(ShownPrice())
    pressed = OnResult.filter(F.action == Action.VARY)
    router.callback_query.register(vary, pressed, OnJob(), OnPicture())
    return router


async def vary(
    callback: CallbackQuery,
    picture: ShownPicture,
    visitor: Visitor,
    orders: Orders,
    offering: Offering,
) -> Job | None:
    model, options = offering.variation
    draft = Draft(
        work=Work.IMAGE_EDIT,
        pictures=(picture.source,),
        source=picture.job.id,
        words=picture.job.request.prompt.strip() or _WITHOUT_WORDS,
        options=options,
        model=model.endpoint,
    )
    job = await orders.place(visitor, draft, picture.anchor, callback.id)
    await callback.answer(visitor.say.plain("vary-started") if job else None)
    await picture.show_main(visitor.say, offering, picture.number)
    return job
