"""/start and /help."""

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from worker.access import AccessList
from worker.bot.commands import set_chat_commands
from worker.bot.filters import Command
from worker.bot.keyboards import main_keyboard
from worker.bot.open_card import close_card
from worker.bot.visitor import Visitor


def setup() -> Router:
    router = Router(name="conversation")
    router.message.filter(F.text)
    router.message.register(start, Command("start"))
    router.message.register(explain, Command("help"))
    return router


async def start(message: Message, state: FSMContext, visitor: Visitor, access: AccessList) -> None:
    await close_card(message, state)
    name = message.from_user.first_name if message.from_user else ""
    await _greet(message, visitor, visitor.say("start", name=name))
    if visitor.person.id in access.admins and _is_private(message) and message.bot:
        await set_chat_commands(message.bot, message.chat.id, visitor.say, for_admin=True)


async def explain(message: Message, visitor: Visitor, access: AccessList) -> None:
    lines = [visitor.say("help")]
    if visitor.person.id in access.admins:
        lines.append(visitor.say("help-admin"))
    await _greet(message, visitor, "\n\n".join(lines))


async def _greet(message: Message, visitor: Visitor, text: str) -> None:
    keyboard = main_keyboard(visitor.say) if _is_private(message) else None
    await message.answer(text, reply_markup=keyboard)


def _is_private(message: Message) -> bool:
    return message.chat.type == ChatType.PRIVATE
