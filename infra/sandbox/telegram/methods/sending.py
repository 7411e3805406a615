"""Methods that send a message: https://core.telegram.org/bots/api#available-methods."""

import secrets
from collections.abc import Awaitable, Callable

from infra.sandbox.telegram.formatting.parse import read_caption, read_text
from infra.sandbox.telegram.formatting.text import FormattedText
from infra.sandbox.telegram.keyboards import read_markup
from infra.sandbox.telegram.methods.chats import Access, find_chat, find_message, find_recipient
from infra.sandbox.telegram.methods.ephemeral import find_receiver
from infra.sandbox.telegram.methods.input_files import read_attachment, source_of
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import ProcessingError, bad_request
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.threads import UnknownThreadError
from infra.sandbox.telegram.wire import Json

ALBUM_SIZES = range(2, 11)
ALBUM_KINDS = ("photo", "video", "document", "audio")
UNMIXED_KINDS = ("document", "audio")
CONTENT = (
    *("text", "entities", "caption", "caption_entities", "has_media_spoiler"),
    *("photo", "video", "animation", "document", "audio", "voice", "sticker", "location"),
)
#: An animation is also a document: the first matching name counts.
RIGHTS = {
    "text": "text messages",
    "photo": "photos",
    "animation": "animations",
    "video": "videos",
    "document": "documents",
    "audio": "audios",
    "voice": "voice notes",
    "sticker": "stickers",
}
ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}


async def send_message(sandbox: Sandbox, parameters: Parameters) -> Json:
    formatted = read_text(parameters)
    content = formatted.fields("text", "entities")
    preview = parameters.json_object("link_preview_options", "link preview options")
    return send(sandbox, parameters, content | _given("link_preview_options", preview))


def send_media(kind: str) -> Callable[[Sandbox, Parameters], Awaitable[Json]]:
    """Return the method that sends one file of this kind."""

    async def send_file(sandbox: Sandbox, parameters: Parameters) -> Json:
        find_recipient(sandbox, parameters)
        source = source_of(parameters, kind)
        if not source:
            raise bad_request(f"there is no {kind} in the request")
        read_markup(parameters)
        caption = read_caption(parameters).fields("caption", "caption_entities")
        thumbnail = source_of(parameters, "thumbnail")
        media = await read_attachment(sandbox, parameters, kind, source, thumbnail)
        return send(sandbox, parameters, media | caption | media_flags(parameters.values))

    return send_file


async def send_media_group(sandbox: Sandbox, parameters: Parameters) -> list[Json]:
    """Send two to ten media; a `reply_markup` has no effect here."""
    chat = find_recipient(sandbox, parameters)
    place = read_place(sandbox, parameters, chat)
    contents = await _album(sandbox, parameters, chat)
    sandbox.rates.spend(chat["id"], len(contents))
    group = {"media_group_id": str(secrets.randbits(50))}
    sender = sandbox.profile.user
    return [
        sandbox.messages.post(chat, sender, group | content | place | _options(parameters))
        for content in contents
    ]


async def _album(sandbox: Sandbox, parameters: Parameters, chat: Json) -> list[Json]:
    items = parameters.json_array("media", "InputMedia")
    if not items:
        raise bad_request("there are no messages to send")
    if len(items) > ALBUM_SIZES[-1]:
        raise bad_request("too many messages to send as an album")
    if len(items) < ALBUM_SIZES[0]:
        raise bad_request("too few messages to send as an album")
    contents = [
        await _read_piece(sandbox, parameters, item, number)
        for number, item in enumerate(items, start=1)
    ]
    _check_mixture(contents)
    for content in contents:
        check_rights(sandbox, chat, content)
    return contents


async def _read_piece(sandbox: Sandbox, parameters: Parameters, item: Json, number: int) -> Json:
    """Read one of the media of an album; an invalid one fails the whole album."""
    try:
        return await read_input_media(sandbox, parameters, item, ALBUM_KINDS)
    except ProcessingError as error:
        reason = f'failed to send message #{number} with the error message "{error.reason}"'
        raise bad_request(reason) from None


def _check_mixture(contents: list[Json]) -> None:
    """Reject mixed kinds: photos and videos go together; documents and audio only with their own kind."""
    for kind in UNMIXED_KINDS:
        if len({kind in content for content in contents}) > 1:
            raise bad_request(f"{kind} can't be mixed with other media types")
    if len({"show_caption_above_media" in content for content in contents}) > 1:
        raise bad_request("parameter show_caption_above_media must be the same for all messages")


async def read_input_media(
    sandbox: Sandbox, parameters: Parameters, item: Json, kinds: tuple[str, ...]
) -> Json:
    """https://core.telegram.org/bots/api#inputmedia"""
    if not isinstance(item, dict):
        raise bad_request("can't parse InputMedia: expected an Object")
    fields = Parameters(item)
    kind = fields.text("type")
    if kind not in kinds:
        raise bad_request("can't use the media of the specified type in the album")
    caption = read_caption(fields).fields("caption", "caption_entities")
    source, thumbnail = fields.text("media"), fields.text("thumbnail")
    media = await read_attachment(sandbox, parameters, kind, source, thumbnail)
    return media | caption | media_flags(item)


