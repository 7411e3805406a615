"""Groups, supergroups and forums: which messages reach whom, and in which topic."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import nullcontext

import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Message,
    ReplyParameters,
)

from tests.infra.sandbox.telegram.samples import picture
from tests.user import User, create_group, create_user, set_privacy


@pytest.fixture
async def ben(telegram: str) -> AsyncIterator[User]:
    """A colleague who has never written to the bot in private."""
    async with await create_user(telegram, "Ben", "en") as user:
        yield user


@pytest.fixture
async def team(telegram: str, user: User, ben: User) -> User:
    """The user in a group with the colleague."""
    return user.in_chat(await create_group(telegram, "Команда", [user, ben]))


@pytest.fixture
async def forum(telegram: str, user: User, ben: User) -> User:
    """The user in a group with topics."""
    return user.in_chat(await create_group(telegram, "Студия", [user, ben], forum=True))


def button() -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data="yes")]]
    )


def to(message: Message) -> ReplyParameters:
    return ReplyParameters(message_id=message.message_id)


async def heard(bot: Bot) -> list[Message]:
    return [update.message for update in await bot.get_updates() if update.message]


async def test_new_installation_has_a_group(http: httpx.AsyncClient) -> None:
    """The first three users share a group from the start, which has no messages."""
    (group,) = (await http.get("/users/1001/groups")).json()
    assert (group["title"], group["type"]) == ("Студия", "group")
    assert [member["first_name"] for member in group["members"]] == ["Аня", "Ben", "Léa"]
    assert (await http.get(f"/users/1002/messages?chat={group['id']}")).json() == []


async def test_bot_is_informed_that_it_was_added_to_a_group(
    fresh_bot: Bot, telegram: str, user: User
) -> None:
    """my_chat_member comes first, then the service message of the group."""
    await fresh_bot.get_updates(offset=-1)
    group = await create_group(telegram, "Команда", [user])
    *_, change, message = await fresh_bot.get_updates()
    assert change.my_chat_member
    assert change.my_chat_member.new_chat_member.status == "member"
    assert message.message
    assert message.message.group_chat_created
    assert message.message.chat.id == group["id"]


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        ("обед в час?", False),
        ("/image яблоко", True),
        ("/image@darkroom_bot яблоко", True),
        ("/image@other_bot яблоко", False),
        ("/Image яблоко", True),
        ("нарисуй яблоко /image", False),
        ("🎞 нарисуй, @Darkroom_bot, яблоко", False),
        ("@darkroom_bot нарисуй яблоко", False),
    ],
)
async def test_privacy_mode_limits_what_reaches_the_bot(
    fresh_bot: Bot, team: User, text: str, *, reaches: bool
) -> None:
    """Privacy mode: commands reach the bot; mentions and other messages do not."""
    said = await team.say(text)
    found = [message.message_id for message in await heard(fresh_bot)]
    assert (said["message_id"] in found) == reaches


async def test_bot_gets_replies_to_itself(fresh_bot: Bot, team: User) -> None:
    """A reply to its message reaches the bot, also a photo without text."""
    sent = await fresh_bot.send_message(team.chat_id, "Какой размер?")
    await team.send_files(picture(9, 9), send_as="photo", reply_to=sent.message_id)
    message = (await heard(fresh_bot))[-1]
    assert message.photo
    assert message.reply_to_message
    assert message.reply_to_message.message_id == sent.message_id


async def test_bot_gets_everything_without_privacy_mode(
    fresh_bot: Bot, telegram: str, team: User
) -> None:
    """The operator switches it; getMe reports it."""
    await set_privacy(telegram, on=False)
    try:
        await team.say("обед в час?")
        assert (await heard(fresh_bot))[-1].text == "обед в час?"
        assert (await fresh_bot.me()).can_read_all_group_messages is not None
        assert (await fresh_bot.get_me()).can_read_all_group_messages
    finally:
        await set_privacy(telegram, on=True)


async def test_members_read_the_same_group(bot: Bot, team: User, ben: User) -> None:
    """Members see each other's messages and the bot's answers; private chats stay private."""
    await team.say("/ping")
    there = ben.in_chat({"id": team.chat_id})
    await bot.send_message(team.chat_id, "pong")
    assert (await there.wait_for_text("pong"))["chat"]["title"] == "Команда"
    assert [message.get("text") for message in await there.messages()][1:] == ["/ping", "pong"]
    assert await ben.messages() == []


async def test_group_message_opens_no_private_chat(bot: Bot, team: User, ben: User) -> None:
    """The bot may write to a user in private only after a private message from them."""
    await ben.in_chat({"id": team.chat_id}).say("/start@darkroom_bot")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(ben.id, "Hello, you")


async def test_answer_to_a_press_is_shown_only_to_its_user(
    fresh_bot: Bot, team: User, ben: User
) -> None:
    """In a group nobody else sees the toast."""
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
    await fresh_bot.send_message(team.chat_id, "Sure?", reply_markup=markup)  # type: ignore[arg-type]  # as it travels
    there = ben.in_chat({"id": team.chat_id})
    query_id = await there.press(await there.last_from_bot(), "Yes")
    query = (await fresh_bot.get_updates(offset=-1))[0].callback_query
    assert query
    assert (query.from_user.id, query.id) == (ben.id, query_id)
    await query.answer("Not yours")
    assert (await there.wait_for_answer(query_id))["text"] == "Not yours"
    with pytest.raises(AssertionError, match="No such event"):
        await team.wait_for_answer(query_id, timeout=0.05)


async def test_topic_keeps_its_messages(fresh_bot: Bot, forum: User) -> None:
    """A message in a topic has its thread id; one that is no reply replies to the topic's first message."""
    thread = await forum.create_topic("Логотипы")
    topic = forum.in_chat({"id": forum.chat_id}, thread)
    await topic.say("/image яблоко")
    message = (await heard(fresh_bot))[-1]
    assert (message.message_thread_id, message.is_topic_message) == (thread, True)
    assert message.chat.is_forum
    assert message.reply_to_message
    assert message.reply_to_message.forum_topic_created
    await fresh_bot.send_message(message.chat.id, "here", message_thread_id=thread)
    assert (await topic.wait_for_text("here"))["message_thread_id"] == thread
    assert await forum.from_bot() == []


