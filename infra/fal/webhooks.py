"""Parsing of fal's webhooks: https://docs.fal.ai/model-apis/model-endpoints/webhooks."""

import re
from typing import Any

import httpx

from infra.errors import FailureKind
from infra.fal.connection import Answer, parse_json
from infra.fal.error_mapping import is_verdict
from infra.fal.task_outcome import judge
from infra.fal.tasks import TaskState, TaskStatus

_COMPLETED = Answer(httpx.codes.OK, {}, {"status": "COMPLETED"})
_FAILED_WITH = re.compile(r"Invalid status code: ([45][0-9]{2})")


def read_webhook(body: bytes) -> TaskStatus | None:
    """Return the task's final status as its result call would; None if only that call can tell."""
    content = parse_json(body)
    answer = _result(content) if isinstance(content, dict) else None
    status = judge(_COMPLETED, answer) if answer else None
    if status and status.error:
        return None if status.error.kind is FailureKind.BROKEN_RESULT else status
    return status if status and status.state is TaskState.COMPLETED else None


def _result(content: dict[str, Any]) -> Answer | None:
    payload = content.get("payload")
    if not isinstance(payload, dict) or content.get("payload_error"):
        return None
    if content.get("status") == "OK":
        return Answer(httpx.codes.OK, {}, payload)
    failed = _FAILED_WITH.fullmatch(str(content.get("error")))
    # Without an error type the failure may be fal's and not the model's.
    return Answer(int(failed[1]), {}, payload) if failed and is_verdict({}, payload) else None
