"""/start and /help."""

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from worker.bot.commands import set_chat_commands
from worker.bot.current_user import CurrentUser
from worker.bot.filters import Command
from worker.bot.group_privacy import hears_everything
from worker.bot.services.helper_dialog import HelperDialog
from worker.bot.services.settings_dialog import close_card
from worker.bot.views.keyboards import main_keyboard
from worker.prompt_helper.transcription import MAX_SECONDS, Listener
from worker.users.allowlist import AccessList


def setup() -> Router:
    router = Router(name="conversation")
    router.message.filter(F.text)
    private = F.chat.type == ChatType.PRIVATE
    router.message.register(start, Command("start"), private)
    router.message.register(start_in_group, Command("start"))
    router.message.register(explain, Command("help"))
    return router


async def start(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    message: Message,
    bot: Bot,
    state: FSMContext,
    current_user: CurrentUser,
    access: AccessList,
    listener: Listener | None,
) -> None:
    await close_card(message, state)
    name = message.from_user.first_name if message.from_user else ""
    text = current_user.t("start", name=name, voice="on" if listener else "off")
    await message.answer(text, reply_markup=main_keyboard(current_user.t))
    if current_user.user.id in access.admins:
        await set_chat_commands(bot, message.chat.id, current_user.t, for_admin=True)


async def start_in_group(
    message: Message, bot: Bot, state: FSMContext, current_user: CurrentUser
) -> None:
    await close_card(message, state)
    await _say_in_group(message, bot, current_user, current_user.t("start-group"))


async def explain(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    message: Message,
    bot: Bot,
    current_user: CurrentUser,
    access: AccessList,
    listener: Listener | None,
    helper_dialog: HelperDialog | None,
) -> None:
    t, me = current_user.t, await bot.me()
    parts = [t("help")]
    if listener:
        parts.append(t("help-voice", minutes=MAX_SECONDS // 60))
    if helper_dialog:
        parts.append(t("help-helper"))
    if me.supports_inline_queries:
        parts.append(t("help-inline", bot=me.username or ""))
    if current_user.user.id in access.admins:
        parts.append(t("help-admin"))
    text = "\n\n".join(parts)
    if message.chat.type == ChatType.PRIVATE:
        await message.answer(text, reply_markup=main_keyboard(t))
    else:
        await _say_in_group(message, bot, current_user, text)


async def _say_in_group(message: Message, bot: Bot, current_user: CurrentUser, text: str) -> None:
    """Send a text, and say which messages of the group reach the bot."""
    everything = await hears_everything(bot, message.chat.id)
    reach = current_user.t("group-everything" if everything else "group-privacy")
    await message.answer(f"{text}\n\n{reach}")
