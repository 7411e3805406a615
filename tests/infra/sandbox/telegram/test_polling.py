import asyncio
import time

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramConflictError

from tests.user import User


async def test_long_poll_returns_new_updates(fresh_bot: Bot, stranger: User) -> None:
    """getUpdates with a timeout returns as soon as a user writes."""
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


async def test_idle_poll_ends_empty(fresh_bot: Bot) -> None:
    """The timeout is in seconds, and an empty answer follows it."""
    began = time.monotonic()
    assert await fresh_bot.get_updates(timeout=1) == []
    assert 0.9 < time.monotonic() - began < 3


async def test_update_repeats_until_confirmed(fresh_bot: Bot, stranger: User) -> None:
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


async def test_negative_offset_keeps_the_last(fresh_bot: Bot, stranger: User) -> None:
    """offset=-1 drops all but the newest update."""
    for word in ("one", "two"):
        await stranger.say(word)
    (update,) = await fresh_bot.get_updates(offset=-1)
    assert update.message
    assert update.message.text == "two"


async def test_allowed_updates_filters_a_poll(fresh_bot: Bot, user: User) -> None:
    """allowed_updates applies from then on, also to later polls without it."""
    (started,) = await fresh_bot.get_updates(allowed_updates=["edited_message"])
    await fresh_bot.get_updates(offset=started.update_id + 1)
    said = await user.say("ignored")
    await user.edit(said, "heard")
    updates = await fresh_bot.get_updates()
    assert [update.edited_message.text for update in updates if update.edited_message] == ["heard"]


async def test_second_poll_ends_the_first(fresh_bot: Bot) -> None:
    """The older of two polls gets a 409."""
    older = asyncio.create_task(fresh_bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    newer = asyncio.create_task(fresh_bot.get_updates(timeout=1))
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await older
    assert await newer == []


async def test_polling_is_refused_while_a_webhook_is_set(fresh_bot: Bot) -> None:
    """setWebhook ends a running poll, and no other starts until deleteWebhook."""
    polling = asyncio.create_task(fresh_bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    await fresh_bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(TelegramConflictError, match="terminated by setWebhook request"):
        await polling
    with pytest.raises(TelegramConflictError, match="while webhook is active"):
        await fresh_bot.get_updates()
    await fresh_bot.delete_webhook()
    assert await fresh_bot.get_updates() == []
