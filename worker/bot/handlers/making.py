"""/image, /video and the two buttons of the keyboard: with a prompt at once, without one by asking."""

from functools import partial

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from worker.bot.filters import Addressed
from worker.bot.open_card import open_card
from worker.bot.orders import Orders
from worker.bot.preferences import Preferences
from worker.bot.texts import Texts
from worker.bot.visitor import Visitor
from worker.jobs import Kind


def setup(texts: Texts) -> Router:
    router = Router(name="making")
    router.message.filter(F.text)
    for kind in Kind:
        labels = texts.everywhere(f"button-{kind}")
        router.message.register(partial(make, kind=kind), Command(kind, magic=F.args))
        router.message.register(partial(ask, kind=kind), Command(kind))
        router.message.register(partial(ask, kind=kind), F.text.in_(labels), Addressed())
    return router


async def make(
    message: Message, command: CommandObject, visitor: Visitor, orders: Orders, *, kind: Kind
) -> None:
    await orders.place(visitor, kind, command.args or "", message, str(message.message_id))


async def ask(
    message: Message, state: FSMContext, visitor: Visitor, preferences: Preferences, *, kind: Kind
) -> None:
    await open_card(message, state, preferences.card(visitor, kind))
