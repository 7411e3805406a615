"""/start and /help."""

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from worker.bot.commands import set_chat_commands
from worker.bot.current_user import Visitor
from worker.bot.filters import Command
from worker.bot.group_privacy import hears_everything
from worker.bot.services.settings_dialog import close_card
from worker.bot.views.keyboards import main_keyboard
from worker.users.allowlist import AccessList


def setup() -> Router:
    router = Router(name="conversation")
    router.message.filter(F.text)
    private = F.chat.type == ChatType.PRIVATE
    router.message.register(start, Command("start"), private)
    router.message.register(start_in_group, Command("start"))
    router.message.register(explain, Command("help"), private)
    router.message.register(explain_in_group, Command("help"))
    return router


async def start(
    message: Message, bot: Bot, state: FSMContext, visitor: Visitor, access: AccessList
) -> None:
    await close_card(message, state)
    name = message.from_user.first_name if message.from_user else ""
    keyboard = main_keyboard(visitor.say)
    await message.answer(visitor.say("start", name=name), reply_markup=keyboard)
    if visitor.person.id in access.admins:
        await set_chat_commands(bot, message.chat.id, visitor.say, for_admin=True)


async def start_in_group(message: Message, bot: Bot, state: FSMContext, visitor: Visitor) -> None:
    await close_card(message, state)
    await _say_in_group(message, bot, visitor, visitor.say("start-group"))


async def explain(message: Message, visitor: Visitor, access: AccessList) -> None:
    await message.answer(_help(visitor, access), reply_markup=main_keyboard(visitor.say))


async def explain_in_group(
    message: Message, bot: Bot, visitor: Visitor, access: AccessList
) -> None:
    await _say_in_group(message, bot, visitor, _help(visitor, access))


def _help(visitor: Visitor, access: AccessList) -> str:
    lines = [visitor.say("help")]
    if visitor.person.id in access.admins:
        lines.append(visitor.say("help-admin"))
    return "\n\n".join(lines)


async def _say_in_group(message: Message, bot: Bot, visitor: Visitor, text: str) -> None:
    """With what reaches the bot there."""
    everything = await hears_everything(bot, message.chat.id)
    reach = visitor.say("group-everything" if everything else "group-privacy")
    await message.answer(f"{text}\n\n{reach}")
