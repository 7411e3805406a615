"""The Bot API's front: who calls, what they call, and how they are answered.

https://core.telegram.org/bots/api#making-requests
"""

from loguru import logger
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from infra.sandbox.telegram.calls import Fault
from infra.sandbox.telegram.methods import METHODS
from infra.sandbox.telegram.parameters import Parameters, read_parameters
from infra.sandbox.telegram.refusals import ApiError
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.wire import Json


class Hangup(Response):
    """No answer at all: the connection closes, as when a network fails halfway."""

    async def __call__(self, _scope: Scope, receive: Receive, _send: Send) -> None:
        # ASGI has no word for this: uvicorn's receive is bound to the object that holds the socket.
        receive.__self__.transport.abort()  # type: ignore[attr-defined]  # uvicorn's own
        await receive()


async def call_method(request: Request) -> Response:
    """`/bot<token>/<method>`."""
    sandbox: Sandbox = request.state.sandbox
    name = request.path_params["method"]
    try:
        _check_token(sandbox, request)
        parameters = await read_parameters(request)
    except ApiError as error:
        return _refused(name, error)
    return await _answer(sandbox, name, parameters)


async def _answer(sandbox: Sandbox, name: str, parameters: Parameters) -> Response:
    fault = sandbox.calls.next_fault(name, parameters)
    began = sandbox.settings.clock()
    try:
        answer = await perform(sandbox, name, parameters, fault)
    except ApiError as error:
        sandbox.calls.record(name, began, parameters, error.code)
        return _refused(name, error)
    sandbox.calls.record(name, began, parameters, 200)
    return Hangup() if fault and fault.drop else JSONResponse({"ok": True, "result": answer})


async def perform(
    sandbox: Sandbox, name: str, parameters: Parameters, fault: Fault | None = None
) -> object:
    """Carry a method out, unless the fault says otherwise."""
    if fault and not fault.drop:
        raise fault.error()
    method = METHODS.get(name.lower())
    if method is None:
        raise ApiError(404, "method not found")
    return await method(sandbox, parameters)


async def perform_from_webhook(sandbox: Sandbox, call: Json) -> None:
    """A method that came as the answer to a webhook: Telegram never tells what became of it."""
    parameters = Parameters({name: value for name, value in call.items() if name != "method"})
    await _answer(sandbox, call["method"], parameters)


async def download_file(request: Request) -> Response:
    """`/file/bot<token>/<path>`. https://core.telegram.org/bots/api#getfile"""
    sandbox: Sandbox = request.state.sandbox
    try:
        _check_token(sandbox, request)
    except ApiError as error:
        return _refused("file", error)
    stored = sandbox.files.find_path(request.path_params["path"])
    if stored is None:
        return _refused("file", ApiError(404))
    location = sandbox.files.location(stored.path)
    return FileResponse(location, media_type="application/octet-stream")


def _check_token(sandbox: Sandbox, request: Request) -> None:
    if request.path_params["token"] != sandbox.settings.token:
        raise ApiError(401)


def _refused(method: str, error: ApiError) -> Response:
    # Only how the reason begins: its end may quote what a person or the bot has written.
    logger.info("{} refused: {}", method, ": ".join(str(error).split(": ")[:2]))
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
    return JSONResponse(error.answer(), error.code, headers=headers)
