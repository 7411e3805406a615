import gc
import weakref

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramRetryAfter
from aiogram.methods import Response
from aiogram.types import Message

from infra.telegram.session import Session
from tests.infra.telegram.conftest import Disturb
from tests.person import Person


async def test_html_is_the_language_of_messages(bot: Bot, person: Person) -> None:
    """Texts are HTML unless they say otherwise."""
    message = await bot.send_message(person.id, "<b>apple</b>")
    assert message.text == "apple"


async def test_closing_the_session_closes_our_own_connections(bot: Bot, person: Person) -> None:
    """aiogram closes the session that we made, and our next call makes another."""
    await bot.send_message(person.id, "apple")
    session = bot.session
    assert isinstance(session, Session)
    ours = await session.create_session()
    await session.close()
    assert ours.closed
    assert await session.create_session() is not ours


async def test_flood_limits_are_waited_out(bot: Bot, person: Person, disturb: Disturb) -> None:
    """Telegram says how long, as often as it likes; then the same call goes through."""
    await disturb("sendMessage", status=429, retry_after=1, times=2)
    assert (await bot.send_message(person.id, "apple")).text == "apple"


async def test_a_limit_beyond_its_patience_is_the_callers(
    bot: Bot, person: Person, disturb: Disturb
) -> None:
    """A worker does not sit it out."""
    await disturb("sendMessage", status=429, retry_after=16)
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(person.id, "apple")


async def test_an_edit_that_changes_nothing_is_a_success(bot: Bot, person: Person) -> None:
    """The message is as it should be."""
    message = await bot.send_message(person.id, "apple")
    assert await message.edit_text("apple") is True


async def test_an_answer_that_nobody_waits_for_is_a_success(bot: Bot) -> None:
    """A press from long ago needs none any more."""
    assert await bot.answer_callback_query("1")


async def test_other_refusals_are_raised(bot: Bot, person: Person) -> None:
    """Only what is harmless passes for a success."""
    with pytest.raises(TelegramBadRequest, match="empty"):
        await bot.send_message(person.id, " ")


async def test_a_reply_outlives_the_message_that_it_answers(bot: Bot, person: Person) -> None:
    """Who deleted their message is answered all the same."""
    mine = await person.say("apple")
    message = await bot.send_message(person.id, "?")
    await message.delete()
    assert await message.reply("pear")
    assert mine["message_id"] < message.message_id


async def test_what_an_answer_looks_like_is_worked_out_once(bot: Bot, person: Person) -> None:
    """pydantic forgets a model that nobody holds; making that of a message anew costs each message milliseconds."""
    await bot.send_message(person.id, "apple")
    model = weakref.ref(Response[Message])
    gc.collect()
    assert model() is Response[Message]
