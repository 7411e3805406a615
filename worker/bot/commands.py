"""The menu of commands: https://core.telegram.org/bots/features#commands."""

from aiogram import Bot
from aiogram.types import BotCommand, BotCommandScopeChat

from infra.texts import FOREIGN, RUSSIAN_READERS, Phrases, Texts

COMMANDS = (
    *("image", "video", "my", "status", "cancel", "settings", "presets"),
    *("lang", "ping", "help", "start"),
)


def menu(say: Phrases) -> list[BotCommand]:
    return [
        BotCommand(command=command, description=say.plain(f"command-{command}"))
        for command in COMMANDS
    ]


async def set_commands(bot: Bot, texts: Texts) -> None:
    """Publish the menu in each language; doing so again changes nothing."""
    await bot.set_my_commands(menu(texts.speaking(FOREIGN)))
    # Telegram takes codes of two letters.
    codes = {*RUSSIAN_READERS, *(language[:2] for language in texts.languages)}
    for code in sorted(codes - {FOREIGN}):
        say = texts.speaking(texts.of_telegram(code))
        await bot.set_my_commands(menu(say), language_code=code)


async def set_chat_commands(bot: Bot, chat_id: int, say: Phrases) -> None:
    """One chat's menu in the language that was chosen there."""
    await bot.set_my_commands(menu(say), scope=BotCommandScopeChat(chat_id=chat_id))
