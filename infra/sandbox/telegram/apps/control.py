"""Test control: raw updates in, recorded calls out, injected faults."""

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.sandbox.telegram.apps.users import read_object
from infra.sandbox.telegram.faults import Fault
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.sandbox import Sandbox


async def add_update(request: Request) -> Response:
    """Accept any JSON object unchanged; the bot may then write to the sender that it names."""
    sandbox: Sandbox = request.state.sandbox
    update = (await read_object(request)).values
    for content in update.values():
        if isinstance(content, dict) and isinstance(content.get("from"), dict):
            sandbox.users.start(Parameters(content["from"]).integer("id"))
    return JSONResponse({"update_id": sandbox.updates.add_raw(update)}, 202)


async def show_calls(request: Request) -> Response:
    sandbox: Sandbox = request.state.sandbox
    return JSONResponse(sandbox.calls.log())


async def add_fault(request: Request) -> Response:
    sandbox: Sandbox = request.state.sandbox
    try:
        sandbox.faults.order(Fault(**(await read_object(request)).values))
    except ValidationError as error:
        raise HTTPException(400, f"Not a fault: {error}") from None
    return Response(status_code=204)


async def clear_faults(request: Request) -> Response:
    sandbox: Sandbox = request.state.sandbox
    sandbox.faults.clear()
    return Response(status_code=204)


async def show_webhook(request: Request) -> Response:
    sandbox: Sandbox = request.state.sandbox
    return JSONResponse(sandbox.webhook.info())
