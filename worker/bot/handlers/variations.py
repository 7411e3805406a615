"""Four more like this picture."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from infra.fal.model import Work
from worker.bot.callback_data import Action, OnResult
from worker.bot.current_user import Visitor
from worker.bot.debounce import Once
from worker.bot.draft import Draft
from worker.bot.filters import OnJob, OnPicture
from worker.bot.options.catalog import Offering
from worker.bot.price_check import ShownPrice
from worker.bot.services.job_message import ShownPicture
from worker.bot.services.job_requests import Orders
from worker.model import Job

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
