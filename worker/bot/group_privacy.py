"""Telegram's privacy mode in groups: https://core.telegram.org/bots/features#privacy-mode."""

from aiogram import Bot
from aiogram.enums import ChatMemberStatus


async def hears_everything(bot: Bot, chat_id: int) -> bool:
    """Tell whether the bot gets all messages of a group; else only commands, replies to it and service messages."""
    me = await bot.get_me()
    if me.can_read_all_group_messages:
        return True
    member = await bot.get_chat_member(chat_id, bot.id)
    return member.status == ChatMemberStatus.ADMINISTRATOR
