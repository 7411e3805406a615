"""https://core.telegram.org/bots/api#sendmessagedraft"""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest

from tests.user import User, create_group


async def test_draft_is_shown_while_it_is_written(bot: Bot, user: User) -> None:
    """The user's app gets its text, its formatting, and that it can be stopped; the chat stores nothing."""
    before = await user.messages()
    text = "<b>Thin</b>king"
    await bot.send_message_draft(user.id, 7, text=text, parse_mode="HTML", can_stop=True)
    draft = await user.wait_for_event(lambda event: event["type"] == "draft")
    assert (draft["draft_id"], draft["text"], draft["can_stop"]) == (7, "Thinking", True)
    assert draft["entities"] == [{"type": "bold", "offset": 0, "length": 4}]
    assert await user.messages() == before


async def test_draft_is_stopped(fresh_bot: Bot, user: User) -> None:
    """The stop button sends an update with the draft's number."""
    await user.stop_draft(7)
    stopped = (await fresh_bot.get_updates(offset=-1))[0].stopped_message_generation
    assert stopped
    assert (stopped.chat.id, stopped.draft_id) == (user.id, 7)


async def test_drafts_are_for_private_chats(bot: Bot, telegram: str, user: User) -> None:
    """A group has no drafts, and each draft needs a number."""
    group = await create_group(telegram, "Team", [user])
    with pytest.raises(TelegramBadRequest, match="private chat"):
        await bot.send_message_draft(group["id"], 1, text="Thin")
    with pytest.raises(TelegramBadRequest, match="RANDOM_ID_INVALID"):
        await bot.send_message_draft(user.id, 0, text="Thin")
