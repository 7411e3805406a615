"""The menu of commands: https://core.telegram.org/bots/features#commands."""

from aiogram import Bot
from aiogram.types import BotCommand, BotCommandScopeChat

from worker.bot.texts import Phrases, Texts, telegram_language

COMMANDS = ("image", "video", "status", "lang", "ping", "help", "start")

# Every code for which our language is not the one that the rest of the world gets.
_RUSSIAN_MENUS = ("ru", "be", "uk", "kk")
_REST_OF_THE_WORLD = "en"


def menu(say: Phrases) -> list[BotCommand]:
    return [
        BotCommand(command=command, description=say.plain(f"command-{command}"))
        for command in COMMANDS
    ]


async def set_commands(bot: Bot, texts: Texts) -> None:
    """Publish the menu in each language; doing so again changes nothing."""
    await bot.set_my_commands(menu(texts.speaking(_REST_OF_THE_WORLD)))
    for code in _RUSSIAN_MENUS:
        say = texts.speaking(telegram_language(code))
        await bot.set_my_commands(menu(say), language_code=code)


async def set_chat_commands(bot: Bot, chat_id: int, say: Phrases) -> None:
    """One chat's menu in the language that was chosen there."""
    await bot.set_my_commands(menu(say), scope=BotCommandScopeChat(chat_id=chat_id))
