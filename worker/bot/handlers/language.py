"""/lang: the user's language."""

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Message

from infra.i18n import Texts
from worker.bot.callback_data import ChooseLanguage
from worker.bot.commands import set_chat_commands
from worker.bot.current_user import CurrentUser
from worker.bot.filters import Command, OnMessage
from worker.bot.views.keyboards import language_keyboard, main_keyboard
from worker.users.allowlist import AccessList
from worker.users.store import UserStore


def setup() -> Router:
    router = Router(name="language")
    router.message.register(ask, F.text, Command("lang"))
    router.callback_query.register(choose, ChooseLanguage.filter(), OnMessage())
    return router


async def ask(message: Message, current_user: CurrentUser, texts: Texts) -> None:
    keyboard = language_keyboard(texts, current_user.t.language, current_user.user.id)
    await message.reply(current_user.t("ask-language"), reply_markup=keyboard)


async def choose(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    callback_data: ChooseLanguage,
    card: Message,
    users: UserStore,
    texts: Texts,
    access: AccessList,
) -> None:
    t = texts.speaking(callback_data.language)
    await callback.answer(t.plain("language-set"))
    await users.set_language(callback.from_user.id, t.language)
    keyboard = language_keyboard(texts, t.language, callback.from_user.id)
    await card.edit_text(t("ask-language"), reply_markup=keyboard)
    if card.chat.type == ChatType.PRIVATE and card.bot:
        await card.answer(t("language-set"), reply_markup=main_keyboard(t))
        is_admin = callback.from_user.id in access.admins
        await set_chat_commands(card.bot, card.chat.id, t, for_admin=is_admin)
