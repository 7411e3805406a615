"""Users: list them, create them, show their events, block the bot."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from infra.sandbox.telegram.events import in_chat, personal
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.users import User
from infra.sandbox.telegram.wire import Json

YEAR_SECONDS = 365 * 24 * 3600


def user_of(request: Request) -> User:
    sandbox: Sandbox = request.state.sandbox
    user = sandbox.users.find(request.path_params["user_id"])
    if user is None:
        raise HTTPException(404, "There is no such user.")
    return user


def chat_of(request: Request) -> Json:
    """Return the user's private chat, or the group of theirs that `?chat=` names."""
    sandbox: Sandbox = request.state.sandbox
    user = user_of(request)
    chat_id = Parameters(dict(request.query_params)).integer("chat", user.id)
    if chat_id == user.id:
        return user.chat
    group = sandbox.groups.find(chat_id)
    if group is None or user.id not in sandbox.groups.members(chat_id):
        raise HTTPException(404, "This user is not in this chat.")
    successor = sandbox.groups.find(group.upgraded_to) if group.upgraded_to else None
    return (successor or group).chat


def chats_of(request: Request) -> list[int]:
    """Return the chat's id, after that of its former basic group: an app shows both as one chat."""
    sandbox: Sandbox = request.state.sandbox
    return sandbox.groups.lineage(chat_of(request)["id"])


async def read_object(request: Request) -> Parameters:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise HTTPException(400, "The body is not a JSON object.")
    return Parameters(body)


async def list_users(request: Request) -> Response:
    sandbox: Sandbox = request.state.sandbox
    return JSONResponse([_shown(user) for user in sandbox.users.all()])


async def add_user(request: Request) -> Response:
    sandbox: Sandbox = request.state.sandbox
    body = await read_object(request)
    name, language = body.text("first_name"), body.text("language_code", "ru")
    if not name:
        raise HTTPException(400, "A user needs a first_name.")
    user = sandbox.users.add(name, language, body.text("username") or None)
    return JSONResponse(_shown(user), 201)


def _shown(user: User) -> Json:
    return user.profile | {"language_code": user.language_code}


async def show_bot(request: Request) -> Response:
    sandbox: Sandbox = request.state.sandbox
    asked = request.query_params.get("user", "")
    user = sandbox.users.find(int(asked)) if asked.isdigit() else None
    bot_user = sandbox.profile.user
    chat_id = Parameters(dict(request.query_params)).integer("chat", user.id if user else 0)
    shown = {name: bot_user[name] for name in ("id", "first_name", "username")}
    profile = sandbox.profile
    languages = [user.language_code.partition("-")[0].lower(), ""] if user else [""]
    descriptions = [profile.words("description", language) for language in languages]
    shown |= {
        "privacy": profile.privacy,
        "inline": profile.is_inline,
        "commands": profile.menu(user, chat_id),
        "description": next(filter(None, descriptions), ""),
        "photo": profile.photo[-1]["file_id"] if profile.photo else None,
    }
    return JSONResponse(shown)


async def change_privacy(request: Request) -> Response:
    """Switch privacy mode, as @BotFather does: `on` hides group messages from the bot."""
    sandbox: Sandbox = request.state.sandbox
    sandbox.profile.set_privacy(on=(await read_object(request)).flag("on"))
    return Response(status_code=204)


async def change_inline(request: Request) -> Response:
    """Switch inline mode, as @BotFather does."""
    sandbox: Sandbox = request.state.sandbox
    sandbox.profile.set_inline(on=(await read_object(request)).flag("on"))
    return Response(status_code=204)


async def show_keyboard(request: Request) -> Response:
    sandbox: Sandbox = request.state.sandbox
    return JSONResponse(sandbox.users.keyboard(chat_of(request)["id"]))


async def stream_events(request: Request) -> Response:
    """Stream events from now on, or from `Last-Event-ID` on."""
    sandbox: Sandbox = request.state.sandbox
    last = request.headers.get("last-event-id", "")
    after = int(last) if last.isdigit() else sandbox.events.last
    chats, user_id = chats_of(request), user_of(request).id
    channels = [*chats, *(in_chat(user_id, chat) for chat in chats), personal(user_id)]
    return StreamingResponse(
        sandbox.events.stream(channels, after),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )


async def block_bot(request: Request) -> Response:
    return _change_membership(request, blocked=True)


async def unblock_bot(request: Request) -> Response:
    return _change_membership(request, blocked=False)


def _change_membership(request: Request, *, blocked: bool) -> Response:
    """https://core.telegram.org/bots/api#chatmemberupdated"""
    sandbox: Sandbox = request.state.sandbox
    user = user_of(request)
    if user.blocked != blocked:
        sandbox.users.set_blocked(user.id, blocked=blocked)
        bot = sandbox.profile.user
        states: list[Json] = [
            {"status": "member", "user": bot},
            {"status": "kicked", "user": bot, "until_date": 0},
        ]
        change = {
            "chat": user.chat,
            "from": user.user,
            "date": int(sandbox.settings.clock()),
            "old_chat_member": states[not blocked],
            "new_chat_member": states[blocked],
        }
        sandbox.updates.add("my_chat_member", change)
    return Response(status_code=204)


async def show_file(request: Request) -> Response:
    """Return a file's bytes, in ranges if requested; an id never changes its file, so it may be cached."""
    sandbox: Sandbox = request.state.sandbox
    stored = sandbox.files.find(request.path_params["file_id"])
    if stored is None:
        raise HTTPException(404, "There is no such file.")
    return FileResponse(
        sandbox.files.location(stored.path),
        media_type=stored.content_type,
        headers={
            "Cache-Control": f"public, max-age={YEAR_SECONDS}, immutable",
            # A document may be a page with its own scripts.
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
