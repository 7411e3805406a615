"""Groups and their topics, as users' apps show and create them; `?chat=` names the group."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.sandbox.telegram.apps.sender import Sender
from infra.sandbox.telegram.apps.users import chat_of, read_object, user_of
from infra.sandbox.telegram.events import personal
from infra.sandbox.telegram.groups import BOT_STATUSES, LEFT, MEMBER, BotMembership, Group
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.users import User
from infra.sandbox.telegram.wire import Json


async def list_groups(request: Request) -> Response:
    """Return the groups of which the user is a member."""
    sandbox: Sandbox = request.state.sandbox
    groups = sandbox.groups.of(user_of(request).id)
    return JSONResponse([_shown(sandbox, group) for group in groups])


async def add_group(request: Request) -> Response:
    """Create a group: `title`, optional `users` (ids of more members), `supergroup`, or `forum` for topics."""
    sandbox: Sandbox = request.state.sandbox
    founder, body = user_of(request), await read_object(request)
    title = body.text("title").strip()
    if not title:
        raise HTTPException(400, "A group needs a title.")
    invited = [_user(sandbox, each).id for each in body.json_array("users", "users")]
    members = list(dict.fromkeys([founder.id, *invited]))
    kind = {name: body.flag(name) for name in ("supergroup", "forum")}
    group = sandbox.groups.add(title, members, **kind)
    # The bot is a member from the beginning.
    _tell_of_bot(sandbox, founder, group, LEFT, MEMBER)
    service: Json = {"new_chat_members": [sandbox.profile.user]}
    if group.type == "group":
        service = {"group_chat_created": True}
    Sender(sandbox, founder, group.chat).post(service, None)
    _announce(sandbox, group)
    return JSONResponse(_shown(sandbox, group), 201)


async def add_member(request: Request) -> Response:
    """Add `user_id` to the group, as any member may."""
    sandbox: Sandbox = request.state.sandbox
    host, group = user_of(request), _group_of(request)
    guest = _user(sandbox, (await read_object(request)).integer("user_id"))
    if sandbox.groups.join(group.id, guest.id):
        Sender(sandbox, host, group.chat).post({"new_chat_members": [guest.user]}, None)
        _announce(sandbox, group)
    return JSONResponse(_shown(sandbox, group), 201)


async def add_topic(request: Request) -> Response:
    """https://core.telegram.org/bots/api#forumtopic"""
    sandbox: Sandbox = request.state.sandbox
    group, name = _group_of(request), (await read_object(request)).text("name").strip()
    if not group.is_forum:
        raise HTTPException(400, "This group has no topics.")
    if not name:
        raise HTTPException(400, "A topic needs a name.")
    topic = _begin_topic(sandbox, user_of(request), group, name)
    _announce(sandbox, group)
    return JSONResponse(topic, 201)


def _begin_topic(sandbox: Sandbox, user: User, group: Group, name: str) -> Json:
    """Create the topic; its service message is its first message, and gives it its number."""
    created = {"forum_topic_created": {"name": name, "icon_color": 0x6FB9F0}}
    message = sandbox.messages.post(group.chat, user.user, created)
    thread = {"message_thread_id": message["message_id"]}
    message |= thread | {"is_topic_message": True}
    sandbox.groups.add_topic(group.id, message["message_id"], name)
    sandbox.messages.replace(message)
    sandbox.updates.add("message", message)
    return thread | {"name": name}


async def change_topic(request: Request) -> Response:
    """Close or reopen a topic: only the group's creator may write in a closed one."""
    sandbox: Sandbox = request.state.sandbox
    group, closed = _group_of(request), (await read_object(request)).flag("closed")
    thread_id = _topic_of(sandbox, group, request)
    sender = Sender(sandbox, user_of(request), group.chat, thread_id)
    sandbox.groups.close_topic(group.id, thread_id, closed=False)
    sender.post({"forum_topic_closed" if closed else "forum_topic_reopened": {}}, None)
    sandbox.groups.close_topic(group.id, thread_id, closed=closed)
    return Response(status_code=204)


