"""https://core.telegram.org/bots/api#setmessagereaction"""

from infra.sandbox.telegram.methods.chats import Access, find_chat, find_message
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.reactions import EMOJI
from infra.sandbox.telegram.refusals import bad_request
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.wire import Json

SERVICE = ("new_chat_members", "group_chat_created", "migrate_to_chat_id", "migrate_from_chat_id")


async def set_message_reaction(sandbox: Sandbox, parameters: Parameters) -> bool:
    """Set the only reaction of the bot on a message, or remove it."""
    chat = find_chat(sandbox, parameters, Access.EDIT)
    message = find_message(sandbox, parameters, chat, "message to react")
    reactions = parameters.json_array("reaction", "ReactionType")
    emoji = [_read_emoji(each) for each in reactions]
    if len(emoji) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(name in message for name in SERVICE):
        raise bad_request("REACTION_INVALID")
    bot_id = sandbox.profile.user["id"]
    sandbox.messages.react(_first_of_album(sandbox, message), bot_id, emoji[0] if emoji else "")
    return True


def _read_emoji(reaction: object) -> str:
    """Return the emoji; a custom one must be on the message already, and the fake has none."""
    if not isinstance(reaction, dict):
        raise bad_request("can't parse ReactionType: expected an Object")
    if reaction.get("type") not in {"emoji", "custom_emoji"}:
        raise bad_request("can't parse ReactionType: invalid reaction type specified")
    emoji = str(reaction.get("emoji", ""))
    if emoji not in EMOJI:
        raise bad_request("REACTION_INVALID")
    return emoji


def _first_of_album(sandbox: Sandbox, message: Json) -> Json:
    album = message.get("media_group_id")
    if album is None:
        return message
    history = sandbox.messages.history(message["chat"]["id"])
    return next(each for each in history if each.get("media_group_id") == album)


METHODS = {"setMessageReaction": set_message_reaction}
