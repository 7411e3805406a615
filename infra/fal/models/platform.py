"""fal's Platform API: status, schema and unit price of models. https://fal.ai/docs/platform-apis

The list of models needs no key; prices need one. Both limit calls hard, so a caller asks once a day at most.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import Any

import httpx

from infra.errors import DarkroomError
from infra.fal.bodies import IDENTITY, read_body, within
from infra.fal.connection import parse_json
from infra.fal.error_mapping import parse_retry_after
from infra.fal.models.openapi import read_schemas
from infra.fal.models.stored import UnitPrice
from infra.retry import RetryPolicy

#: For a command: it waits where a worker would defer.
PATIENT = RetryPolicy(first=2, longest=30, attempts=5)
#: For a check that comes again: one call.
ONCE = RetryPolicy(first=1, longest=1, attempts=1)

_SECONDS = 60.0
# A page with the documents of a few models is some megabytes.
_MOST_BYTES = 32 * 1024 * 1024
_SCHEMAS_A_CALL = 5
_MOST_A_CALL = 50
_LONGEST_WAIT = 60.0
# The limit may be gone earlier than fal says.
_LONGEST_ASKED = 3600.0


class PlatformError(DarkroomError):
    """The Platform API cannot be used now. `wait`: seconds until fal accepts another call, if it says so."""

    def __init__(self, text: str, *, passing: bool = False, wait: float | None = None) -> None:
        super().__init__(text)
        self.passing = passing
        self.wait = wait


class KeyRefusedError(PlatformError):
    """fal does not accept the key, or the key's scope is too small."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What fal lists of a model; `input` and `output` are None if fal could not give its schema."""

    endpoint: str
    title: str
    category: str
    status: str
    input: Mapping[str, Any] | None
    output: Mapping[str, Any] | None
    problem: str | None = None


