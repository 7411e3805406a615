"""Group messages without a user: anonymous admins, channels, posts of a linked channel."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.user import User, create_group
from tests.worker.bot.conversation import Conversation

ANONYMOUS = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
CHANNEL = {"id": -1001555, "type": "channel", "title": "Новости"}


@pytest.fixture
async def team(conversation: Conversation, anya: User) -> User:
    group = await create_group(str(conversation.telegram.base_url), "Команда", [anya])
    await conversation.catch_up()
    return anya.in_chat(group)


async def send_text(
    conversation: Conversation, team: User, sender: Mapping[str, Any], text: str, **more: Any
) -> list[str]:
    """Send a text as this sender; return the bot's answer."""
    said = dict(await team.say(text))
    said |= {"from": sender, "sender_chat": said["chat"], **more}
    await conversation.updates()
    before = len(await team.from_bot())
    await conversation.handle({"update_id": said["message_id"], "message": said})
    return [message["text"] for message in (await team.from_bot())[before:]]


async def test_anonymous_admin_is_refused(conversation: Conversation, team: User) -> None:
    """Author and language are unknown; the answer says what to switch off."""
    (answer,) = await send_text(conversation, team, ANONYMOUS, "/image красное яблоко")
    assert "«Анонимность»" in answer
    assert "“Remain anonymous”" in answer


async def test_channel_as_a_sender_is_refused(conversation: Conversation, team: User) -> None:
    """The answer says where to choose the own name."""
    (answer,) = await send_text(
        conversation, team, CHANNEL_BOT, "/Image@darkroom_bot яблоко", sender_chat=CHANNEL
    )
    assert "от имени канала" in answer


async def test_anonymous_reply_to_the_bot_is_answered(
    conversation: Conversation, team: User
) -> None:
    """A reply is meant for the bot, as a command is."""
    await team.say("/help")
    await conversation.catch_up()
    helped = await team.last_from_bot()
    (answer,) = await send_text(
        conversation, team, ANONYMOUS, "красное яблоко", reply_to_message=helped
    )
    assert "«Анонимность»" in answer


@pytest.mark.parametrize("sender", [ANONYMOUS, CHANNEL_BOT], ids=["group", "channel"])
async def test_anonymous_message_to_others_is_ignored(
    conversation: Conversation, team: User, sender: Mapping[str, Any]
) -> None:
    """Messages to colleagues and commands of other bots, also without privacy mode."""
    for text in ("обед в час?", "/image@other_bot яблоко", "/frobnicate"):
        assert await send_text(conversation, team, sender, text) == []


async def test_refusal_is_sent_once_a_minute(conversation: Conversation, team: User) -> None:
    """An unknown sender cannot make the bot write without limit."""
    answers = [await send_text(conversation, team, ANONYMOUS, "/image яблоко") for _ in range(3)]
    assert [len(each) for each in answers] == [1, 0, 0]


@pytest.mark.parametrize("text", ["/image красное яблоко", "🖼 @darkroom_bot красное яблоко"])
async def test_linked_channels_post_is_ignored(
    conversation: Conversation, team: User, text: str
) -> None:
    """Telegram copies it into the group as user 777000, whom a bot open to all would serve."""
    post = {"sender_chat": CHANNEL, "is_automatic_forward": True}
    assert await send_text(conversation, team, TELEGRAM, text, **post) == []
    assert not (await conversation.jobs.page()).jobs
