"""Which chat, and which message in it, a call is about."""

from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import ApiError, bad_request
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.wire import Json


def find_chat(sandbox: Sandbox, parameters: Parameters) -> Json:
    """A chat the bot has seen; nobody else's exists for it."""
    if not parameters.text("chat_id"):
        raise bad_request("chat_id is empty")
    chat_id = parameters.integer("chat_id")
    group = sandbox.people.find_group(chat_id)
    person = sandbox.people.find(chat_id)
    if group:
        return group
    if person is None or not person.started:
        raise bad_request("chat not found")
    return person.chat


def find_recipient(sandbox: Sandbox, parameters: Parameters) -> Json:
    """A chat to which the bot may write."""
    chat = find_chat(sandbox, parameters)
    person = sandbox.people.find(chat["id"])
    if person and person.blocked:
        raise ApiError(403, "bot was blocked by the user")
    return chat


def find_message(sandbox: Sandbox, parameters: Parameters, role: str) -> Json:
    """`role` is what the message is in a refusal's words: `message to edit`."""
    chat = find_chat(sandbox, parameters)
    if not parameters.text("message_id"):
        raise bad_request("message identifier is not specified")
    message = sandbox.messages.find(chat["id"], parameters.integer("message_id"))
    if message is None:
        raise bad_request(f"{role} not found")
    return message
