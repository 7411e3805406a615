import asyncio

import pytest
from aiogram import Bot
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from tests.user import User


async def test_failed_wait_shows_the_chat(bot: Bot, user: User) -> None:
    """A failed wait shows the whole chat in its error."""
    row = [InlineKeyboardButton(text="No", callback_data="no")]
    markup = InlineKeyboardMarkup(inline_keyboard=[row])
    await bot.send_message(user.id, "Something else", reply_markup=markup)
    with pytest.raises(AssertionError, match=r"(?s)/start.*bot: Something else <No>"):
        await user.wait_for_text("Nothing", timeout=0.05)


async def test_only_what_follows_the_last_action_counts(bot: Bot, user: User) -> None:
    """A reply to an earlier message is not the reply to this one."""
    await bot.send_message(user.id, "pong 1")
    await user.say("/ping")
    waiting = asyncio.create_task(user.wait_for_text("pong"))
    await asyncio.sleep(0.05)
    await bot.send_message(user.id, "pong 2")
    assert (await waiting)["text"] == "pong 2"


async def test_past_state_is_still_found(bot: Bot, user: User) -> None:
    """Every version of an edited message counts, also a short-lived one."""
    sent = await bot.send_message(user.id, "Queued")
    await sent.edit_text("Running")
    await sent.edit_text("Done")
    assert (await user.wait_for_text("Running"))["message_id"] == sent.message_id
    assert (await user.wait_for_text("Done"))["message_id"] == sent.message_id


async def test_missing_button_cannot_be_pressed(bot: Bot, user: User) -> None:
    """The error names the existing buttons."""
    await bot.send_message(user.id, "No buttons")
    with pytest.raises(AssertionError, match="No button 'Yes' among"):
        await user.press(await user.last_from_bot(), "Yes")
