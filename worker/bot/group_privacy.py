"""What of a group's talk Telegram gives to the bot: https://core.telegram.org/bots/features#privacy-mode."""

from aiogram import Bot
from aiogram.enums import ChatMemberStatus


async def hears_everything(bot: Bot, chat_id: int) -> bool:
    """Whether all that is said there; else only commands, replies to the bot and notices, and no mention."""
    me = await bot.get_me()
    if me.can_read_all_group_messages:
        return True
    member = await bot.get_chat_member(chat_id, bot.id)
    return member.status == ChatMemberStatus.ADMINISTRATOR
