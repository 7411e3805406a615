"""Client of fal's queue API: https://docs.fal.ai/model-apis/model-endpoints/queue."""

import contextlib
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx

from infra.errors import Ambiguous, FailureKind, NotSent, ProviderError
from infra.fal.allowed_hosts import at_backup, origin
from infra.fal.bills import Bill, read_bill
from infra.fal.call_metrics import Calls
from infra.fal.connection import QUICK_RETRIES, Answer, Connection
from infra.fal.downloads import Download, download
from infra.fal.error_mapping import is_locked
from infra.fal.input_digest import digest_of
from infra.fal.stored_data import StoredData
from infra.fal.task_outcome import judge, names_error
from infra.fal.tasks import CancelOutcome, TaskId, TaskState, TaskStatus
from infra.fal.uploads import upload
from infra.observability.metrics import Meter
from infra.retry import RetryPolicy

type BeforePost = Callable[[str], Awaitable[None]]

_MIB = 1024 * 1024
_STORED = StoredData()
# fal's own client gives the backup no more seconds to connect.
_BACKUP_TIMEOUT = httpx.Timeout(30, connect=5, pool=5)
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
# 408 and 499 say that the connection ended early, not whether fal accepted the request.
_UNDECIDED_STATUSES = frozenset({408, 499})
_WAITING = {"IN_QUEUE": TaskState.IN_QUEUE, "IN_PROGRESS": TaskState.IN_PROGRESS}
_CANCEL_OUTCOMES = {
    "CANCELLATION_REQUESTED": CancelOutcome.REQUESTED,
    "ALREADY_COMPLETED": CancelOutcome.TOO_LATE,
    "NOT_FOUND": CancelOutcome.UNKNOWN,
}


