"""The status object, with the log lines that a model would have written so far."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from infra.sandbox.fal.records import Record, State
from infra.sandbox.fal.scheduler import Scheduler

_STEPS = 4


def logs_wanted(request: Request) -> bool:
    return request.query_params.get("logs", "").lower() in {"1", "true"}


def base_address(record: Record) -> str:
    """Return the base URL of a request, which has only the first two segments of its endpoint."""
    application = "/".join(record.endpoint.split("/")[:2])
    return f"{record.origin}/{application}/requests/{record.request_id}"


def status_body(record: Record, scheduler: Scheduler, *, with_logs: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "status": record.state,
        "request_id": record.request_id,
        "response_url": base_address(record),
    }
    if record.state is State.IN_QUEUE:
        return body | {"queue_position": scheduler.position(record)}
    body["logs"] = _logs(record, scheduler) if with_logs else None
    if record.state is State.COMPLETED:
        body["metrics"] = _metrics(record)
        if record.error:
            body |= {"error": record.error, "error_type": record.error_type}
    return body


def _metrics(record: Record) -> dict[str, float]:
    if record.started_at is None or record.completed_at is None:
        return {}
    return {"inference_time": round(record.completed_at - record.started_at, 3)}


def _logs(record: Record, scheduler: Scheduler) -> list[dict[str, str]]:
    if record.started_at is None:
        return []
    reached = int(scheduler.progress(record) * _STEPS)
    step = scheduler.work(record) / _STEPS
    return [
        _line(f"{number * 100 // _STEPS:3d}%", record.started_at + number * step)
        for number in range(reached + 1)
    ]


def _line(message: str, at: float) -> dict[str, str]:
    timestamp = datetime.fromtimestamp(at, UTC).isoformat()
    return {"message": message, "level": "INFO", "source": "USER", "timestamp": timestamp}
