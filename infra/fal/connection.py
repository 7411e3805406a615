"""HTTP calls to fal: authentication, quick retries of idempotent calls, and JSON parsing."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from infra.errors import FailureKind, ProviderError
from infra.fal.allowed_hosts import Origin, origin, require_origin, with_backup
from infra.fal.bodies import IDENTITY, read_body, within
from infra.fal.call_metrics import Calls, name_of
from infra.fal.error_mapping import classify, is_locked, is_transient, is_verdict
from infra.fal.stored_data import StoredData
from infra.retry import RetryPolicy

# Time limits of a single call, and of an idempotent call with all its retries; shorter than the step that waits.
_CALL_SECONDS = 45.0
_SEND_SECONDS = 15.0


#: A few quick attempts; for a longer wait the worker defers its job.
QUICK_RETRIES = RetryPolicy(first=0.15, longest=1, attempts=3)


def may_pass(error: Exception) -> bool:
    """Return whether a quick retry may help. The worker handles an error with a Retry-After."""
    return isinstance(error, ProviderError) and error.retryable and not error.retry_after


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `body` is the parsed JSON, None if the body was not JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def text(self, field: str) -> str | None:
        """Return a text field of the JSON object, None if there is none."""
        value = self.body.get(field) if isinstance(self.body, dict) else None
        return value if isinstance(value, str) else None

    @property
    def error(self) -> ProviderError:
        return classify(self.status, self.headers, self.body)


class Connection:
    """Sends `api_key` to the two configured services and nowhere else."""

    def __init__(  # noqa: PLR0913 - keyword-only
        self,
        http: httpx.AsyncClient,
        *,
        api_key: str | None,
        queue_base_url: str,
        rest_base_url: str,
        retry: RetryPolicy,
        stored: StoredData,
        calls: Calls,
    ) -> None:
        self.stored = stored
        self.http = http
        self.queue_base_url = queue_base_url.rstrip("/")
        self.rest_base_url = rest_base_url.rstrip("/")
        self.retry = retry
        self.calls = calls
        queue = require_origin(queue_base_url, "fal_queue_base_url")
        rest = require_origin(rest_base_url, "fal_rest_base_url")
        self.queue_origins = with_backup(queue)
        self.origins: frozenset[Origin] = self.queue_origins | {rest}
        self._authorization = {"Authorization": f"Key {api_key}"} if api_key else {}

    async def send_once(  # noqa: PLR0913 - keyword-only
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        limits: httpx.Timeout | None = None,
    ) -> Answer:
        """Make a call without retries, limited in bytes and seconds. Raises httpx's errors."""
        address = httpx.URL(url)
        target = origin(address)
        call = name_of(method, is_queue=target in self.queue_origins)
        authorization = self._authorization if target in self.origins else {}
        with self.calls.measured(call):
            async with (
                within(_CALL_SECONDS),
                self.http.stream(
                    method,
                    address,
                    content=content,
                    params=params,
                    headers={**IDENTITY, **authorization, **(headers or {})},
                    timeout=limits or self.http.timeout,
                ) as response,
            ):
                body = parse_json(await read_body(response))
            answer = Answer(response.status_code, response.headers, body)
            if not answer.is_success:
                self.calls.refuse(call, answer.error.kind)
        return answer

    async def send(
        self,
        method: str,
        url: str,
        *,
        payload: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make an idempotent call with quick retries. Raises ProviderError if it gets no answer."""
        content = None if payload is None else json.dumps(payload).encode()
        if payload is not None:
            headers = {"Content-Type": "application/json", **(headers or {})}

        async def attempt() -> Answer:
            with translated_errors():
                answer = await self.send_once(method, url, content=content, headers=headers)
            if is_locked(answer.body):
                raise answer.error
            if is_transient(answer.status) and not is_verdict(answer.headers, answer.body):
                raise answer.error
            return answer

        with translated_errors():
            async with within(_SEND_SECONDS):
                return await self.retry.run(attempt, may_pass)


@contextlib.contextmanager
def translated_errors() -> Iterator[None]:
    """Turn network errors of an idempotent call into a retryable ProviderError."""
    try:
        yield
    except httpx.TimeoutException as error:
        name = type(error).__name__
        raise ProviderError(
            FailureKind.TOO_SLOW, f"fal did not answer in time ({name}).", retryable=True
        ) from None
    except (httpx.HTTPError, httpx.StreamError) as error:
        name = type(error).__name__
        raise ProviderError(
            FailureKind.PROVIDER_DOWN, f"fal cannot be reached ({name}).", retryable=True
        ) from None


def parse_json(content: bytes) -> Any:
    """Parse JSON; None for a gateway's HTML, and for numbers or nesting beyond Python's limits."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
