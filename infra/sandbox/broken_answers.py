"""Broken responses for both fakes: dropped connections, slow bodies, endless bodies."""

import asyncio
import gzip
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

_PIECE = 64 * 1024


class BrokenOff(Response):
    """A connection that breaks in the middle of a response, or before it when there is none."""

    def __init__(self, answer: Response | None = None) -> None:
        super().__init__()
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # ASGI cannot close a connection: uvicorn's receive is bound to the object that holds the socket.
        transport = receive.__self__.transport  # type: ignore[attr-defined]  # uvicorn's own

        async def send_half(message: Message) -> None:
            body = message.get("body")
            if not body:
                return await send(message)
            await send({**message, "body": body[: len(body) // 2], "more_body": True})
            transport.close()
            return None

        if self._answer is None:
            transport.abort()
        else:
            await self._answer(scope, receive, send_half)
        # Until uvicorn knows that the connection is closed, it reports an incomplete response as our error.
        while (await receive())["type"] != "http.disconnect":
            pass


class Dripping(Response):
    """A response whose body arrives in small pieces."""

    def __init__(self, answer: Response, seconds: float) -> None:
        super().__init__()
        self._answer = answer
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def drip(message: Message) -> None:
            body = message.get("body", b"")
            step = max(1, len(body) // 100)
            pieces = [body[at : at + step] for at in range(0, len(body), step)]
            for piece in pieces[:-1]:
                await send({**message, "body": piece, "more_body": True})
                await asyncio.sleep(self._seconds)
            await send({**message, "body": pieces[-1]} if pieces else message)

        await self._answer(scope, receive, drip)


def endless(seconds: float) -> Response:
    """Yield spaces without end, like JSON that never begins, with a pause between the pieces."""

    async def pour() -> AsyncIterator[bytes]:
        while True:
            yield b" " * _PIECE
            await asyncio.sleep(seconds)

    return StreamingResponse(pour(), media_type="application/json")


def packed_bomb() -> Response:
    """Return a few hundred bytes that unpack to 64 MiB; as 64 gzip members, because compressing one takes a second."""
    members = gzip.compress(bytes(1 << 20)) * 64
    return Response(gzip.compress(members), headers={"Content-Encoding": "gzip, gzip"})
