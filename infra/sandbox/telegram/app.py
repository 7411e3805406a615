import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypedDict

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from infra.sandbox.telegram.apps import control, conversation, groups, users
from infra.sandbox.telegram.apps.sender import RejectedError
from infra.sandbox.telegram.bot_api import call_method, download_file, perform_from_webhook
from infra.sandbox.telegram.refusals import ApiError
from infra.sandbox.telegram.sandbox import Sandbox, SandboxSettings, open_sandbox

REFUSALS = (ApiError, RejectedError, HTTPException)
PAGE = Path(__file__).parent / "page"
# The page runs only its own scripts and connects only to its own server, whatever a bot sends.
PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self' blob: data:; media-src 'self' blob:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class State(TypedDict):
    sandbox: Sandbox


async def show_page(_request: Request) -> Response:
    return FileResponse(PAGE / "index.html", headers=PAGE_HEADERS)


ROUTES = [
    # Bot side: https://core.telegram.org/bots/api
    Route("/bot{token}/{method}", call_method, methods=["GET", "POST"]),
    Route("/file/bot{token}/{path:path}", download_file),
    # User side: what Telegram's apps do.
    Route("/users", users.list_users),
    Route("/users", users.add_user, methods=["POST"]),
    Route("/users/{user_id:int}/messages", conversation.show_messages),
    Route("/users/{user_id:int}/messages", conversation.send_message, methods=["POST"]),
    Route(
        "/users/{user_id:int}/messages/{message_id:int}",
        conversation.edit_message,
        methods=["PUT"],
    ),
    Route(
        "/users/{user_id:int}/messages/{message_id:int}",
        conversation.delete_message,
        methods=["DELETE"],
    ),
    Route(
        "/users/{user_id:int}/messages/{message_id:int}/reaction",
        conversation.react,
        methods=["PUT"],
    ),
    Route("/users/{user_id:int}/callbacks", conversation.press_button, methods=["POST"]),
    Route("/users/{user_id:int}/inline", conversation.ask_inline, methods=["POST"]),
    Route("/users/{user_id:int}/inline/{query_id}", conversation.choose_inline, methods=["POST"]),
    Route("/users/{user_id:int}/drafts/stop", conversation.stop_draft, methods=["POST"]),
    Route("/users/{user_id:int}/groups", groups.list_groups),
    Route("/users/{user_id:int}/groups", groups.add_group, methods=["POST"]),
    Route("/users/{user_id:int}/members", groups.add_member, methods=["POST"]),
    Route("/users/{user_id:int}/topics", groups.add_topic, methods=["POST"]),
    Route("/users/{user_id:int}/topics/{thread_id:int}", groups.change_topic, methods=["PUT"]),
    Route("/users/{user_id:int}/topics/{thread_id:int}", groups.delete_topic, methods=["DELETE"]),
    Route("/users/{user_id:int}/bot", groups.change_bot, methods=["PUT"]),
    Route("/users/{user_id:int}/upgrade", groups.upgrade_group, methods=["POST"]),
    Route("/users/{user_id:int}/keyboard", users.show_keyboard),
    Route("/users/{user_id:int}/events", users.stream_events),
    Route("/users/{user_id:int}/block", users.block_bot, methods=["POST"]),
    Route("/users/{user_id:int}/unblock", users.unblock_bot, methods=["POST"]),
    Route("/bot", users.show_bot),
    Route("/bot/privacy", users.change_privacy, methods=["PUT"]),
    Route("/bot/inline", users.change_inline, methods=["PUT"]),
    Route("/files/{file_id}", users.show_file),
    # For tests.
    Route("/updates", control.add_update, methods=["POST"]),
    Route("/sent", control.show_calls),
    Route("/faults", control.add_fault, methods=["POST"]),
    Route("/faults", control.clear_faults, methods=["DELETE"]),
    Route("/webhook", control.show_webhook),
    # The chat page.
    Route("/", show_page),
    Mount("/page", StaticFiles(directory=PAGE, check_dir=False)),
]


def create_app(settings: SandboxSettings) -> Starlette:
    """The Telegram fake: the Bot API for the bot, Telegram's apps for its users."""
    return Starlette(
        routes=ROUTES,
        lifespan=partial(_lifespan, settings),
        exception_handlers=dict.fromkeys(REFUSALS, _refuse_user),
    )


@asynccontextmanager
async def _lifespan(settings: SandboxSettings, app: Starlette) -> AsyncIterator[State]:
    async with open_sandbox(settings) as sandbox:
        app.state.sandbox = sandbox
        delivering = asyncio.create_task(
            sandbox.webhook.run(partial(perform_from_webhook, sandbox))
        )
        try:
            yield {"sandbox": sandbox}
        finally:
            delivering.cancel()
            with suppress(asyncio.CancelledError):
                await delivering


async def _refuse_user(_request: Request, error: Exception) -> Response:
    """Return the reason why an app rejects an action of its user, as text to display."""
    if isinstance(error, HTTPException):
        return JSONResponse({"detail": error.detail}, error.status_code)
    return JSONResponse({"detail": str(error)}, 400)
