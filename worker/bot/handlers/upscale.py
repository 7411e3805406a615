"""Upscaling of a picture, within the limits of the model and our own."""

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
from worker.bot.views.result_questions import ask_scale_keyboard, scales
from worker.model import Job


def setup() -> Router:
    router = Router(name="upscaling")
    asking = Router(name="scales")
    undecided = OnResult.filter((F.action == Action.UPSCALE) & F.scale.is_(None))
    asking.callback_query.register(ask_scale, undecided, OnJob(), OnPicture())
    enlarging = Router(name="enlarging")
    enlarging.callback_query.middleware(Debounce())
    enlarging.callback_query.middleware(PriceCheck())
    decided = OnResult.filter((F.action == Action.UPSCALE) & F.scale)
    enlarging.callback_query.register(enlarge, decided, OnJob(), OnPicture())
    router.include_routers(asking, enlarging)
    return router


async def ask_scale(
    callback: CallbackQuery, picture: ResultImage, current_user: CurrentUser, catalog: OptionCatalog
) -> None:
    if not scales(catalog, picture.file):
        await callback.answer(current_user.t.plain("too-large-to-upscale"), show_alert=True)
        return
    await callback.answer(current_user.t.plain("ask-scale"))
    keyboard = ask_scale_keyboard(picture.t, catalog, picture.job, picture.number)
    await picture.ask(picture.t("ask-scale"), keyboard)


async def enlarge(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    callback_data: OnResult,
    picture: ResultImage,
    current_user: CurrentUser,
    orders: Orders,
    catalog: OptionCatalog,
) -> Job | None:
    scale = callback_data.scale or 1
    if scale not in scales(catalog, picture.file):
        await callback.answer(current_user.t.plain("too-large-to-upscale"), show_alert=True)
        return None
    draft = Draft(
        work=Work.UPSCALE,
        pictures=(picture.source,),
        source=picture.job.id,
        source_file=picture.number,
        words=picture.job.request.prompt,
        options={"scale": scale},
    )
    job = await orders.place(current_user, draft, picture.reply_to, callback.id)
    await callback.answer(current_user.t.plain("upscale-started") if job else None)
    await picture.show_main(catalog, picture.number)
    return job
