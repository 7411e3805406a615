import asyncio
import time

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramConflictError

from tests.user import User


async def test_a_poll_waits_for_news(fresh_bot: Bot, stranger: User) -> None:
    """getUpdates with a timeout answers as soon as a person writes."""
    polling = asyncio.create_task(fresh_bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    await stranger.say("/image a red apple")
    (update,) = await asyncio.wait_for(polling, 5)
    assert update.message
    assert update.message.text == "/image a red apple"
    assert update.message.entities
    assert update.message.entities[0].type == "bot_command"
    assert update.message.from_user
    assert update.message.from_user.language_code == "ru"


async def test_a_quiet_poll_ends_with_nothing(fresh_bot: Bot) -> None:
    """The timeout is in seconds, and an empty answer comes after it."""
    began = time.monotonic()
    assert await fresh_bot.get_updates(timeout=1) == []
    assert 0.9 < time.monotonic() - began < 3


async def test_an_update_comes_until_it_is_confirmed(fresh_bot: Bot, stranger: User) -> None:
    """An offset confirms what is below it; without one the same updates come again."""
    for word in ("one", "two", "three"):
        await stranger.say(word)
    first, second, third = await fresh_bot.get_updates()
    assert [update.update_id for update in await fresh_bot.get_updates(limit=2)] == [
        first.update_id,
        second.update_id,
    ]
    assert [update.update_id for update in await fresh_bot.get_updates(offset=third.update_id)] == [
        third.update_id
    ]
    assert await fresh_bot.get_updates(offset=third.update_id + 1) == []


async def test_a_negative_offset_keeps_the_last(fresh_bot: Bot, stranger: User) -> None:
    """offset=-1 forgets all but the newest update."""
    for word in ("one", "two"):
        await stranger.say(word)
    (update,) = await fresh_bot.get_updates(offset=-1)
    assert update.message
    assert update.message.text == "two"


async def test_only_the_kinds_asked_for_come(fresh_bot: Bot, user: User) -> None:
    """allowed_updates holds from then on, and for later polls that do not name it."""
    (started,) = await fresh_bot.get_updates(allowed_updates=["edited_message"])
    await fresh_bot.get_updates(offset=started.update_id + 1)
    said = await user.say("ignored")
    await user.edit(said, "heard")
    updates = await fresh_bot.get_updates()
    assert [update.edited_message.text for update in updates if update.edited_message] == ["heard"]


async def test_a_second_poll_ends_the_first(fresh_bot: Bot) -> None:
    """One bot polls in one place: the older poll gets a 409."""
    older = asyncio.create_task(fresh_bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    newer = asyncio.create_task(fresh_bot.get_updates(timeout=1))
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await older
    assert await newer == []


async def test_there_is_no_polling_beside_a_webhook(fresh_bot: Bot) -> None:
    """setWebhook ends a poll under way, and none begins until deleteWebhook."""
    polling = asyncio.create_task(fresh_bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    await fresh_bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(TelegramConflictError, match="terminated by setWebhook request"):
        await polling
    with pytest.raises(TelegramConflictError, match="while webhook is active"):
        await fresh_bot.get_updates()
    await fresh_bot.delete_webhook()
    assert await fresh_bot.get_updates() == []
