"""The menu of commands: https://core.telegram.org/bots/features#commands."""

from aiogram import Bot
from aiogram.types import BotCommand, BotCommandScopeChat

from infra.texts import RUSSIAN_READERS, Phrases, Texts

COMMANDS = (
    *("image", "video", "my", "status", "cancel", "settings", "presets"),
    *("lang", "ping", "help", "start"),
)

_REST_OF_THE_WORLD = "en"


def menu(say: Phrases) -> list[BotCommand]:
    return [
        BotCommand(command=command, description=say.plain(f"command-{command}"))
        for command in COMMANDS
    ]


async def set_commands(bot: Bot, texts: Texts) -> None:
    """Publish the menu in each language; doing so again changes nothing."""
    await bot.set_my_commands(menu(texts.speaking(_REST_OF_THE_WORLD)))
    for code in RUSSIAN_READERS:
        await bot.set_my_commands(menu(texts.speaking("ru")), language_code=code)


async def set_chat_commands(bot: Bot, chat_id: int, say: Phrases) -> None:
    """One chat's menu in the language that was chosen there."""
    await bot.set_my_commands(menu(say), scope=BotCommandScopeChat(chat_id=chat_id))
