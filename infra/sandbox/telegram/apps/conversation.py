"""A user's chat with the bot: read, write, press buttons."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.sandbox.telegram.apps.sender import RejectedError, Sender
from infra.sandbox.telegram.apps.users import chat_of, chats_of, read_object, user_of
from infra.sandbox.telegram.groups import CREATOR
from infra.sandbox.telegram.media import sticker
from infra.sandbox.telegram.parameters import Parameters, read_parameters
from infra.sandbox.telegram.reactions import EMOJI
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.wire import Json


async def show_messages(request: Request) -> Response:
    sandbox: Sandbox = request.state.sandbox
    chats, user_id = chats_of(request), user_of(request).id
    private = [each for chat in chats for each in sandbox.ephemeral.history(chat, user_id)]
    found = [*sandbox.messages.history(*chats), *private]
    return JSONResponse(sorted(found, key=lambda message: int(message["message_id"])))


async def send_message(request: Request) -> Response:
    """Accept text, a sticker or a location as JSON, files as multipart."""
    sandbox: Sandbox = request.state.sandbox
    user = user_of(request)
    chat = chat_of(request)
    if user.blocked and chat["type"] == "private":
        raise HTTPException(409, "This user has blocked the bot: unblock it first.")
    parameters = await read_parameters(request)
    cursor = _cursor(sandbox)
    sender = Sender(sandbox, user, chat, parameters.integer("message_thread_id"))
    return JSONResponse(await _send(sender, parameters), 201, headers=cursor)


async def _send(sender: Sender, parameters: Parameters) -> Json:
    reply_to = parameters.integer("reply_to_message_id") or None
    if parameters.uploads:
        return await _send_files(sender, parameters, reply_to)
    if emoji := parameters.text("sticker"):
        picture = await asyncio.to_thread(sticker)
        return sender.post(sender.sandbox.attachments.sticker(emoji, picture), reply_to)
    if location := parameters.values.get("location"):
        return sender.post({"location": location}, reply_to)
    return sender.say(parameters.text("text"), reply_to)


async def _send_files(sender: Sender, parameters: Parameters, reply_to: int | None) -> Json:
    kind = parameters.text("as")
    if kind and kind not in sender.sandbox.attachments.kinds:
        raise RejectedError(f"Nothing can be sent as {kind}.")
    uploads = list(parameters.uploads.values())
    caption, group = parameters.text("caption"), parameters.text("media_group_id")
    return (await sender.attach(uploads, kind, caption, group, reply_to))[0]


async def edit_message(request: Request) -> Response:
    user, message = user_of(request), _message(request, request.path_params["message_id"])
    if message["from"]["id"] != user.id:
        raise HTTPException(403, "Users can edit only their own messages.")
    text = (await read_object(request)).text("text")
    cursor = _cursor(request.state.sandbox)
    sender = Sender(request.state.sandbox, user, message["chat"])
    return JSONResponse(sender.edit(message, text), headers=cursor)


async def delete_message(request: Request) -> Response:
    """Delete for everybody, in private chats the bot's messages too; no update informs the bot."""
    sandbox: Sandbox = request.state.sandbox
    user, message = user_of(request), _message(request, request.path_params["message_id"])
    chat = message["chat"]
    rules = sandbox.groups.members(chat["id"]).get(user.id) == CREATOR
    if not (rules or chat["type"] == "private" or message["from"]["id"] == user.id):
        raise HTTPException(403, "In a group users can delete only their own messages.")
    sandbox.messages.delete_unseen(chat["id"], message["message_id"])
    return Response(status_code=204)


async def react(request: Request) -> Response:
    """Set the user's reaction, or remove it with an empty `emoji`."""
    sandbox: Sandbox = request.state.sandbox
    user, message = user_of(request), _message(request, request.path_params["message_id"])
    emoji = (await read_object(request)).text("emoji")
    if emoji and emoji not in EMOJI:
        raise HTTPException(400, "Telegram has no such reaction.")
    Sender(sandbox, user, message["chat"]).react(message, emoji)
    return Response(status_code=204)


async def press_button(request: Request) -> Response:
    sandbox: Sandbox = request.state.sandbox
    body = await read_object(request)
    message = _message(request, body.integer("message_id"))
    cursor = _cursor(sandbox)
    query_id = sandbox.callbacks.press(user_of(request), message, body.text("data"))
    return JSONResponse({"callback_query_id": query_id}, 202, headers=cursor)


async def ask_inline(request: Request) -> Response:
    """Send what the user has typed after the bot's name; the answer is an event of the user's app."""
    sandbox: Sandbox = request.state.sandbox
    user, chat, body = user_of(request), chat_of(request), await read_object(request)
    if not sandbox.profile.is_inline:
        raise HTTPException(409, "This bot has no inline mode: /setinline at @BotFather.")
    # https://core.telegram.org/bots/api#inlinequery: a private chat with the bot itself is a `sender`.
    kind = "sender" if chat["type"] == "private" else chat["type"]
    cursor = _cursor(sandbox)
    query_id = sandbox.inline_queries.ask(user, kind, body.text("query"), body.text("offset"))
    return JSONResponse({"inline_query_id": query_id}, 202, headers=cursor)


async def choose_inline(request: Request) -> Response:
    """Send a result as the user's own message, via the bot."""
    sandbox: Sandbox = request.state.sandbox
    user, chat, body = user_of(request), chat_of(request), await read_object(request)
    query_id = request.path_params["query_id"]
    content = sandbox.inline_queries.content(user, query_id, body.text("result_id"))
    if content is None:
        raise HTTPException(404, "There is no such result any more.")
    cursor = _cursor(sandbox)
    sender = Sender(sandbox, user, chat, body.integer("message_thread_id"))
    posted = sender.post(content | {"via_bot": sandbox.profile.user}, None)
    return JSONResponse(posted, 201, headers=cursor)


async def stop_draft(request: Request) -> Response:
    """https://core.telegram.org/bots/api#messagegenerationstopped"""
    sandbox: Sandbox = request.state.sandbox
    draft_id = (await read_object(request)).integer("draft_id")
    stopped = {"chat": user_of(request).chat, "draft_id": draft_id}
    sandbox.updates.add("stopped_message_generation", stopped)
    return Response(status_code=204)


def _message(request: Request, message_id: int) -> Json:
    sandbox: Sandbox = request.state.sandbox
    for chat_id in chats_of(request):
        if message := sandbox.messages.find(chat_id, message_id):
            return message
        if message := sandbox.ephemeral.find(chat_id, user_of(request).id, message_id):
            return message
    raise HTTPException(404, "There is no such message in this chat.")


def _cursor(sandbox: Sandbox) -> dict[str, str]:
    """Return the last event number before the action: the bot's reply comes after it."""
    return {"Last-Event-ID": str(sandbox.events.last)}
