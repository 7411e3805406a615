"""The menu of commands: https://core.telegram.org/bots/features#commands."""

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand, BotCommandScopeChat
from loguru import logger

from infra.i18n import FOREIGN, RUSSIAN_READERS, Phrases, Texts
from worker.users.store import UserStore

COMMANDS = (
    *("image", "video", "my", "status", "cancel", "settings", "presets", "money"),
    *("lang", "ping", "help", "start"),
)


def menu(t: Phrases, *, for_admin: bool = False) -> list[BotCommand]:
    commands = (*COMMANDS, "admin") if for_admin else COMMANDS
    return [
        BotCommand(command=command, description=t.plain(f"command-{command}"))
        for command in commands
    ]


async def set_commands(bot: Bot, texts: Texts, users: UserStore, admins: frozenset[int]) -> None:
    """Publish the menu in each language and in each admin's chat; a repetition changes nothing.

    The chats of former admins get the menu of everybody.
    """
    await bot.set_my_commands(menu(texts.speaking(FOREIGN)))
    # Telegram takes codes of two letters.
    codes = {*RUSSIAN_READERS, *(language[:2] for language in texts.languages)}
    for code in sorted(codes - {FOREIGN}):
        t = texts.speaking(texts.of_telegram(code))
        await bot.set_my_commands(menu(t), language_code=code)
    # An admin who has never written to the bot has no chat yet; /start sets its menu.
    known = await users.get_many(sorted(admins & await users.known()))
    for admin in known.values():
        await set_chat_commands(bot, admin.id, texts.speaking(admin.speaks), for_admin=True)
    former = await users.get_many(sorted(await users.admins_before() - admins))
    unchanged = {
        user.id
        for user in former.values()
        if not await set_chat_commands(bot, user.id, texts.speaking(user.speaks), for_admin=False)
    }
    await users.remember_admins(admins | unchanged)


async def set_chat_commands(bot: Bot, chat_id: int, t: Phrases, *, for_admin: bool) -> bool:
    """Set the menu of one private chat; return False if Telegram refuses, because the bot works without a menu."""
    commands = menu(t, for_admin=for_admin)
    try:
        await bot.set_my_commands(commands, scope=BotCommandScopeChat(chat_id=chat_id))
    except TelegramAPIError as refusal:
        logger.warning(
            "failed to set the command menu of chat {}: {}", chat_id, type(refusal).__name__
        )
        return False
    return True
