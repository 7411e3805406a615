"""https://core.telegram.org/bots/api#updating-messages"""

from infra.sandbox.telegram.formatting.parse import read_caption, read_text
from infra.sandbox.telegram.groups import ADMINISTRATOR
from infra.sandbox.telegram.keyboards import read_markup
from infra.sandbox.telegram.methods.chats import Access, check_silence, find_chat, find_message
from infra.sandbox.telegram.methods.sending import (
    UNMIXED_KINDS,
    check_rights,
    media_flags,
    read_input_media,
)
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import NOT_MODIFIED, bad_request
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.wire import Json

DELETABLE_SECONDS = 48 * 3600
MAX_DELETED_AT_ONCE = 100
TEXT_FIELDS = ("text", "entities", "link_preview_options")
CAPTION_FIELDS = ("caption", "caption_entities", "show_caption_above_media")
MEDIA_FIELDS = ("photo", "video", "animation", "document", "audio", "has_media_spoiler")
EDITABLE_KINDS = ("photo", "video", "animation", "document", "audio")


async def edit_message_text(sandbox: Sandbox, parameters: Parameters) -> Json:
    """Replace a text. One that is just being replaced by media gives the media a new caption.

    https://github.com/tdlib/td/blob/master/td/telegram/MessagesManager.cpp (`edit_message_text`) checks the kind of the
    message that it knows; to Telegram, text and caption are the same field.
    """
    message = _find_editable(sandbox, parameters)
    formatted = read_text(parameters)
    if "text" not in message and sandbox.messages.is_text_to_the_server(message):
        caption = formatted.fields("caption", "caption_entities")
        return _replace(sandbox, parameters, message, _without(message, CAPTION_FIELDS) | caption)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    preview = parameters.json_object("link_preview_options", "link preview options")
    content = formatted.fields("text", "entities")
    content |= {"link_preview_options": preview} if preview else {}
    return _replace(sandbox, parameters, message, _without(message, TEXT_FIELDS) | content)


async def edit_message_caption(sandbox: Sandbox, parameters: Parameters) -> Json:
    message = _find_editable(sandbox, parameters)
    caption = read_caption(parameters).fields("caption", "caption_entities")
    if "text" in message:
        raise bad_request("there is no caption in the message to edit")
    flags = media_flags({"show_caption_above_media": parameters.text("show_caption_above_media")})
    changed = _without(message, CAPTION_FIELDS) | caption | flags
    return _replace(sandbox, parameters, message, changed)


async def edit_message_media(sandbox: Sandbox, parameters: Parameters) -> Json:
    """Replace the media of a message; a text message becomes a media message, a piece of an album stays of its kind."""
    message = _find_editable(sandbox, parameters)
    item = parameters.json_object("media", "input media")
    content = await read_input_media(sandbox, parameters, item, EDITABLE_KINDS)
    check_rights(sandbox, message["chat"], content)
    if "media_group_id" in message and _album_kind(content) != _album_kind(message):
        raise bad_request("can't change media type of a message in an album")
    bare = _without(message, (*TEXT_FIELDS, *CAPTION_FIELDS, *MEDIA_FIELDS))
    return _replace(sandbox, parameters, message, bare | content)


def _album_kind(message: Json) -> str:
    """Photos and videos are mixed in an album; documents and audio are not."""
    return next((kind for kind in UNMIXED_KINDS if kind in message), "visual")


async def edit_message_reply_markup(sandbox: Sandbox, parameters: Parameters) -> Json:
    message = _find_editable(sandbox, parameters)
    return _replace(sandbox, parameters, message, message)


def _find_editable(sandbox: Sandbox, parameters: Parameters) -> Json:
    chat = find_chat(sandbox, parameters, Access.EDIT)
    check_silence(sandbox, chat)
    message = find_message(sandbox, parameters, chat, "message to edit")
    own = message["from"]["id"] == sandbox.profile.user["id"]
    if not own or not sandbox.messages.is_editable(message["chat"]["id"], message["message_id"]):
        raise bad_request("message can't be edited")
    return message


def _without(message: Json, fields: tuple[str, ...]) -> Json:
    return {name: value for name, value in message.items() if name not in fields}


def _replace(sandbox: Sandbox, parameters: Parameters, message: Json, changed: Json) -> Json:
    """Replace a message with its buttons; a change of buttons alone does not mark it as edited."""
    markup = read_markup(parameters)
    buttons = {"reply_markup": markup} if markup.get("inline_keyboard") else {}
    edited = _without(changed, ("reply_markup",)) | buttons
    if edited == message:
        raise bad_request(NOT_MODIFIED)
    sandbox.rates.spend(message["chat"]["id"])
    if changed != message:
        edited["edit_date"] = int(sandbox.settings.clock())
    if "text" in message and "text" not in edited:
        sandbox.messages.replace_text_by_media(edited)
    else:
        sandbox.messages.replace(edited)
    return edited


async def delete_message(sandbox: Sandbox, parameters: Parameters) -> bool:
    chat = find_chat(sandbox, parameters, Access.WRITE)
    message = find_message(sandbox, parameters, chat, "message to delete")
    if sandbox.settings.clock() - message["date"] > DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    if not _is_deletable(sandbox, message):
        raise bad_request("message can't be deleted")
    return sandbox.messages.delete(message["chat"]["id"], message["message_id"])


def _is_deletable(sandbox: Sandbox, message: Json) -> bool:
    """Return whether the bot may delete a message: in a group others' only as an administrator."""
    own = message["from"]["id"] == sandbox.profile.user["id"]
    chat = message["chat"]
    rules = sandbox.groups.bot(chat["id"]).status == ADMINISTRATOR
    return bool(own or rules or chat["type"] == "private")


async def delete_messages(sandbox: Sandbox, parameters: Parameters) -> bool:
    """Delete messages and ignore those that do not exist."""
    chat = find_chat(sandbox, parameters, Access.WRITE)
    message_ids = parameters.json_array("message_ids", "message identifiers")
    if not all(_is_message_id(message_id) for message_id in message_ids):
        raise bad_request("message identifier must be a Number")
    if len(message_ids) > MAX_DELETED_AT_ONCE:
        raise bad_request("too many message identifiers specified")
    for message_id in message_ids:
        message = sandbox.messages.find(chat["id"], message_id)
        if message and _is_deletable(sandbox, message):
            sandbox.messages.delete(chat["id"], message_id)
    return True


def _is_message_id(value: object) -> bool:
    return type(value) is int and 0 < value < 2**31


METHODS = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
}