async def test_reply_joins_the_topic_of_its_message(bot: Bot, forum: User) -> None:
    """A reply joins the topic of its message, although it names none."""
    thread = await forum.create_topic("Логотипы")
    asked = await forum.in_chat({"id": forum.chat_id}, thread).say("/image")
    sent = await bot.send_message(
        forum.chat_id, "This", reply_parameters=ReplyParameters(message_id=asked["message_id"])
    )
    assert sent.message_thread_id == thread
    general = await bot.send_message(forum.chat_id, "To all")
    assert (general.message_thread_id, general.is_topic_message) == (None, None)


async def test_unknown_topic_is_refused(bot: Bot, forum: User) -> None:
    """A missing thread of the forum is an error."""
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await bot.send_message(forum.chat_id, "Where?", message_thread_id=99_999)


async def test_reply_in_a_supergroup_has_a_thread_but_no_topic(
    fresh_bot: Bot, telegram: str, user: User
) -> None:
    """message_thread_id alone does not make a topic: it is the id of the first message of the replies."""
    there = user.in_chat(await create_group(telegram, "Большая", [user], supergroup=True))
    sent = await fresh_bot.send_message(there.chat_id, "Размер?")
    assert sent.message_thread_id is None
    await there.say("Квадрат", reply_to=sent.message_id)
    message = (await heard(fresh_bot))[-1]
    assert (message.message_thread_id, message.is_topic_message) == (sent.message_id, None)


async def test_group_is_upgraded_to_a_supergroup(fresh_bot: Bot, team: User, ben: User) -> None:
    """Both chats have a service message, calls to the old one fail with the new id, and its members move along."""
    old = team.chat_id
    new = (await team.upgrade())["id"]
    *_, away, here = await heard(fresh_bot)
    assert (away.chat.id, away.migrate_to_chat_id) == (old, new)
    assert (here.chat.id, here.migrate_from_chat_id) == (new, old)
    with pytest.raises(TelegramMigrateToChat) as moved:
        await fresh_bot.send_message(old, "Anybody?")
    assert moved.value.migrate_to_chat_id == new
    await fresh_bot.send_message(new, "Here!")
    assert (await ben.in_chat({"id": old}).last_from_bot())["text"] == "Here!"