def media_flags(values: Json) -> Json:
    """Return how the media is shown."""
    names = {
        "has_spoiler": "has_media_spoiler",
        "show_caption_above_media": "show_caption_above_media",
    }
    flags = Parameters(values)
    return {shown: True for name, shown in names.items() if flags.flag(name)}


async def send_chat_action(sandbox: Sandbox, parameters: Parameters) -> bool:
    chat = find_recipient(sandbox, parameters)
    action = parameters.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    sandbox.messages.show_action(chat["id"], action, parameters.integer("message_thread_id"))
    return True


async def send_message_draft(sandbox: Sandbox, parameters: Parameters) -> bool:
    """Show a partial text in a private chat; without any text the app shows a thinking bot."""
    chat = find_recipient(sandbox, parameters)
    if chat["type"] != "private":
        raise bad_request("chat must be a private chat")
    draft_id = parameters.integer("draft_id")
    if not draft_id:
        raise bad_request("RANDOM_ID_INVALID")
    formatted = read_text(parameters) if parameters.text("text") else FormattedText("")
    options = {name: parameters.flag(name) for name in ("can_stop", "keep_on_stop")}
    draft = {"draft_id": draft_id} | formatted.fields("text", "entities") | options
    sandbox.messages.show_draft(chat["id"], draft)
    return True


async def copy_message(sandbox: Sandbox, parameters: Parameters) -> Json:
    """Copy content as the bot's own message, with a new caption if one is given."""
    source = find_chat(sandbox, parameters, Access.READ, "from_chat_id")
    original = find_message(sandbox, parameters, source, "message to copy")
    content = {name: original[name] for name in CONTENT if name in original}
    if not content:
        raise bad_request("message can't be copied")
    if parameters.values.get("caption") is not None and "text" not in content:
        caption = read_caption(parameters).fields("caption", "caption_entities")
        bare = {name: value for name, value in content.items() if not name.startswith("caption")}
        content = bare | caption
    return {"message_id": send(sandbox, parameters, content)["message_id"]}


def send(sandbox: Sandbox, parameters: Parameters, content: Json) -> Json:
    chat = find_recipient(sandbox, parameters)
    check_rights(sandbox, chat, content)
    markup = read_markup(parameters)
    whole = content | read_place(sandbox, parameters, chat) | _options(parameters)
    if markup.get("inline_keyboard"):
        whole["reply_markup"] = markup
    sandbox.rates.spend(chat["id"])
    if receiver := find_receiver(sandbox, parameters, chat):
        bot = sandbox.profile.user
        return sandbox.ephemeral.post(chat, receiver.id, bot, receiver.user, whole)
    editable = not markup or "inline_keyboard" in markup
    message = sandbox.messages.post(chat, sandbox.profile.user, whole, editable=editable)
    _change_keyboard(sandbox, chat["id"], markup)
    return message


def check_rights(sandbox: Sandbox, chat: Json, content: Json) -> None:
    forbidden = sandbox.groups.bot(chat["id"]).forbidden
    kind = next((kind for kind in RIGHTS if kind in content), "")
    if kind in forbidden:
        raise bad_request(f"not enough rights to send {RIGHTS[kind]} to the chat")


def _change_keyboard(sandbox: Sandbox, chat_id: int, markup: Json) -> None:
    if "keyboard" in markup:
        sandbox.messages.show_keyboard(chat_id, markup)
    elif markup.get("remove_keyboard"):
        sandbox.messages.show_keyboard(chat_id, None)


def read_place(sandbox: Sandbox, parameters: Parameters, chat: Json) -> Json:
    """Return the topic of a message and the message that it replies to."""
    replied = _replied(sandbox, parameters, chat)
    thread_id = parameters.integer("message_thread_id")
    try:
        place = sandbox.threads.place(chat, thread_id, replied)
    except UnknownThreadError:
        raise bad_request("message thread not found") from None
    if sandbox.groups.is_closed(chat["id"], place.get("message_thread_id", 0)):
        raise bad_request("TOPIC_CLOSED")
    return place


def _replied(sandbox: Sandbox, parameters: Parameters, chat: Json) -> Json | None:
    """https://core.telegram.org/bots/api#replyparameters, and the older single parameter."""
    asked = Parameters(parameters.json_object("reply_parameters", "reply parameters"))
    # A negative id is like none: the Bot API server replaces it by 0.
    message_id = max(0, asked.integer("message_id") or parameters.integer("reply_to_message_id"))
    if not message_id:
        return None
    message = sandbox.messages.find(chat["id"], message_id)
    if message is None and not asked.flag("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message


def _options(parameters: Parameters) -> Json:
    protected = {"has_protected_content": True} if parameters.flag("protect_content") else {}
    return protected | _given("effect_id", parameters.text("message_effect_id"))


def _given(name: str, value: object) -> Json:
    return {name: value} if value else {}


METHODS = {
    "sendMessage": send_message,
    "sendPhoto": send_media("photo"),
    "sendVideo": send_media("video"),
    "sendAnimation": send_media("animation"),
    "sendDocument": send_media("document"),
    "sendAudio": send_media("audio"),
    "sendVoice": send_media("voice"),
    "sendMediaGroup": send_media_group,
    "copyMessage": copy_message,
    "sendChatAction": send_chat_action,
    "sendMessageDraft": send_message_draft,
}
