import gc
import weakref

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramRetryAfter
from aiogram.methods import Response
from aiogram.types import Message

from infra.telegram.session import Session
from tests.infra.telegram.conftest import Disturb
from tests.user import User


async def test_html_is_the_language_of_messages(bot: Bot, user: User) -> None:
    """Texts are HTML unless they say otherwise."""
    message = await bot.send_message(user.id, "<b>apple</b>")
    assert message.text == "apple"


async def test_closing_the_session_closes_our_own_connections(bot: Bot, user: User) -> None:
    """aiogram closes the session that we made, and our next call makes another."""
    await bot.send_message(user.id, "apple")
    session = bot.session
    assert isinstance(session, Session)
    ours = await session.create_session()
    await session.close()
    assert ours.closed
    assert await session.create_session() is not ours


async def test_flood_limits_are_waited_out(bot: Bot, user: User, disturb: Disturb) -> None:
    """Telegram says how long, as often as it likes; then the same call goes through."""
    await disturb("sendMessage", status=429, retry_after=1, times=2)
    assert (await bot.send_message(user.id, "apple")).text == "apple"


async def test_a_limit_beyond_its_patience_is_the_callers(
    bot: Bot, user: User, disturb: Disturb
) -> None:
    """A worker does not sit it out."""
    await disturb("sendMessage", status=429, retry_after=16)
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(user.id, "apple")


async def test_an_edit_that_changes_nothing_is_a_success(bot: Bot, user: User) -> None:
    """The message is as it should be."""
    message = await bot.send_message(user.id, "apple")
    assert await message.edit_text("apple") is True


async def test_an_answer_that_nobody_waits_for_is_a_success(bot: Bot) -> None:
    """A press from long ago needs none any more."""
    assert await bot.answer_callback_query("1")


async def test_other_refusals_are_raised(bot: Bot, user: User) -> None:
    """Only what is harmless passes for a success."""
    with pytest.raises(TelegramBadRequest, match="empty"):
        await bot.send_message(user.id, " ")


async def test_a_reply_outlives_the_message_that_it_answers(bot: Bot, user: User) -> None:
    """Who deleted their message is answered all the same."""
    mine = await user.say("apple")
    message = await bot.send_message(user.id, "?")
    await message.delete()
    assert await message.reply("pear")
    assert mine["message_id"] < message.message_id


async def test_what_an_answer_looks_like_is_worked_out_once(bot: Bot, user: User) -> None:
    """pydantic forgets a model that nobody holds; making that of a message anew costs each message milliseconds."""
    await bot.send_message(user.id, "apple")
    model = weakref.ref(Response[Message])
    gc.collect()
    assert model() is Response[Message]