class FalClient:
    """Submits and polls tasks, cancels them and downloads results. The caller closes the HTTP client."""

    def __init__(  # noqa: PLR0913 - keyword-only
        self,
        http: httpx.AsyncClient,
        *,
        api_key: str | None,
        queue_base_url: str = "https://queue.fal.run",
        rest_base_url: str = "https://rest.fal.ai",
        retry: RetryPolicy = QUICK_RETRIES,
        stored: StoredData = _STORED,
        meter: Meter | None = None,
    ) -> None:
        self.connection = Connection(
            http,
            api_key=api_key,
            queue_base_url=queue_base_url,
            rest_base_url=rest_base_url,
            retry=retry,
            stored=stored,
            calls=Calls(meter or Meter()),
        )

    async def submit(
        self,
        endpoint: str,
        arguments: Mapping[str, object],
        *,
        webhook_url: str | None = None,
        start_timeout: float | None = None,
        before_post: BeforePost | None = None,
    ) -> TaskId:
        """Submit a task: the only call that costs money, so it is sent once.

        `start_timeout` is the time limit for the start, in seconds; `before_post` is called with the digest of the
        arguments. Raises NotSent if it may be sent again, Ambiguous
        if it must not be, and ProviderError if fal refused it and queued nothing.
        """
        headers = {
            "Content-Type": "application/json",
            # Another endpoint that takes over would have another price.
            "x-app-fal-disable-fallback": "true",
            **self.connection.stored.headers,
        }
        if start_timeout is not None:
            headers["X-Fal-Request-Timeout"] = f"{start_timeout:g}"
        post = partial(
            self.connection.send_once,
            "POST",
            content=json.dumps(arguments).encode(),
            params={"fal_webhook": webhook_url} if webhook_url else None,
            headers=headers,
        )
        url = f"{self.connection.queue_base_url}/{endpoint}"
        if before_post:
            await before_post(digest_of(arguments))
        with _submit_errors():
            try:
                answer = await post(url)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                # Nothing was sent, so the backup may be tried.
                backup = at_backup(url)
                if backup is None:
                    raise
                answer = await post(backup, limits=_BACKUP_TIMEOUT)
        return self._read_submitted(answer)

    def _read_submitted(self, answer: Answer) -> TaskId:
        if answer.status == httpx.codes.TOO_MANY_REQUESTS:
            error = answer.error
            raise NotSent(error.kind, error.detail, retry_after=error.retry_after)
        is_refused = 400 <= answer.status < 500 and answer.status not in _UNDECIDED_STATUSES
        if is_refused or is_locked(answer.body):
            raise answer.error
        if not answer.is_success:
            raise _ambiguous(f"HTTP {answer.status}")
        try:
            task_id = TaskId.from_fields(answer.body)
        except ValueError:
            raise _ambiguous("the response has no request id") from None
        urls = (task_id.status_url, task_id.response_url, task_id.cancel_url)
        if not {origin(url) for url in urls} <= self.connection.queue_origins:
            raise _ambiguous("the response has URLs that are not fal's")
        return task_id

    def rebuild_task(self, endpoint: str, request_id: str) -> TaskId:
        """Rebuild the task of a submit whose response was lost. Otherwise always use the URLs that fal returned."""
        application = "/".join(endpoint.split("/")[:2])
        address = f"{self.connection.queue_base_url}/{application}/requests/{request_id}"
        return TaskId(request_id, f"{address}/status", address, f"{address}/cancel")

    async def check_status(self, task_id: TaskId) -> TaskStatus:
        """Return the task's status, which may be FAILED. Raises ProviderError if the status cannot be read."""
        answer = await self.connection.send("GET", task_id.status_url)
        if answer.status == httpx.codes.NOT_FOUND:
            return TaskStatus(TaskState.NOT_FOUND)
        if not answer.is_success:
            raise answer.error
        state = answer.text("status") or ""
        if state == "COMPLETED":
            try:
                result = await self.connection.send("GET", task_id.response_url)
            except ProviderError:
                if names_error(answer):
                    return TaskStatus(TaskState.FAILED, error=answer.error)
                raise
            return replace(judge(answer, result), bill=read_bill(result.headers))
        if state not in _WAITING:
            raise ProviderError(
                FailureKind.PROVIDER_DOWN, "fal returned an unknown status.", retryable=True
            )
        position = answer.body.get("queue_position")
        is_number = isinstance(position, int) and not isinstance(position, bool)
        return TaskStatus(
            _WAITING[state], queue_position=position if is_number and position >= 0 else None
        )

    async def read_bill(self, task_id: TaskId) -> Bill | None:
        """Return what fal bills for an ended task, None if it does not say. Raises ProviderError."""
        return read_bill((await self.connection.send("GET", task_id.response_url)).headers)

    async def cancel(self, task_id: TaskId) -> CancelOutcome:
        """Cancel the task; idempotent. Raises ProviderError if fal did not accept the call."""
        answer = await self.connection.send("PUT", task_id.cancel_url)
        word = answer.text("status") or ""
        if word in _CANCEL_OUTCOMES:
            return _CANCEL_OUTCOMES[word]
        if answer.status == httpx.codes.ACCEPTED:
            return CancelOutcome.REQUESTED
        if answer.is_success:
            return CancelOutcome.REMOVED
        if answer.status == httpx.codes.NOT_FOUND:
            return CancelOutcome.UNKNOWN
        raise answer.error

    async def upload(self, source: Path | bytes, content_type: str) -> str:
        """Upload a file and return its URL for fal's models. Raises ProviderError and StorageError."""
        return await upload(self.connection, source, content_type)

    async def download_result(
        self,
        result_url: str,
        target_path: Path,
        *,
        max_bytes: int = 256 * _MIB,
        max_seconds: float = 160,
    ) -> Download:
        """Download a result to `target_path`, atomically."""
        with self.connection.calls.measured("download"):
            return await download(
                self.connection,
                result_url,
                target_path,
                max_bytes=max_bytes,
                max_seconds=max_seconds,
            )


@contextlib.contextmanager
def _submit_errors() -> Iterator[None]:
    try:
        yield
    except _UNSENT as error:
        raise NotSent(
            FailureKind.PROVIDER_DOWN, f"fal cannot be reached ({type(error).__name__})."
        ) from None
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise _ambiguous(f"no response, {type(error).__name__}") from None


def _ambiguous(cause: str) -> Ambiguous:
    return Ambiguous(f"It is not known whether fal accepted the request ({cause}).")
