"""https://core.telegram.org/bots/api#ephemeral-messages-and-commands"""

from infra.sandbox.telegram.callbacks import Callbacks
from infra.sandbox.telegram.formatting.parse import read_text
from infra.sandbox.telegram.groups import ADMINISTRATOR
from infra.sandbox.telegram.keyboards import read_markup
from infra.sandbox.telegram.methods.chats import Access, find_chat
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import NOT_MODIFIED, ApiError, bad_request
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.users import User
from infra.sandbox.telegram.wire import Json


def find_receiver(sandbox: Sandbox, parameters: Parameters, chat: Json) -> User | None:
    """Return the only user who will see a message; None for a message that everybody sees.

    A bot that is no administrator may only answer a press or an ephemeral message, within 15 seconds.
    """
    asked = Parameters(parameters.json_object("ephemeral_message_parameters", "parameters"))
    receiver_id = asked.integer("receiver_user_id") or parameters.integer("receiver_user_id")
    if not receiver_id or not sandbox.settings.has_ephemeral:
        return None
    if chat["type"] == "private":
        raise bad_request("ephemeral messages can be sent only to group and supergroup chats")
    receiver = sandbox.users.find(receiver_id)
    if receiver is None or receiver_id not in sandbox.groups.members(chat["id"]):
        raise bad_request("USER_NOT_PARTICIPANT")
    if asked.flag("replace_callback_query_message"):
        raise ApiError(501, "this fake does not replace messages by ephemeral ones")
    press = asked.text("callback_query_id") or parameters.text("callback_query_id")
    if press:
        sandbox.callbacks.check(press, receiver.id, chat["id"])
    elif not _may_start(sandbox, parameters, chat["id"], receiver.id):
        raise bad_request("CHAT_ADMIN_REQUIRED")
    return receiver


def _may_start(sandbox: Sandbox, parameters: Parameters, chat_id: int, user_id: int) -> bool:
    if sandbox.groups.bot(chat_id).status == ADMINISTRATOR:
        return True
    reply = Parameters(parameters.json_object("reply_parameters", "reply parameters"))
    answered = sandbox.ephemeral.find(chat_id, user_id, reply.integer("ephemeral_message_id"))
    if answered is None or answered["from"]["id"] != user_id:
        return False
    return sandbox.settings.clock() - float(answered["date"]) <= Callbacks.ANSWER_SECONDS


async def edit_ephemeral_message_text(sandbox: Sandbox, parameters: Parameters) -> bool:
    message = _find_own(sandbox, parameters, "message to edit")
    content = read_text(parameters).fields("text", "entities")
    bare = {name: message[name] for name in message if name not in {"text", "entities"}}
    return _replace(sandbox, parameters, message, bare | content)


async def edit_ephemeral_message_reply_markup(sandbox: Sandbox, parameters: Parameters) -> bool:
    message = _find_own(sandbox, parameters, "message to edit")
    return _replace(sandbox, parameters, message, message)


async def delete_ephemeral_message(sandbox: Sandbox, parameters: Parameters) -> bool:
    message = _find_own(sandbox, parameters, "message to delete")
    sandbox.ephemeral.delete(parameters.integer("receiver_user_id"), message)
    return True


def _find_own(sandbox: Sandbox, parameters: Parameters, role: str) -> Json:
    if not sandbox.settings.has_ephemeral:
        raise ApiError(404, "method not found")
    chat = find_chat(sandbox, parameters, Access.EDIT)
    found = sandbox.ephemeral.find(
        chat["id"],
        parameters.integer("receiver_user_id"),
        parameters.integer("ephemeral_message_id"),
    )
    if found is None:
        raise bad_request(f"{role} not found")
    return found


def _replace(sandbox: Sandbox, parameters: Parameters, message: Json, changed: Json) -> bool:
    markup = read_markup(parameters)
    buttons = {"reply_markup": markup} if markup.get("inline_keyboard") else {}
    edited = {name: changed[name] for name in changed if name != "reply_markup"} | buttons
    if edited == message:
        raise bad_request(NOT_MODIFIED)
    sandbox.rates.spend(message["chat"]["id"])
    sandbox.ephemeral.replace(parameters.integer("receiver_user_id"), edited)
    return True


METHODS = {
    "editEphemeralMessageText": edit_ephemeral_message_text,
    "editEphemeralMessageReplyMarkup": edit_ephemeral_message_reply_markup,
    "deleteEphemeralMessage": delete_ephemeral_message,
}
