"""https://core.telegram.org/bots/api#sendmessagedraft"""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest

from tests.user import User, create_group


async def test_a_draft_is_shown_while_it_is_written(bot: Bot, user: User) -> None:
    """The person's app is told its words, their look, and that it can be stopped; the chat keeps nothing."""
    before = await user.messages()
    text = "<b>Thin</b>king"
    await bot.send_message_draft(user.id, 7, text=text, parse_mode="HTML", can_stop=True)
    draft = await user.wait_for_event(lambda event: event["type"] == "draft")
    assert (draft["draft_id"], draft["text"], draft["can_stop"]) == (7, "Thinking", True)
    assert draft["entities"] == [{"type": "bold", "offset": 0, "length": 4}]
    assert await user.messages() == before


async def test_a_draft_is_stopped(fresh_bot: Bot, user: User) -> None:
    """Its stop button tells the bot which one."""
    await user.stop_draft(7)
    stopped = (await fresh_bot.get_updates(offset=-1))[0].stopped_message_generation
    assert stopped
    assert (stopped.chat.id, stopped.draft_id) == (user.id, 7)


async def test_a_draft_is_for_a_private_chat(bot: Bot, telegram: str, user: User) -> None:
    """A group has none, and each has a number."""
    group = await create_group(telegram, "Team", [user])
    with pytest.raises(TelegramBadRequest, match="private chat"):
        await bot.send_message_draft(group["id"], 1, text="Thin")
    with pytest.raises(TelegramBadRequest, match="RANDOM_ID_INVALID"):
        await bot.send_message_draft(user.id, 0, text="Thin")
