"""Middleware that gives each request an id, for the log and for the X-Request-ID header of the response."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.observability.request_id import HEADER, about, new_request_id

_NAME = HEADER.lower().encode()


class RequestIds:
    """Ignores an id that the client sends. An update's response already has its own id, which stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_request_id()
        raw = (_NAME, request_id.encode())

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                if not any(name == _NAME for name, _ in headers):
                    message["headers"] = [*headers, raw]
            await send(message)

        with about(request_id):
            await self._app(scope, receive, send_named)