async def delete_topic(request: Request) -> Response:
    """Delete the topic with all its messages; no update informs the bot."""
    sandbox: Sandbox = request.state.sandbox
    group = _group_of(request)
    thread_id = _topic_of(sandbox, group, request)
    sandbox.groups.delete_topic(group.id, thread_id)
    for message in sandbox.messages.history(group.id):
        if message.get("message_thread_id") == thread_id:
            sandbox.messages.delete_unseen(group.id, message["message_id"])
    _announce(sandbox, group)
    return Response(status_code=204)


def _topic_of(sandbox: Sandbox, group: Group, request: Request) -> int:
    thread_id: int = request.path_params["thread_id"]
    if thread_id not in sandbox.groups.topics(group.id):
        raise HTTPException(404, "There is no such topic in this group.")
    return thread_id


async def change_bot(request: Request) -> Response:
    """Set the bot's status in a group (`status`), and the kinds of content it may not send there (`forbidden`)."""
    sandbox: Sandbox = request.state.sandbox
    user, group, body = user_of(request), _group_of(request), await read_object(request)
    before = sandbox.groups.bot(group.id)
    now = BotMembership(
        body.text("status", before.status),
        [str(kind) for kind in body.values.get("forbidden", before.forbidden)],
    )
    if now.status not in BOT_STATUSES:
        raise HTTPException(400, f"A bot's status is one of {sorted(BOT_STATUSES)}.")
    sandbox.groups.set_bot(group.id, now)
    if now.status != before.status:
        _tell_of_bot(sandbox, user, group, before.status, now.status)
    return Response(status_code=204)


async def upgrade_group(request: Request) -> Response:
    """Upgrade a basic group to a supergroup: a new chat, which service messages in both chats name.

    https://core.telegram.org/bots/api#responseparameters
    """
    sandbox: Sandbox = request.state.sandbox
    user, group = user_of(request), _group_of(request)
    if group.type != "group":
        raise HTTPException(400, "This is already a supergroup.")
    successor = sandbox.groups.upgrade(group)
    Sender(sandbox, user, group.chat).post({"migrate_to_chat_id": successor.id}, None)
    Sender(sandbox, user, successor.chat).post({"migrate_from_chat_id": group.id}, None)
    _announce(sandbox, successor)
    return JSONResponse(_shown(sandbox, successor), 201)


def _tell_of_bot(sandbox: Sandbox, user: User, group: Group, before: str, now: str) -> None:
    """https://core.telegram.org/bots/api#chatmemberupdated"""
    change = {
        "chat": group.chat,
        "from": user.user,
        "date": int(sandbox.settings.clock()),
        "old_chat_member": sandbox.profile.member(before),
        "new_chat_member": sandbox.profile.member(now),
    }
    sandbox.updates.add("my_chat_member", change)


def _announce(sandbox: Sandbox, group: Group) -> None:
    for user_id in sandbox.groups.members(group.id):
        sandbox.events.publish(personal(user_id), {"type": "groups"})


def _group_of(request: Request) -> Group:
    sandbox: Sandbox = request.state.sandbox
    group = sandbox.groups.find(chat_of(request)["id"])
    if group is None:
        raise HTTPException(400, "This is not a group: `?chat=` names one.")
    return group


def _user(sandbox: Sandbox, user_id: object) -> User:
    user = sandbox.users.find(Parameters({"id": user_id}).integer("id"))
    if user is None:
        raise HTTPException(404, "There is no such user.")
    return user


def _shown(sandbox: Sandbox, group: Group) -> Json:
    users = {user.id: user.profile for user in sandbox.users.all()}
    topics = sandbox.groups.topics(group.id).items()
    return group.chat | {
        "members": [users[user_id] for user_id in sandbox.groups.members(group.id)],
        "topics": [{"message_thread_id": thread_id, "name": name} for thread_id, name in topics],
    }