async def test_upgraded_group_allows_edits_but_no_writes(fresh_bot: Bot, team: User) -> None:
    """Sending and deleting fail with the new id; edits and reads still work in the old chat, for all to see."""
    old = team.chat_id
    sent = await fresh_bot.send_message(old, "Draft", reply_markup=button())
    await team.upgrade()
    await sent.edit_text("Final", reply_markup=button())
    shown = await team.wait_for_text("Final")
    assert (shown["chat"]["id"], shown["message_id"]) == (old, sent.message_id)
    await team.press(shown, "Yes")
    query = (await fresh_bot.get_updates(offset=-1))[0].callback_query
    assert query
    assert query.message
    assert query.message.chat.id == old
    assert (await fresh_bot.get_chat(old)).title == "Команда"
    writes: list[Awaitable[object]] = [
        sent.delete(),
        fresh_bot.send_message(old, "More"),
        fresh_bot.send_chat_action(old, "typing"),
    ]
    for write in writes:
        with pytest.raises(TelegramMigrateToChat):
            await write


async def test_closed_topic_refuses_messages(bot: Bot, forum: User, ben: User) -> None:
    """The bot gets TOPIC_CLOSED, also for a reply into it; edits still work, and the creator may write."""
    thread = await forum.create_topic("Логотипы")
    topic = forum.in_chat({"id": forum.chat_id}, thread)
    sent = await bot.send_message(forum.chat_id, "Soon", message_thread_id=thread)
    await forum.close_topic(thread)
    await topic.say("/image яблоко")
    with pytest.raises(AssertionError, match="This topic is closed"):
        await ben.in_chat({"id": forum.chat_id}, thread).say("/image яблоко")
    for place in ({"message_thread_id": thread}, {"reply_parameters": to(sent)}):
        with pytest.raises(TelegramBadRequest, match="TOPIC_CLOSED"):
            await bot.send_message(forum.chat_id, "Here", **place)
    await sent.edit_text("Done")
    await forum.close_topic(thread, closed=False)
    await bot.send_message(forum.chat_id, "Here", message_thread_id=thread)


async def test_deleted_topic_is_not_found(fresh_bot: Bot, forum: User) -> None:
    """Its messages are deleted with it; the bot's server treats them as present for a while."""
    thread = await forum.create_topic("Логотипы")
    sent = await fresh_bot.send_message(forum.chat_id, "Soon", message_thread_id=thread)
    await fresh_bot.get_updates(offset=-1)
    await forum.delete_topic(thread)
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await fresh_bot.send_message(forum.chat_id, "Here", message_thread_id=thread)
    with pytest.raises(TelegramBadRequest, match="MESSAGE_ID_INVALID"):
        await sent.edit_text("Done")
    assert await forum.in_chat({"id": forum.chat_id}, thread).messages() == []


@pytest.mark.parametrize(
    ("kinds", "photo", "text"),
    [
        (["photo"], "not enough rights to send photos to the chat", None),
        (["text"], None, "not enough rights to send text messages to the chat"),
        (["*"], "CHAT_WRITE_FORBIDDEN", "CHAT_WRITE_FORBIDDEN"),
    ],
)
async def test_group_restricts_what_the_bot_sends(
    bot: Bot, team: User, kinds: list[str], photo: str | None, text: str | None
) -> None:
    """Each kind of content has its own permission; where no text may be sent, nothing is edited either."""
    sent = await bot.send_message(team.chat_id, "Before")
    await team.forbid_bot(*kinds)
    file = BufferedInputFile(picture(9, 9), "picture.png")
    attempts: list[tuple[Awaitable[object], str | None]] = [
        (bot.send_photo(team.chat_id, file), photo),
        (bot.send_media_group(team.chat_id, [InputMediaPhoto(media=file)] * 2), photo),
        (bot.send_message(team.chat_id, "Words"), text),
        (sent.edit_text("After"), text if kinds == ["*"] else None),
        (bot.send_document(team.chat_id, file), text if kinds == ["*"] else None),
    ]
    for attempt, refusal in attempts:
        with pytest.raises(TelegramBadRequest, match=refusal) if refusal else nullcontext():
            await attempt
    await team.forbid_bot()
    await bot.send_photo(team.chat_id, file)


