"""Entry point of the Bot API: authentication, dispatch and responses.

https://core.telegram.org/bots/api#making-requests
"""

from collections.abc import Awaitable, Callable
from functools import partial

from loguru import logger
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from infra.sandbox.telegram.faults import DOWNLOAD, refused
from infra.sandbox.telegram.methods import METHODS
from infra.sandbox.telegram.parameters import Parameters, read_parameters
from infra.sandbox.telegram.refusals import ApiError
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.wire import Json


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
    return await _with_faults(
        sandbox, name, parameters, partial(perform, sandbox, name, parameters)
    )


async def perform(sandbox: Sandbox, name: str, parameters: Parameters) -> Response:
    """Call a method."""
    method = METHODS.get(name.lower())
    if method is None:
        raise ApiError(404, "method not found")
    return JSONResponse({"ok": True, "result": await method(sandbox, parameters)})


async def _with_faults(
    sandbox: Sandbox, name: str, parameters: Parameters, act: Callable[[], Awaitable[Response]]
) -> Response:
    """Call the method and respond, unless a fault was injected for this call."""
    fault = sandbox.faults.take(name, parameters)
    began = sandbox.settings.clock()
    answer, status = Response(), fault.status if fault else 0
    if fault is None or fault.carries_out:
        answer = await _refusing(name, act)
        status = answer.status_code
    acknowledged = fault is None or (fault.keeps_answer and not fault.cut)
    sandbox.calls.record(name, began, parameters, status, acknowledged=acknowledged)
    if fault is None:
        return answer
    await sandbox.faults.wait(fault.delay)
    return fault.answer(answer)


async def _refusing(name: str, act: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await act()
    except ApiError as error:
        return _refused(name, error)


async def perform_from_webhook(sandbox: Sandbox, call: Json) -> None:
    """Call a method from the response to a webhook: Telegram never reports its result."""
    parameters = Parameters({name: value for name, value in call.items() if name != "method"})
    await _answer(sandbox, call["method"], parameters)


async def download_file(request: Request) -> Response:
    """`/file/bot<token>/<path>`. https://core.telegram.org/bots/api#getfile"""
    sandbox: Sandbox = request.state.sandbox
    try:
        _check_token(sandbox, request)
    except ApiError as error:
        return _refused(DOWNLOAD, error)
    path = request.path_params["path"]
    parameters = Parameters({"file_path": path})
    return await _with_faults(sandbox, DOWNLOAD, parameters, partial(_read_file, sandbox, path))


async def _read_file(sandbox: Sandbox, path: str) -> Response:
    stored = sandbox.files.find_path(path)
    # A self-hosted server serves no files: what getFile names is on its disk.
    if stored is None or sandbox.settings.is_local:
        raise ApiError(404)
    location = sandbox.files.location(stored.path)
    return FileResponse(location, media_type="application/octet-stream")


def _check_token(sandbox: Sandbox, request: Request) -> None:
    if request.path_params["token"] != sandbox.settings.token:
        raise ApiError(401)


def _refused(method: str, error: ApiError) -> Response:
    # Log only the start of the reason: the rest may quote a user or the bot.
    logger.info("{} refused: {}", method, ": ".join(str(error).split(": ")[:2]))
    return refused(error)