class Platform:
    """`base_url` is without /v1. The caller closes the HTTP client."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        api_key: str | None,
        retry: RetryPolicy = PATIENT,
    ) -> None:
        self._http = http
        self._base = f"{base_url.rstrip('/')}/v1"
        self._key = api_key
        self._retry = retry

    async def models(
        self, endpoints: Sequence[str], *, with_schemas: bool = True
    ) -> dict[str, Listed]:
        """Return the models that exist; fal does not list one that is gone. Raises PlatformError."""
        found: dict[str, Listed] = {}
        expand = [("expand", "openapi-3.0")] if with_schemas else []
        for some in batched(endpoints, _SCHEMAS_A_CALL if with_schemas else _MOST_A_CALL):
            asked = [("endpoint_id", endpoint) for endpoint in some]
            status, body = await self.get("/models", [*asked, ("limit", str(len(some))), *expand])
            if status == httpx.codes.NOT_FOUND and len(some) > 1:
                # One unknown id may fail the whole call.
                for one in some:
                    found |= await self.models([one], with_schemas=with_schemas)
            elif status == httpx.codes.OK:
                found |= {listed.endpoint: listed for listed in parse_models(body, some)}
            elif status != httpx.codes.NOT_FOUND:
                raise refused("models", status, body)
        return found

    async def prices(self, endpoints: Sequence[str]) -> dict[str, UnitPrice]:
        """Return the unit prices that fal has. Raises PlatformError."""
        found: dict[str, UnitPrice] = {}
        for some in batched(endpoints, _MOST_A_CALL):
            # The comma form of the parameter, which is documented too, is answered by 404.
            asked = [("endpoint_id", endpoint) for endpoint in some]
            status, body = await self.get("/models/pricing", asked)
            if status == httpx.codes.NOT_FOUND and len(some) > 1:
                # One unknown id fails the whole call.
                middle = len(some) // 2
                found |= await self.prices(some[:middle]) | await self.prices(some[middle:])
            elif status == httpx.codes.OK:
                found |= parse_prices(body)
            elif status != httpx.codes.NOT_FOUND:
                raise refused("prices", status, body)
        return found

    async def get(self, path: str, params: Sequence[tuple[str, str]]) -> tuple[int, Any]:
        """Return the HTTP status and the JSON of a call. Raises PlatformError for a 429 and a 5xx."""
        headers = {**IDENTITY, **({"Authorization": f"Key {self._key}"} if self._key else {})}
        query = httpx.QueryParams(list(params))

        async def attempt() -> tuple[int, Any]:
            try:
                async with (
                    within(_SECONDS),
                    self._http.stream(
                        "GET", f"{self._base}{path}", params=query, headers=headers
                    ) as response,
                ):
                    content = await read_body(response, _MOST_BYTES)
            except (httpx.HTTPError, httpx.StreamError) as error:
                raise PlatformError(
                    f"fal's Platform API cannot be reached ({type(error).__name__}): check the network,"
                    " fal_proxy and fal_platform_base_url. Orders go on with the last known models.",
                    passing=True,
                ) from None
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                asked = parse_retry_after(response.headers.get("retry-after"))
                raise PlatformError(
                    "fal limits how often its Platform API may be asked (429): try again in an hour."
                    " Orders go on with the last known models and prices.",
                    passing=True,
                    wait=None if asked is None else min(asked, _LONGEST_ASKED),
                )
            if response.is_server_error:
                raise PlatformError(
                    f"fal's Platform API does not work now (HTTP {response.status_code}): see"
                    " https://status.fal.ai and try again. Orders go on with the last known models"
                    " and prices.",
                    passing=True,
                )
            return response.status_code, parse_json(content)

        return await self._retry.run(attempt, may_pass_later)


def may_pass_later(error: Exception) -> float | bool:
    if not isinstance(error, PlatformError) or not error.passing:
        return False
    return min(error.wait, _LONGEST_WAIT) if error.wait else True


def refused(what: str, status: int, body: Any, key: str = "check fal_api_key") -> PlatformError:
    """Return the error for this answer; `key` says what to do about a key that fal refuses."""
    error = body.get("error") if isinstance(body, dict) else None
    message = str(error.get("message", "")) if isinstance(error, dict) else ""
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return KeyRefusedError(f"fal refuses to give {what} for this key (HTTP {status}): {key}.")
    return PlatformError(
        f"fal gave no {what} (HTTP {status}{': ' + message[:200] if message else ''}):"
        " check fal_platform_base_url."
    )


def parse_models(body: Any, asked: Sequence[str]) -> Iterator[Listed]:
    models = body.get("models") if isinstance(body, dict) else None
    for model in models if isinstance(models, list) else ():
        endpoint = str(model.get("endpoint_id")) if isinstance(model, dict) else ""
        if endpoint in asked:
            facts = model.get("metadata")
            facts = facts if isinstance(facts, dict) else {}
            given, made, problem = None, None, None
            try:
                given, made = read_schemas(endpoint, model.get("openapi"))
            except (ValueError, AttributeError, TypeError) as error:
                problem = str(error)
            yield Listed(
                endpoint=endpoint,
                title=str(facts.get("display_name") or endpoint),
                category=str(facts.get("category") or ""),
                status=str(facts.get("status") or "active"),
                input=given,
                output=made,
                problem=problem,
            )


def parse_prices(body: Any) -> dict[str, UnitPrice]:
    found = {}
    prices = body.get("prices") if isinstance(body, dict) else None
    for price in prices if isinstance(prices, list) else ():
        dollars, unit = price.get("unit_price"), price.get("unit")
        is_number = isinstance(dollars, int | float) and not isinstance(dollars, bool)
        if is_number and dollars > 0 and unit:
            found[str(price.get("endpoint_id"))] = UnitPrice(
                unit_price=float(dollars),
                unit=str(unit),
                currency=str(price.get("currency") or "USD"),
                date=today(),
                source="fal's pricing API",
            )
    return found


def today() -> str:
    return datetime.now(UTC).date().isoformat()
