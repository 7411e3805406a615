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
    if _is_too_early(result):
        return TaskStatus(TaskState.IN_PROGRESS)
    if result.is_success and (isinstance(result.body, dict) or names_error(status)):
        return _read_output(status, result)
    if names_error(status) or _is_model_failure(result):
        return TaskStatus(TaskState.FAILED, error=_more_specific_error(status, result))
    if result.status in _REFUSED_TO_US:
        raise result.error
    raise ProviderError(
        FailureKind.PROVIDER_DOWN,
        f"fal has finished but does not return the result yet (HTTP {result.status}).",
        retryable=True,
        retry_after=result.error.retry_after,
    )


def _is_model_failure(result: Answer) -> bool:
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


def _is_too_early(result: Answer) -> bool:
    # The HTTP status varies (400, 202, 422 and even 200 were seen), the text does not.
    says_so = "still in progress" in (result.text("detail") or "").lower()
    return says_so or result.text("status") in {"IN_QUEUE", "IN_PROGRESS"}


def _read_output(status: Answer, result: Answer) -> TaskStatus:
    try:
        output = parse_result(result.body)
    except ProviderError as error:
        failure = status.error if names_error(status) else error
        return TaskStatus(TaskState.FAILED, error=failure)
    return TaskStatus(
        TaskState.COMPLETED, results=output.files, blocked=output.blocked, seed=output.seed
    )


def _more_specific_error(status: Answer, result: Answer) -> ProviderError:
    if names_error(status) and result.error.error_type is None:
        return status.error
    return result.error
