"""Parsing of fal's webhooks: https://docs.fal.ai/model-apis/model-endpoints/webhooks."""

import re

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
    payload = content.get("payload") if isinstance(content, dict) else None
    if not isinstance(payload, dict) or content.get("payload_error"):
        return None
    failed = _FAILED_WITH.fullmatch(str(content.get("error")))
    if content.get("status") == "OK":
        answer = Answer(httpx.codes.OK, {}, payload)
    elif failed and is_verdict({}, payload):
        answer = Answer(int(failed[1]), {}, payload)
    else:
        # Without an error type the failure may be fal's and not the model's.
        return None
    status = judge(_COMPLETED, answer)
    if status.error:
        return None if status.error.kind is FailureKind.BROKEN_RESULT else status
    return status if status.state is TaskState.COMPLETED else None
