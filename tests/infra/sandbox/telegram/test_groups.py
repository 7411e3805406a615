"""Groups, supergroups and forums: who hears what, and where it stands."""

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
    """The person in a group with the colleague."""
    return user.in_chat(await create_group(telegram, "Команда", [user, ben]))


@pytest.fixture
async def forum(telegram: str, user: User, ben: User) -> User:
    """The person in a group with topics."""
    return user.in_chat(await create_group(telegram, "Студия", [user, ben], forum=True))


def button() -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data="yes")]]
    )


def to(message: Message) -> ReplyParameters:
    return ReplyParameters(message_id=message.message_id)


async def heard(bot: Bot) -> list[Message]:
    return [update.message for update in await bot.get_updates() if update.message]


async def test_a_newcomer_finds_a_group(http: httpx.AsyncClient) -> None:
    """The first three people share one from the start, and no message stands in it."""
    (group,) = (await http.get("/people/1001/groups")).json()
    assert (group["title"], group["type"]) == ("Студия", "group")
    assert [member["first_name"] for member in group["members"]] == ["Аня", "Ben", "Léa"]
    assert (await http.get(f"/people/1002/messages?chat={group['id']}")).json() == []


async def test_the_bot_is_told_that_it_is_in_a_group(
    fresh_bot: Bot, telegram: str, user: User
) -> None:
    """my_chat_member comes first, then the message that the group shows."""
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
async def test_the_bot_hears_what_is_meant_for_it(
    fresh_bot: Bot, team: User, text: str, *, reaches: bool
) -> None:
    """Privacy mode: commands come through; a mention does not, nor does talk among colleagues."""
    said = await team.say(text)
    found = [message.message_id for message in await heard(fresh_bot)]
    assert (said["message_id"] in found) == reaches


async def test_the_bot_hears_answers_to_itself(fresh_bot: Bot, team: User) -> None:
    """A reply to its message reaches the bot, also a photo that says nothing."""
    sent = await fresh_bot.send_message(team.chat_id, "Какой размер?")
    await team.send_files(picture(9, 9), send_as="photo", reply_to=sent.message_id)
    message = (await heard(fresh_bot))[-1]
    assert message.photo
    assert message.reply_to_message
    assert message.reply_to_message.message_id == sent.message_id


async def test_without_privacy_the_bot_hears_everything(
    fresh_bot: Bot, telegram: str, team: User
) -> None:
    """The switch is the operator's; getMe tells how it stands."""
    await set_privacy(telegram, on=False)
    try:
        await team.say("обед в час?")
        assert (await heard(fresh_bot))[-1].text == "обед в час?"
        assert (await fresh_bot.me()).can_read_all_group_messages is not None
        assert (await fresh_bot.get_me()).can_read_all_group_messages
    finally:
        await set_privacy(telegram, on=True)


async def test_everybody_reads_the_same_group(bot: Bot, team: User, ben: User) -> None:
    """What one says and the bot answers, the other sees; private chats stay private."""
    await team.say("/ping")
    there = ben.in_chat({"id": team.chat_id})
    await bot.send_message(team.chat_id, "pong")
    assert (await there.wait_for_text("pong"))["chat"]["title"] == "Команда"
    assert [message.get("text") for message in await there.messages()][1:] == ["/ping", "pong"]
    assert await ben.messages() == []


async def test_a_word_in_a_group_opens_no_private_chat(bot: Bot, team: User, ben: User) -> None:
    """The bot may write to a person alone only once they have written to it alone."""
    await ben.in_chat({"id": team.chat_id}).say("/start@darkroom_bot")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(ben.id, "Hello, you")


