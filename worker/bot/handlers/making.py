"""/image, /video and the two buttons of the keyboard: with a prompt at once, without one by asking."""

from functools import partial

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from infra.fal.models import Work
from worker.bot.filters import Addressed
from worker.bot.offering import FROM_WORDS
from worker.bot.open_card import open_card
from worker.bot.orders import Order, Orders
from worker.bot.preferences import Preferences
from worker.bot.texts import Texts
from worker.bot.visitor import Visitor


def setup(texts: Texts) -> Router:
    router = Router(name="making")
    router.message.filter(F.text)
    for work in FROM_WORDS:
        labels = texts.everywhere(f"button-{work}")
        router.message.register(partial(make, work=work), Command(work, magic=F.args))
        router.message.register(partial(ask, work=work), Command(work))
        router.message.register(partial(ask, work=work), F.text.in_(labels), Addressed())
    return router


async def make(
    message: Message, command: CommandObject, visitor: Visitor, orders: Orders, *, work: Work
) -> None:
    await orders.place(visitor, Order(work, command.args or ""), message, str(message.message_id))


async def ask(
    message: Message, state: FSMContext, visitor: Visitor, preferences: Preferences, *, work: Work
) -> None:
    await open_card(message, state, preferences.card(visitor, work))
