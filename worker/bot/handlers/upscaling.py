"""A picture larger, by as many times as its model and our own limits allow."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from infra.fal.models import Work
from worker.bot.callbacks import Action, OnResult
from worker.bot.filters import OnJob, OnPicture
from worker.bot.orders import Order, Orders
from worker.bot.preferences import Preferences
from worker.bot.presses import Once
from worker.bot.result_card import ask_scale_keyboard, can_grow, result_keyboard
from worker.bot.shown import ShownPicture
from worker.bot.visitor import Visitor


def setup() -> Router:
    router = Router(name="upscaling")
    asking = Router(name="scales")
    undecided = OnResult.filter((F.action == Action.UPSCALE) & F.scale.is_(None))
    asking.callback_query.register(ask_scale, undecided, OnJob(), OnPicture())
    enlarging = Router(name="enlarging")
    enlarging.callback_query.middleware(Once())
    decided = OnResult.filter((F.action == Action.UPSCALE) & F.scale)
    enlarging.callback_query.register(enlarge, decided, OnJob(), OnPicture())
    router.include_routers(asking, enlarging)
    return router


async def ask_scale(
    callback: CallbackQuery, picture: ShownPicture, visitor: Visitor, preferences: Preferences
) -> None:
    scales = _scales(picture, preferences)
    if not scales:
        await callback.answer(visitor.say.plain("too-large-to-upscale"), show_alert=True)
        return
    await callback.answer(visitor.say.plain("ask-scale"))
    await picture.show(ask_scale_keyboard(visitor.say, picture.job, picture.number, scales))


async def enlarge(
    callback: CallbackQuery,
    callback_data: OnResult,
    picture: ShownPicture,
    visitor: Visitor,
    orders: Orders,
) -> None:
    scale = callback_data.scale or 1
    if not can_grow(picture.file, scale):
        await callback.answer(visitor.say.plain("too-large-to-upscale"), show_alert=True)
        return
    await callback.answer(visitor.say.plain("upscale-started"))
    order = Order(
        Work.UPSCALE,
        picture.job.request.prompt,
        options={"scale": scale},
        pictures=(picture.source,),
        source=picture.job.id,
    )
    await orders.place(visitor, order, picture.anchor, callback.id)
    await picture.show(result_keyboard(visitor.say, picture.job))


def _scales(picture: ShownPicture, preferences: Preferences) -> list[int]:
    offered = preferences.offering.choices(Work.UPSCALE, {}).get("scale", ())
    return [int(scale) for scale in offered if can_grow(picture.file, int(scale))]
