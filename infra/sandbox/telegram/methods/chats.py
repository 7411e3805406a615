"""Chat and message lookup for calls, and chat members."""

from enum import IntEnum

from infra.sandbox.telegram.groups import CREATOR, EVERYTHING, KICKED, Group
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import ApiError, bad_request
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.users import User
from infra.sandbox.telegram.wire import Json

MOVED = "group chat was upgraded to a supergroup chat"
# Required fields of ChatFullInfo: https://core.telegram.org/bots/api#chatfullinfo
FULL_INFO = {
    "accent_color_id": 0,
    "max_reaction_count": 11,
    "accepted_gift_types": dict.fromkeys(
        (
            *("unlimited_gifts", "limited_gifts", "unique_gifts"),
            *("premium_subscription", "gifts_from_channels"),
        ),
        False,
    ),
}


class Access(IntEnum):
    """Access that a method needs to its chat; after an upgrade to a supergroup only writes to the old chat fail."""

    READ = 1
    EDIT = 2
    WRITE = 3


def find_chat(
    sandbox: Sandbox, parameters: Parameters, access: Access, name: str = "chat_id"
) -> Json:
    """Return a chat that the bot has seen; others do not exist for it."""
    if not parameters.text(name):
        raise bad_request(f"{name} is empty")
    chat_id = parameters.integer(name)
    if group := sandbox.groups.find(chat_id):
        _check_access(sandbox, group, access)
        return group.chat
    user = sandbox.users.find(chat_id)
    if user is None or not user.started:
        raise bad_request("chat not found")
    return user.chat


def _check_access(sandbox: Sandbox, group: Group, access: Access) -> None:
    if access >= Access.WRITE and group.upgraded_to:
        raise ApiError(400, MOVED, migrate_to_chat_id=group.upgraded_to)
    bot = sandbox.groups.bot(group.id)
    if access >= Access.EDIT and not bot.is_in:
        kind = "group" if group.type == "group" else group.type
        gone = "was kicked from" if bot.status == KICKED else "is not a member of"
        raise ApiError(403, f"bot {gone} the {kind} chat")


def check_silence(sandbox: Sandbox, chat: Json) -> None:
    """Raise if the bot may send nothing at all in this group."""
    if EVERYTHING in sandbox.groups.bot(chat["id"]).forbidden:
        raise bad_request("CHAT_WRITE_FORBIDDEN")


def find_recipient(sandbox: Sandbox, parameters: Parameters) -> Json:
    """Return a chat to which the bot may write."""
    chat = find_chat(sandbox, parameters, Access.WRITE)
    check_silence(sandbox, chat)
    user = sandbox.users.find(chat["id"])
    if user and user.blocked:
        raise ApiError(403, "bot was blocked by the user")
    return chat


def find_message(sandbox: Sandbox, parameters: Parameters, chat: Json, role: str) -> Json:
    """Return a message; `role` names it in the error text: `message to edit`."""
    if not parameters.text("message_id"):
        raise bad_request("message identifier is not specified")
    message_id = parameters.integer("message_id")
    message = sandbox.messages.find(chat["id"], message_id)
    if message is None:
        cached = sandbox.messages.is_cached(chat["id"], message_id)
        raise bad_request("MESSAGE_ID_INVALID" if cached else f"{role} not found")
    return message


async def get_chat(sandbox: Sandbox, parameters: Parameters) -> Json:
    return find_chat(sandbox, parameters, Access.READ) | FULL_INFO


async def get_chat_member(sandbox: Sandbox, parameters: Parameters) -> Json:
    """Return a member; to a bot, a user who is not in the group has left it."""
    chat = find_chat(sandbox, parameters, Access.READ)
    user_id = parameters.integer("user_id")
    if user_id == sandbox.profile.user["id"]:
        return sandbox.profile.member(sandbox.groups.bot(chat["id"]).status)
    user = sandbox.users.find(user_id)
    if user is None:
        raise bad_request("user not found")
    status = _statuses(sandbox, chat).get(user_id, "left")
    return _member(user, status)


async def get_chat_administrators(sandbox: Sandbox, parameters: Parameters) -> list[Json]:
    chat = find_chat(sandbox, parameters, Access.READ)
    if chat["type"] == "private":
        raise bad_request("there are no administrators in the private chat")
    users = {user.id: user for user in sandbox.users.all()}
    statuses = _statuses(sandbox, chat)
    return [_member(users[each], status) for each, status in statuses.items() if status == CREATOR]


async def get_chat_member_count(sandbox: Sandbox, parameters: Parameters) -> int:
    """Return the member count, the bot included."""
    return len(_statuses(sandbox, find_chat(sandbox, parameters, Access.READ))) + 1


def _statuses(sandbox: Sandbox, chat: Json) -> dict[int, str]:
    return sandbox.groups.members(chat["id"]) or {chat["id"]: "member"}


def _member(user: User, status: str) -> Json:
    """https://core.telegram.org/bots/api#chatmember"""
    shown: Json = {"status": status, "user": user.user}
    return shown | ({"is_anonymous": False} if status == CREATOR else {})


METHODS = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
}
