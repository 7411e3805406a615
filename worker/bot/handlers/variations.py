"""Variations of a picture."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from infra.fal.model import Work
from worker.bot.callback_data import Action, OnResult
from worker.bot.current_user import CurrentUser
from worker.bot.debounce import Debounce
from worker.bot.draft import Draft
from worker.bot.filters import OnJob, OnPicture
from worker.bot.options.catalog import OptionCatalog
from worker.bot.price_check import PriceCheck
from worker.bot.services.job_message import ResultImage
from worker.bot.services.orders import Orders
from worker.model import Job


def setup() -> Router:
    router = Router(name="varying")
    router.callback_query.middleware(Debounce())
    router.callback_query.middleware(PriceCheck())
    pressed = OnResult.filter(F.action == Action.VARY)
    router.callback_query.register(vary, pressed, OnJob(), OnPicture())
    return router


async def vary(
    callback: CallbackQuery,
    picture: ResultImage,
    current_user: CurrentUser,
    orders: Orders,
    catalog: OptionCatalog,
) -> Job | None:
    model, options = catalog.variation
    draft = Draft(
        work=Work.IMAGE_EDIT,
        pictures=(picture.source,),
        source=picture.job.id,
        source_file=picture.number,
        words=picture.job.request.prompt.strip() or current_user.t.plain("vary-without-words"),
        options=options,
        model=model.endpoint,
    )
    job = await orders.place(current_user, draft, picture.reply_to, callback.id)
    await callback.answer(current_user.t.plain("vary-started") if job else None)
    await picture.show_main(catalog, picture.number)
    return job
