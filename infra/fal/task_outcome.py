"""Success or failure of a task with fal's status COMPLETED, which failed tasks have, too."""

import httpx

from infra.errors import FailureKind, ProviderError
from infra.fal.connection import Answer
from infra.fal.error_mapping import is_verdict
from infra.fal.results import parse_result
from infra.fal.tasks import TaskState, TaskStatus

_REFUSED_TO_US = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})


def judge(status: Answer, result: Answer) -> TaskStatus:
    """Derive a task's status from the responses of the status and the result call.

    Raises ProviderError if the result call says nothing about the task: it was refused, or a gateway answered.
    """
    failed = names_error(status)
    # The HTTP status of a result that is too early varies (400, 202, 422 and even 200 were seen), the text does not.
    too_early = "still in progress" in (result.text("detail") or "").lower()
    if too_early or result.text("status") in {"IN_QUEUE", "IN_PROGRESS"}:
        return TaskStatus(TaskState.IN_PROGRESS)
    if result.is_success and (isinstance(result.body, dict) or failed):
        try:
            output = parse_result(result.body)
        except ProviderError as error:
            return TaskStatus(TaskState.FAILED, error=status.error if failed else error)
        return TaskStatus(
            TaskState.COMPLETED, results=output.files, blocked=output.blocked, seed=output.seed
        )
    if failed or is_model_failure(result):
        is_vague = failed and result.error.error_type is None
        return TaskStatus(TaskState.FAILED, error=status.error if is_vague else result.error)
    if result.status in _REFUSED_TO_US:
        raise result.error
    raise ProviderError(
        FailureKind.PROVIDER_DOWN,
        f"fal has finished but does not return the result yet (HTTP {result.status}).",
        retryable=True,
        retry_after=result.error.retry_after,
    )


def is_model_failure(result: Answer) -> bool:
    """Return whether the model reported the failure: with an error type, or at least JSON with a detail."""
    if is_verdict(result.headers, result.body):
        return True
    has_detail = isinstance(result.body, dict) and "detail" in result.body
    silent = _REFUSED_TO_US | {httpx.codes.NOT_FOUND}
    return has_detail and 400 <= result.status < 500 and result.status not in silent


def names_error(status: Answer) -> bool:
    """Return whether the status response itself reports a failure."""
    return isinstance(status.body, dict) and bool(
        status.body.get("error") or status.body.get("error_type")
    )
