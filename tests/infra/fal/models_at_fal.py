"""A mocked Platform API that lists stored models, for answers that the fake fal cannot give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from infra.fal.models.platform import ONCE, Platform
from infra.fal.models.stored import Stored
from infra.retry import RetryPolicy

BASE = "https://api.fal.example"
REFUSAL = {"error": {"type": "not_found", "message": "Unknown endpoint"}}


def document(stored: Stored) -> dict[str, Any]:
    """Return an OpenAPI document with these schemas, as fal writes it."""
    components = {"In": {**stored.input}, "Out": {**stored.output}}
    for schema in components.values():
        components = components | schema.pop("$defs", {})
    text = httpx.Response(200, json=components).text.replace("#/$defs/", "#/components/schemas/")
    given = {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}
    made = {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}}
    return {
        "openapi": "3.0.4",
        "components": {"schemas": httpx.Response(200, text=text).json()},
        "paths": {
            f"/{stored.endpoint}/requests/{{request_id}}/status": {"get": {"responses": {}}},
            f"/{stored.endpoint}": {"post": {"requestBody": {"content": given}}},
            f"/{stored.endpoint}/requests/{{request_id}}": {
                "get": {"responses": {"200": {"content": made}}}
            },
        },
    }


def listed(stored: Stored, **facts: object) -> dict[str, Any]:
    metadata = {"display_name": "A Model", "category": "text-to-image", "status": "active", **facts}
    return {"endpoint_id": stored.endpoint, "metadata": metadata, "openapi": document(stored)}


@dataclass
class PlatformApi:
    """`models` and `prices` by endpoint; one unknown id fails a call for prices, as at fal."""

    models: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    prices: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    fails: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    requests: list[httpx.Request] = field(default_factory=list)

    def client(self, retry: RetryPolicy = ONCE) -> Platform:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._stream))
        return Platform(http, base_url=BASE, api_key="key-id:key-secret", retry=retry)

    def _stream(self, request: httpx.Request) -> httpx.Response:
        whole = self._answer(request)
        return httpx.Response(
            whole.status_code, headers=whole.headers, stream=httpx.ByteStream(whole.content)
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fails(request):
            return failed
        asked = request.url.params.get_list("endpoint_id")
        if request.url.path == "/v1/models":
            return httpx.Response(
                200, json={"models": [self.models[one] for one in asked if one in self.models]}
            )
        if any(one not in self.prices for one in asked):
            return httpx.Response(404, json=REFUSAL)
        prices = [{"endpoint_id": one, "currency": "USD", **self.prices[one]} for one in asked]
        return httpx.Response(200, json={"prices": prices})