async def test_an_answer_to_a_press_is_for_who_pressed(
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


async def test_a_topic_keeps_its_talk(fresh_bot: Bot, forum: User) -> None:
    """What is said in a topic names its thread; without an answer it answers the topic's beginning."""
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


async def test_an_answer_stands_where_its_question_stands(bot: Bot, forum: User) -> None:
    """A reply goes to the topic of what it replies to, though it names none."""
    thread = await forum.create_topic("Логотипы")
    asked = await forum.in_chat({"id": forum.chat_id}, thread).say("/image")
    sent = await bot.send_message(
        forum.chat_id, "This", reply_parameters=ReplyParameters(message_id=asked["message_id"])
    )
    assert sent.message_thread_id == thread
    general = await bot.send_message(forum.chat_id, "To all")
    assert (general.message_thread_id, general.is_topic_message) == (None, None)


async def test_an_unknown_topic_is_refused(bot: Bot, forum: User) -> None:
    """A thread that the forum has not is no place to write to."""
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await bot.send_message(forum.chat_id, "Where?", message_thread_id=99_999)


async def test_an_answer_in_a_supergroup_has_a_thread_but_no_topic(
    fresh_bot: Bot, telegram: str, user: User
) -> None:
    """message_thread_id alone does not make a topic: it names the message answered first."""
    there = user.in_chat(await create_group(telegram, "Большая", [user], supergroup=True))
    sent = await fresh_bot.send_message(there.chat_id, "Размер?")
    assert sent.message_thread_id is None
    await there.say("Квадрат", reply_to=sent.message_id)
    message = (await heard(fresh_bot))[-1]
    assert (message.message_thread_id, message.is_topic_message) == (sent.message_id, None)


async def test_a_group_that_grows_moves(fresh_bot: Bot, team: User, ben: User) -> None:
    """Both chats tell of it, the old one answers with the new id, and its people go along."""
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


async def test_a_group_that_moved_takes_edits_but_no_writes(fresh_bot: Bot, team: User) -> None:
    """Sending and deleting name the new chat; edits and reads go on in the old, for all to see."""
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


async def test_a_closed_topic_takes_no_messages(bot: Bot, forum: User, ben: User) -> None:
    """TOPIC_CLOSED for the bot, also for an answer into it; edits go on, and the founder may write."""
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


async def test_a_deleted_topic_is_not_found(fresh_bot: Bot, forum: User) -> None:
    """Its messages go with it; the bot's server still believes in them for a while."""
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
async def test_a_group_restricts_what_the_bot_sends(
    bot: Bot, team: User, kinds: list[str], photo: str | None, text: str | None
) -> None:
    """Each kind of content by itself; where nothing may be written, nothing is edited either."""
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
async def test_a_group_removes_the_bot(
    fresh_bot: Bot, telegram: str, user: User, *, supergroup: bool
) -> None:
    """my_chat_member tells it; then nothing can be sent or edited there, and nothing is heard."""
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


async def test_an_administrator_hears_everything(fresh_bot: Bot, team: User) -> None:
    """Privacy mode does not concern a bot that rules; it may delete what others have said."""
    await team.make_bot("administrator")
    said = await team.say("обед в час?")
    assert (await heard(fresh_bot))[-1].text == "обед в час?"
    await fresh_bot.delete_message(team.chat_id, said["message_id"])
    bot_member = await fresh_bot.get_chat_member(team.chat_id, fresh_bot.id)
    assert bot_member.status == "administrator"


async def test_who_comes_later_is_announced(
    fresh_bot: Bot, telegram: str, user: User, ben: User
) -> None:
    """new_chat_members names them, and from then on they read along."""
    there = user.in_chat(await create_group(telegram, "Команда", [user]))
    await there.invite(ben)
    members = (await heard(fresh_bot))[-1].new_chat_members
    assert [member.id for member in members or []] == [ben.id]
    assert await ben.in_chat({"id": there.chat_id}).messages()


async def test_the_bot_can_look_who_is_there(bot: Bot, team: User, ben: User) -> None:
    """The founder rules, others are members, strangers have left."""
    chat = team.chat_id
    assert (await bot.get_chat(chat)).title == "Команда"
    assert (await bot.get_chat_member(chat, team.id)).status == "creator"
    assert (await bot.get_chat_member(chat, ben.id)).status == "member"
    assert (await bot.get_chat_member(chat, 1003)).status == "left"
    assert [each.user.id for each in await bot.get_chat_administrators(chat)] == [team.id]
    assert await bot.get_chat_member_count(chat) == 3


async def test_a_bot_that_rules_nothing_deletes_its_own_words_alone(bot: Bot, team: User) -> None:
    """What a person has said in a group stays; in private everything may go."""
    said = await team.say("/image")
    sent = await bot.send_message(team.chat_id, "Mine")
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await bot.delete_message(team.chat_id, said["message_id"])
    await bot.delete_messages(team.chat_id, [said["message_id"], sent.message_id])
    assert [message["message_id"] for message in await team.messages()][1:] == [said["message_id"]]


async def test_groups_have_commands_of_their_own(bot: Bot, team: User, user: User) -> None:
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
        ("groups", {"title": "Team", "people": [77]}, 404),
        ("groups", {"title": "Team", "people": [{}]}, 404),
        ("messages?chat=-5", {"text": "x"}, 404),
        ("members", {"person_id": 1002}, 400),
        ("topics?chat=-1001", {"name": "x"}, 400),
        ("members?chat=-1001", {"person_id": 77}, 404),
    ],
)
async def test_what_cannot_be_done_in_a_group_is_said(
    http: httpx.AsyncClient, path: str, body: object, status: int
) -> None:
    """A reason to show, never a crash."""
    response = await http.post(f"/people/1001/{path}", json=body)
    assert response.status_code == status
    assert response.json()["detail"]
