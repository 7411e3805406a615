import gc
import weakref

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import Response
from aiogram.types import Message

from infra.telegram.session import Session
from tests.user import User


async def test_default_parse_mode_is_html(bot: Bot, user: User) -> None:
    """The default parse mode is HTML."""
    message = await bot.send_message(user.id, "<b>apple</b>")
    assert message.text == "apple"


async def test_closed_session_is_reopened(bot: Bot, user: User) -> None:
    """aiogram closes our session, and the next call opens another."""
    await bot.send_message(user.id, "apple")
    session = bot.session
    assert isinstance(session, Session)
    ours = await session.create_session()
    await session.close()
    assert ours.closed
    assert await session.create_session() is not ours


@pytest.mark.slow
async def test_edit_without_a_change_is_a_success(bot: Bot, user: User) -> None:
    """The message already has this content."""
    message = await bot.send_message(user.id, "apple")
    assert await message.edit_text("apple") is True


async def test_answer_to_an_expired_press_is_a_success(bot: Bot) -> None:
    """An expired press needs no answer."""
    assert await bot.answer_callback_query("1")


async def test_other_refusals_are_raised(bot: Bot, user: User) -> None:
    """Only harmless refusals count as success."""
    with pytest.raises(TelegramBadRequest, match="empty"):
        await bot.send_message(user.id, " ")


async def test_reply_to_a_deleted_message_is_sent(bot: Bot, user: User) -> None:
    """A user who deleted their message still gets an answer."""
    mine = await user.say("apple")
    message = await bot.send_message(user.id, "?")
    await message.delete()
    assert await message.reply("pear")
    assert mine["message_id"] < message.message_id


@pytest.mark.slow
async def test_response_models_are_built_once(bot: Bot, user: User) -> None:
    """pydantic drops a model without references; rebuilding that of a message costs milliseconds per message."""
    await bot.send_message(user.id, "apple")
    model = weakref.ref(Response[Message])
    gc.collect()
    assert model() is Response[Message]
