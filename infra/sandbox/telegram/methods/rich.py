"""https://core.telegram.org/bots/api#sendrichmessage, for the blocks that a bot with images and videos needs."""

from collections.abc import Awaitable, Callable

from infra.sandbox.telegram.keyboards import read_rich_buttons
from infra.sandbox.telegram.methods.chats import find_recipient
from infra.sandbox.telegram.methods.input_files import read_attachment
from infra.sandbox.telegram.methods.sending import media_flags, send
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import ApiError, bad_request
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.wire import Json

MAX_BUTTONS = 8
MEDIA = ("photo", "video")


async def send_rich_message(sandbox: Sandbox, parameters: Parameters) -> Json:
    find_recipient(sandbox, parameters)
    asked = parameters.json_object("rich_message", "InputRichMessage")
    given = [name for name in ("html", "markdown", "blocks") if asked.get(name)]
    if len(given) != 1:
        raise bad_request("exactly one of html, markdown and blocks must be specified")
    if given != ["blocks"]:
        raise ApiError(501, "this fake shows rich messages from blocks only")
    blocks = await _read_blocks(sandbox, parameters, asked["blocks"])
    return send(sandbox, parameters, {"rich_message": {"blocks": blocks}})


async def _read_blocks(sandbox: Sandbox, parameters: Parameters, blocks: object) -> list[Json]:
    if not isinstance(blocks, list) or not blocks:
        raise bad_request("expected an Array of InputRichBlock")
    return [await _read_block(sandbox, parameters, block) for block in blocks]


async def _read_block(sandbox: Sandbox, parameters: Parameters, block: object) -> Json:
    if not isinstance(block, dict):
        raise bad_request("can't parse InputRichBlock: expected an Object")
    kind = str(block.get("type"))
    read = _READERS.get(kind)
    if read is None:
        raise ApiError(501, f"this fake does not show rich blocks of the type {kind}")
    content: Json = {"type": kind} | await read(sandbox, parameters, block)
    if caption := block.get("caption"):
        if not isinstance(caption, dict):
            raise bad_request("can't parse RichBlockCaption: expected an Object")
        content["caption"] = {"text": _text(caption.get("text"))}
    return content


async def _read_text(_sandbox: Sandbox, _parameters: Parameters, block: Json) -> Json:
    return {"text": _text(block.get("text"))}


def _text(value: object) -> object:
    """Check a RichText: a string, a list of RichText, or an object with a type and a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return [_text(each) for each in value]
    if isinstance(value, dict) and isinstance(value.get("type"), str):
        return value | {"text": _text(value.get("text"))}
    raise bad_request("can't parse RichText")


async def _read_media(sandbox: Sandbox, parameters: Parameters, block: Json) -> Json:
    kind = str(block["type"])
    item = block.get(kind)
    if not isinstance(item, dict) or item.get("type") != kind:
        raise bad_request(f"can't parse InputRichBlock: {kind} must be an InputMedia")
    fields = Parameters(item)
    source, thumbnail = fields.text("media"), fields.text("thumbnail")
    content = await read_attachment(sandbox, parameters, kind, source, thumbnail)
    if kind not in content:
        raise bad_request(f"can't use this file as a {kind}")
    flags = {"has_spoiler": True} if media_flags(item).get("has_media_spoiler") else {}
    return {kind: content[kind]} | flags


async def _read_set(sandbox: Sandbox, parameters: Parameters, block: Json) -> Json:
    """Read a collage or a slideshow."""
    blocks = await _read_blocks(sandbox, parameters, block.get("blocks"))
    if any(each["type"] not in MEDIA for each in blocks):
        raise bad_request("only media can be in a collage or in a slideshow")
    return {"blocks": blocks}


async def _read_buttons(_sandbox: Sandbox, _parameters: Parameters, block: Json) -> Json:
    buttons = read_rich_buttons(block.get("buttons"))
    if not 1 <= len(buttons) <= MAX_BUTTONS:
        raise bad_request("a row must have from 1 to 8 buttons")
    return {"buttons": buttons}


async def _read_nothing(_sandbox: Sandbox, _parameters: Parameters, _block: Json) -> Json:
    return {}


type Reader = Callable[[Sandbox, Parameters, Json], Awaitable[Json]]

_READERS: dict[str, Reader] = {
    "paragraph": _read_text,
    "footer": _read_text,
    "divider": _read_nothing,
    "photo": _read_media,
    "video": _read_media,
    "collage": _read_set,
    "slideshow": _read_set,
    "buttons": _read_buttons,
}

METHODS = {"sendRichMessage": send_rich_message}
