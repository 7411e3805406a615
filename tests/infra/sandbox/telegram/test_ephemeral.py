"""Ephemeral messages: https://core.telegram.org/bots/api#ephemeral-messages-and-commands"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramNotFound
from aiogram.types import (
    EphemeralMessageParameters,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyParameters,
)

from infra.sandbox.telegram.sandbox import SandboxSettings
from tests.infra.sandbox.telegram.conftest import TOKEN
from tests.infra.sandbox.telegram.server import serve
from tests.user import User, create_group, create_user, words

BUTTONS = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="Ask", callback_data="ask")]]
)


@pytest.fixture
async def group(telegram: str, user: User) -> User:
    """The user in a group of two users where the bot is an administrator."""
    group = user.in_chat(await create_group(telegram, "Studio", [user, User(telegram, 1002)]))
    await group.make_bot("administrator")
    return group


def only_for(user: User, press: str | None = None) -> EphemeralMessageParameters:
    return EphemeralMessageParameters(receiver_user_id=user.id, callback_query_id=press)


async def seen(user: User) -> list[str]:
    return [words(message) for message in await user.from_bot()]


async def test_only_its_receiver_sees_the_message(bot: Bot, telegram: str, group: User) -> None:
    """It is edited and deleted by its own id; its message_id is 0."""
    receiver, other = only_for(group), User(telegram, 1002, chat_id=group.chat_id)
    sent = await bot.send_message(group.chat_id, "Secret", ephemeral_message_parameters=receiver)
    assert sent.message_id == 0
    assert sent.ephemeral_message_id
    assert sent.receiver_user
    assert sent.receiver_user.id == group.id
    assert await seen(group) == ["Secret"]
    about = (group.chat_id, group.id, sent.ephemeral_message_id)
    await bot.edit_ephemeral_message_text(*about, text="Changed")
    assert await seen(group) == ["Changed"]
    assert await seen(other) == []
    await bot.delete_ephemeral_message(*about)
    assert await seen(group) == []
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_ephemeral_message_text(*about, text="Again")
    await other.close()


async def test_member_bot_answers_only_a_press(fresh_bot: Bot, group: User) -> None:
    """Without being an administrator, the bot may answer a press of the receiver, and nothing else."""
    bot = fresh_bot
    await group.make_bot("member")
    with pytest.raises(TelegramBadRequest, match="CHAT_ADMIN_REQUIRED"):
        await bot.send_message(group.chat_id, "No", ephemeral_message_parameters=only_for(group))
    card = await bot.send_message(group.chat_id, "Card", reply_markup=BUTTONS)
    press = await group.press((await group.messages())[-1], "ask")
    await bot.send_message(
        group.chat_id, "Yes", ephemeral_message_parameters=only_for(group, press)
    )
    assert await seen(group) == ["Card", "Yes"]
    with pytest.raises(TelegramBadRequest, match="QUERY_ID_INVALID"):
        await bot.send_message(
            group.chat_id, "No", ephemeral_message_parameters=only_for(group, "1")
        )
    assert card.message_id


async def test_reply_to_an_ephemeral_message_reaches_only_the_bot(
    fresh_bot: Bot, telegram: str, group: User
) -> None:
    """Its message_id is 0, and a member bot may answer it; a press on a button of one names it."""
    bot, other = fresh_bot, User(telegram, 1002, chat_id=group.chat_id)
    await bot.send_message(
        group.chat_id, "Why?", ephemeral_message_parameters=only_for(group), reply_markup=BUTTONS
    )
    asked = (await group.messages())[-1]
    await group.say("Because", reply_to=asked["message_id"])
    await group.press(asked, "ask")
    await group.make_bot("member")
    updates = await bot.get_updates()
    messages = [update.message for update in updates if update.message]
    answer = next(message for message in messages if message.text == "Because")
    press = next(update.callback_query for update in updates if update.callback_query)
    assert answer.message_id == 0
    assert answer.ephemeral_message_id
    assert press.message
    assert press.message.message_id == 0
    assert [words(each) for each in await other.messages()][-1:] != ["Because"]
    await bot.send_message(
        group.chat_id,
        "I see",
        ephemeral_message_parameters=only_for(group),
        reply_parameters=ReplyParameters(ephemeral_message_id=answer.ephemeral_message_id),
    )
    assert await seen(group) == ["Why?", "I see"]
    await other.close()


async def test_ephemeral_message_in_a_private_chat(bot: Bot, user: User) -> None:
    """Only groups have them, and only for their members."""
    with pytest.raises(TelegramBadRequest, match="only to group"):
        await bot.send_message(user.id, "No", ephemeral_message_parameters=only_for(user))


async def test_receiver_must_be_a_member(bot: Bot, telegram: str, group: User) -> None:
    """A user who is not in the group cannot get one."""
    async with await create_user(telegram, "Оля") as stranger:
        with pytest.raises(TelegramBadRequest, match="USER_NOT_PARTICIPANT"):
            await bot.send_message(
                group.chat_id, "No", ephemeral_message_parameters=only_for(stranger)
            )


@pytest.fixture
async def older(tmp_path: Path) -> AsyncIterator[tuple[Bot, User]]:
    """A server from before Bot API 10.2, and a user in a group there."""
    async with (
        serve(SandboxSettings(data=tmp_path, token=TOKEN, has_ephemeral=False)) as address,
        User(address, 1001) as user,
    ):
        group = user.in_chat(await create_group(address, "Studio", [user]))
        api = AiohttpSession(api=TelegramAPIServer.from_base(address))
        async with Bot(TOKEN, session=api) as bot:
            yield bot, group


async def test_older_server_ignores_the_parameters(older: tuple[Bot, User]) -> None:
    """It sends a message that everybody sees, and does not know the methods."""
    bot, group = older
    sent = await bot.send_message(
        group.chat_id, "Public", ephemeral_message_parameters=only_for(group)
    )
    assert sent.message_id
    assert sent.ephemeral_message_id is None
    with pytest.raises(TelegramNotFound):
        await bot.delete_ephemeral_message(group.chat_id, group.id, 1)