@pytest.mark.parametrize("supergroup", [False, True])
async def test_group_removes_the_bot(
    fresh_bot: Bot, telegram: str, user: User, *, supergroup: bool
) -> None:
    """my_chat_member reports it; then the bot can send and edit nothing there, and gets nothing."""
    there = user.in_chat(await create_group(telegram, "Команда", [user], supergroup=supergroup))
    sent = await fresh_bot.send_message(there.chat_id, "Hello")
    await fresh_bot.get_updates(offset=-1)
    await there.make_bot("kicked")
    change = (await fresh_bot.get_updates(offset=-1))[0].my_chat_member
    assert change
    assert change.new_chat_member.status == "kicked"
    kind = "supergroup" if supergroup else "group"
    attempts: list[Awaitable[object]] = [
        fresh_bot.send_message(there.chat_id, "Still here?"),
        sent.edit_text("x"),
    ]
    for attempt in attempts:
        with pytest.raises(TelegramForbiddenError, match=f"bot was kicked from the {kind} chat"):
            await attempt
    assert (await fresh_bot.get_chat_member(there.chat_id, fresh_bot.id)).status == "kicked"
    await there.say("/image яблоко")
    assert (await fresh_bot.get_updates(offset=-1))[0].my_chat_member == change
    await there.make_bot("member")
    await fresh_bot.send_message(there.chat_id, "Back")


async def test_administrator_bot_gets_everything(fresh_bot: Bot, team: User) -> None:
    """Privacy mode does not apply to an administrator; it may delete others' messages."""
    await team.make_bot("administrator")
    said = await team.say("обед в час?")
    assert (await heard(fresh_bot))[-1].text == "обед в час?"
    await fresh_bot.delete_message(team.chat_id, said["message_id"])
    bot_member = await fresh_bot.get_chat_member(team.chat_id, fresh_bot.id)
    assert bot_member.status == "administrator"


async def test_new_members_are_announced(
    fresh_bot: Bot, telegram: str, user: User, ben: User
) -> None:
    """new_chat_members names them, and from then on they read along."""
    there = user.in_chat(await create_group(telegram, "Команда", [user]))
    await there.invite(ben)
    members = (await heard(fresh_bot))[-1].new_chat_members
    assert [member.id for member in members or []] == [ben.id]
    assert await ben.in_chat({"id": there.chat_id}).messages()


async def test_bot_can_read_member_statuses(bot: Bot, team: User, ben: User) -> None:
    """The creator, members, and users who have left have different statuses."""
    chat = team.chat_id
    assert (await bot.get_chat(chat)).title == "Команда"
    assert (await bot.get_chat_member(chat, team.id)).status == "creator"
    assert (await bot.get_chat_member(chat, ben.id)).status == "member"
    assert (await bot.get_chat_member(chat, 1003)).status == "left"
    assert [each.user.id for each in await bot.get_chat_administrators(chat)] == [team.id]
    assert await bot.get_chat_member_count(chat) == 3


async def test_bot_without_rights_deletes_only_its_own_messages(bot: Bot, team: User) -> None:
    """A user's message in a group stays; in private every message can be deleted."""
    said = await team.say("/image")
    sent = await bot.send_message(team.chat_id, "Mine")
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await bot.delete_message(team.chat_id, said["message_id"])
    await bot.delete_messages(team.chat_id, [said["message_id"], sent.message_id])
    assert [message["message_id"] for message in await team.messages()][1:] == [said["message_id"]]


async def test_groups_have_their_own_commands(bot: Bot, team: User, user: User) -> None:
    """The menu of a group is the one that the bot has set for groups."""
    scope = BotCommandScopeAllGroupChats()
    await bot.set_my_commands([BotCommand(command="image", description="Make")], scope=scope)
    assert await team.commands() == ["image"]
    assert await user.commands() == []
    await bot.delete_my_commands(scope=scope)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("groups", {"title": " "}, 400),
        ("groups", {"title": "Team", "users": [77]}, 404),
        ("groups", {"title": "Team", "users": [{}]}, 404),
        ("messages?chat=-5", {"text": "x"}, 404),
        ("members", {"user_id": 1002}, 400),
        ("topics?chat=-1001", {"name": "x"}, 400),
        ("members?chat=-1001", {"user_id": 77}, 404),
    ],
)
async def test_invalid_group_action_is_refused_with_a_reason(
    http: httpx.AsyncClient, path: str, body: object, status: int
) -> None:
    """The response has a reason to show; the server never crashes."""
    response = await http.post(f"/users/1001/{path}", json=body)
    assert response.status_code == status
    assert response.json()["detail"]
