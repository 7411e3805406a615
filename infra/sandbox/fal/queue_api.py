"""fal's queue API: https://docs.fal.ai/model-apis/model-endpoints/queue."""

import asyncio
import json
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.sandbox.fal import submission
from infra.sandbox.fal.authorization import Authorization
from infra.sandbox.fal.catalog import Catalog
from infra.sandbox.fal.connections import Connections
from infra.sandbox.fal.errors import Failure, infrastructure_failure, too_early, unknown_request
from infra.sandbox.fal.options import Options
from infra.sandbox.fal.records import Record, State
from infra.sandbox.fal.scheduler import Scheduler
from infra.sandbox.fal.status import base_address, logs_wanted, status_body

_RETENTION = 3600.0
_RETENTION_OF_LARGE = 360.0
_LARGE = 10 * 1024
_COMMENT_INTERVAL = 15
_POLL_INTERVAL = 0.5
_HANG = 60.0
_LOCKED = {"detail": "User is locked. Reason: Exhausted balance. Top up your balance to go on."}
_REFUSALS = {
    "#down": infrastructure_failure(503, "runner_scheduling_failure", "No runner is available"),
    "#busy": Failure(429, {"detail": "Too many requests"}),
    "#locked": Failure(403, _LOCKED),
    "#locked200": Failure(200, _LOCKED),
}


class QueueApi:
    def __init__(
        self,
        options: Options,
        catalog: Catalog,
        scheduler: Scheduler,
        authorization: Authorization,
        connections: Connections,
    ) -> None:
        self._options = options
        self._catalog = catalog
        self._scheduler = scheduler
        self._authorization = authorization
        self._connections = connections

    async def submit(self, request: Request) -> Response:
        account = self._authorization.account(request)
        endpoint = request.path_params["endpoint"]
        self._catalog.find(endpoint)
        record = await submission.read(request, account, endpoint, self._options.now())
        for word in record.fault_words & set(_REFUSALS):
            raise _REFUSALS[word]
        self._check_length(request, account)
        self._scheduler.accept(record)
        return await self._answer(request, record)

    async def status(self, request: Request) -> Response:
        record = self._find(request)
        body = status_body(record, self._scheduler, with_logs=logs_wanted(request))
        done = record.state is State.COMPLETED
        return JSONResponse(body, 200 if done else 202, {"x-fal-request-id": record.request_id})

    async def stream(self, request: Request) -> Response:
        record = self._find(request)
        interval = max(1, round(_COMMENT_INTERVAL * self._options.pace))
        events = self._events(record, with_logs=logs_wanted(request))
        return EventSourceResponse(
            events, ping=interval, headers={"x-fal-request-id": record.request_id}
        )

    async def result(self, request: Request) -> Response:
        record = self._find(request)
        if record.state is not State.COMPLETED or record.status is None:
            raise too_early()
        if self._is_forgotten(record):
            raise unknown_request()
        headers = {"x-fal-request-id": record.request_id, **record.headers}
        return Response(record.result, record.status, headers, "application/json")

    async def cancel(self, request: Request) -> Response:
        record = self._find(request)
        if "#nocancel" in record.fault_words and record.state is not State.COMPLETED:
            # The body that the models' OpenAPI documents promise.
            return JSONResponse({"success": True})
        match self._scheduler.cancel(record):
            case State.IN_QUEUE:
                return JSONResponse({"status": "CANCELLED"})
            case State.IN_PROGRESS:
                return JSONResponse({"status": "CANCELLATION_REQUESTED"}, 202)
            case State.COMPLETED:
                return JSONResponse({"status": "ALREADY_COMPLETED"}, 400)

    def _find(self, request: Request) -> Record:
        if not request.headers.get("authorization"):
            # Without a key fal finds nothing; only a wrong key is refused.
            raise unknown_request()
        account = self._authorization.account(request)
        record = self._scheduler.find(request.path_params["request_id"])
        application = [request.path_params["owner"], request.path_params["alias"]]
        if record is None or record.account != account:
            raise unknown_request()
        if record.endpoint.split("/")[:2] != application:
            raise unknown_request()
        return record

    def _is_forgotten(self, record: Record) -> bool:
        if not record.result:
            return True
        retention = _RETENTION_OF_LARGE if len(record.result) >= _LARGE else _RETENTION
        return self._options.now() - (record.completed_at or 0) > retention

    def _check_length(self, request: Request, account: str) -> None:
        allowed = submission.max_queue_length(request)
        if allowed is not None and self._scheduler.length(account) > allowed:
            raise Failure(429, {"detail": "The queue is longer than fal_max_queue_length"})

    async def _answer(self, request: Request, record: Record) -> Response:
        if "#lost" in record.fault_words:
            return self._connections.drop(request)
        if "#500" in record.fault_words:
            raise infrastructure_failure(500, "internal_error", "Internal error")
        if "#hang" in record.fault_words:
            await asyncio.sleep(_HANG * self._options.pace)
        address = base_address(record)
        body = status_body(record, self._scheduler, with_logs=False) | {
            "logs": None,
            "metrics": {},
            "response_url": address,
            "status_url": f"{address}/status",
            "cancel_url": f"{address}/cancel",
        }
        if record.webhook_url:
            body["gateway_request_id"] = record.request_id
        return JSONResponse(body, headers={"x-fal-request-id": record.request_id})

    async def _events(self, record: Record, *, with_logs: bool) -> AsyncIterator[ServerSentEvent]:
        said = ""
        while True:
            done = record.state is State.COMPLETED
            body = json.dumps(status_body(record, self._scheduler, with_logs=with_logs))
            if body != said:
                said = body
                yield ServerSentEvent(body)
            if done:
                return
            await asyncio.sleep(_POLL_INTERVAL * self._options.pace)
