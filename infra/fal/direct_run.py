"""Synchronous runs of a model, without the queue: one POST that waits for the result.

https://fal.ai/docs/model-apis/model-endpoints/synchronous-requests
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from infra.errors import FailureKind, ProviderError
from infra.fal.allowed_hosts import require_origin
from infra.fal.bills import Bill, read_bill
from infra.fal.bodies import IDENTITY, read_body, within
from infra.fal.call_metrics import Calls
from infra.fal.connection import Answer, parse_json, translated_errors
from infra.fal.error_mapping import is_locked
from infra.fal.stored_data import StoredData
from infra.observability.metrics import Meter
from infra.settings import Settings

_CALL = "run"
_REQUEST_ID = "x-fal-request-id"
# A proxy may join two headers; the ledger stores ids between spaces.
_ID = re.compile(r"[\w-]{1,100}", re.ASCII)
#: Half of a surrogate pair: JSON may contain it, for example of an emoji that a model has cut, and UTF-8 may not.
HALF_CHARACTER = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Run:
    """What a model answered. `bill` is None if fal did not say what it bills."""

    output: Mapping[str, Any]
    request_id: str | None
    bill: Bill | None


class DirectRuns:
    """Sends `api_key` to `run_base_url` and nowhere else. The caller closes the HTTP client."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        api_key: str | None,
        run_base_url: str,
        stored: StoredData,
        meter: Meter | None = None,
    ) -> None:
        require_origin(run_base_url, "fal_run_base_url")
        self._http = http
        self._base_url = run_base_url.rstrip("/")
        self._calls = Calls(meter or Meter())
        self._headers = {
            "Content-Type": "application/json",
            # Another endpoint that takes over would have another price.
            "x-app-fal-disable-fallback": "true",
            **({"Authorization": f"Key {api_key}"} if api_key else {}),
            **stored.headers,
            **IDENTITY,
        }

    @classmethod
    def open(cls, settings: Settings, http: httpx.AsyncClient, meter: Meter | None = None) -> Self:
        return cls(
            http,
            api_key=settings.fal_api_key.get_secret_value() if settings.fal_api_key else None,
            run_base_url=settings.fal_run_base_url,
            # The answer comes at once or never: nothing is looked up at fal later.
            stored=StoredData(settings.fal_media_lifetime, requests=False),
            meter=meter,
        )

    async def run(
        self,
        endpoint: str,
        arguments: Mapping[str, object],
        *,
        timeout: float,  # noqa: ASYNC109 - of the whole call, in seconds
    ) -> Run:
        """Run a model. It costs money, so it is sent again only if nothing was sent. Raises ProviderError."""
        content = json.dumps(arguments).encode()
        with translated_errors():
            async with within(timeout):
                try:
                    answer = await self._post(endpoint, content, timeout)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    answer = await self._post(endpoint, content, timeout)
        if is_locked(answer.body) or not answer.is_success:
            raise answer.error
        if not isinstance(answer.body, dict):
            raise ProviderError(FailureKind.BROKEN_RESULT, "fal's answer is no JSON object.")
        request_id = _ID.fullmatch(answer.headers.get(_REQUEST_ID, ""))
        return Run(answer.body, request_id and request_id[0], read_bill(answer.headers))

    async def _post(self, endpoint: str, content: bytes, seconds: float) -> Answer:
        with self._calls.measured(_CALL):
            async with self._http.stream(
                "POST",
                f"{self._base_url}/{endpoint}",
                content=content,
                headers=self._headers,
                timeout=httpx.Timeout(seconds),
            ) as response:
                answer = Answer(
                    response.status_code, response.headers, parse_json(await read_body(response))
                )
            if not answer.is_success:
                self._calls.refuse(_CALL, answer.error.kind)
        return answer
