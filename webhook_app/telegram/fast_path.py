"""ASGI application with a fast path for updates."""

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from webhook_app.telegram import webhook


class FastPath(Starlette):
    """Nearly every request is an update, so updates skip routing, middleware and the request object.

    A refused update goes through the normal path, which makes the error response.
    """

    takes_updates: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_post = self.takes_updates and scope["type"] == "http" and scope["method"] == "POST"
        if is_post and scope.get("root_path", "") + webhook.PATH == scope["path"]:
            try:
                await webhook.receive_update(scope, receive, send)
            except Exception as refusal:  # noqa: BLE001 - `explain_refusal` raises it again
                scope["refusal"] = refusal
            else:
                return
        await super().__call__(scope, receive, send)
