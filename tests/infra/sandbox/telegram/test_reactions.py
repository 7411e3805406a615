"""Reactions: https://core.telegram.org/bots/api#setmessagereaction"""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import ReactionTypeCustomEmoji, ReactionTypeEmoji

from tests.message import Message
from tests.user import User, create_group

EYES, OK = ReactionTypeEmoji(emoji="👀"), ReactionTypeEmoji(emoji="👌")


def shown(message: Message) -> list[tuple[str, int]]:
    return [(each["emoji"], len(each["users"])) for each in message.get("reactions", [])]


async def last(user: User) -> Message:
    return (await user.messages())[-1]


async def test_bot_has_one_reaction_on_a_message(bot: Bot, user: User) -> None:
    """A second reaction replaces the first, and none removes it; the message is not marked as edited."""
    sent = await user.say("a fox")
    message_id = sent["message_id"]
    await bot.set_message_reaction(user.id, message_id, [EYES])
    assert shown(await last(user)) == [("👀", 1)]
    await bot.set_message_reaction(user.id, message_id, [OK])
    await bot.set_message_reaction(user.id, message_id, [OK])
    assert shown(await last(user)) == [("👌", 1)]
    await bot.set_message_reaction(user.id, message_id, [])
    assert await last(user) == sent


async def test_reaction_in_a_group(bot: Bot, telegram: str, user: User) -> None:
    """The bot reacts in a group without being its administrator, but not where it is no member."""
    group = user.in_chat(await create_group(telegram, "Studio", [user]))
    sent = await group.say("/image a fox")
    await bot.set_message_reaction(group.chat_id, sent["message_id"], [EYES])
    assert shown(await last(group)) == [("👀", 1)]
    await group.make_bot("kicked")
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the group chat"):
        await bot.set_message_reaction(group.chat_id, sent["message_id"], [OK])


@pytest.mark.parametrize(
    ("reactions", "problem"),
    [
        ([ReactionTypeEmoji(emoji="🥦")], "REACTION_INVALID"),
        ([ReactionTypeCustomEmoji(custom_emoji_id="5368324170671202286")], "REACTION_INVALID"),
        ([EYES, OK], "REACTIONS_TOO_MANY"),
    ],
)
async def test_refused_reactions(
    bot: Bot,
    user: User,
    reactions: list[ReactionTypeEmoji | ReactionTypeCustomEmoji],
    problem: str,
) -> None:
    """Telegram accepts one reaction, and only one of its own emoji."""
    sent = await user.say("a fox")
    with pytest.raises(TelegramBadRequest, match=problem):
        await bot.set_message_reaction(user.id, sent["message_id"], list(reactions))
    assert shown(await last(user)) == []


async def test_reaction_on_a_missing_message(bot: Bot, user: User) -> None:
    """A message that its user deleted cannot get a reaction."""
    with pytest.raises(TelegramBadRequest, match="message to react not found"):
        await bot.set_message_reaction(user.id, 99_999_999, [EYES])


async def test_edit_keeps_reactions(bot: Bot, user: User) -> None:
    """A message keeps its reactions when the bot edits it."""
    sent = await bot.send_message(user.id, "Queued")
    await bot.set_message_reaction(user.id, sent.message_id, [OK])
    await sent.edit_text("Done")
    assert shown(await last(user)) == [("👌", 1)]


async def test_users_reaction_reaches_a_bot_that_asks_for_it(fresh_bot: Bot, user: User) -> None:
    """A user's reaction is an update only for a bot that lists message_reaction."""
    sent = await fresh_bot.send_message(user.id, "Done")
    message = await last(user)
    await user.react(message, "🔥")
    await fresh_bot.get_updates(allowed_updates=["message_reaction"], offset=-1)
    await user.react(message, "❤")
    await user.react(message)
    changes = [update.message_reaction for update in await fresh_bot.get_updates()]
    found = [change for change in changes if change and change.message_id == sent.message_id]
    assert [
        [[each.model_dump()["emoji"] for each in side] for side in (old, new)]
        for old, new in ((change.old_reaction, change.new_reaction) for change in found)
    ] == [[["🔥"], ["❤"]], [["❤"], []]]
