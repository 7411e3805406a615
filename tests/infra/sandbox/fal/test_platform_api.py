"""fal's Platform APIs: models, prices, an account's requests and bills, and their traps."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.sandbox.fal.catalog import SCHEMAS
from infra.sandbox.fal.options import Options
from tests.infra.sandbox.fal.account import SCHNELL, SMALL, Account, Submitted, account
from tests.infra.sandbox.fal.server import serve

DEV = "fal-ai/flux/dev"
BY_ENDPOINT = "/v1/models/requests/by-endpoint"
SCHEMA = "openapi-3.0"


async def _models(me: Account, **query: Any) -> list[dict[str, Any]]:
    """Return every page."""
    found: list[dict[str, Any]] = []
    while True:
        answer = (await me.http.get("/v1/models", params=query)).json()
        found += answer["models"]
        if not answer["has_more"]:
            assert answer["next_cursor"] is None
            return found
        query["cursor"] = answer["next_cursor"]


async def test_models_are_found_without_a_key(me: Account) -> None:
    """By identifier, words, category and status; several identifiers are repeated parameters."""
    anybody = await me.http.get("/v1/models", headers={"authorization": ""})
    assert anybody.status_code == 200
    found = await _models(me, endpoint_id=[DEV, SCHNELL])
    assert [model["endpoint_id"] for model in found] == [DEV, SCHNELL]
    assert found[0]["metadata"]["status"] == "active"
    assert found[0]["metadata"]["category"] == "text-to-image"
    veo = await _models(me, q="veo3.1 fast", category="image-to-video")
    assert [model["endpoint_id"] for model in veo] == [
        "fal-ai/veo3.1/fast/first-last-frame-to-video",
        "fal-ai/veo3.1/fast/image-to-video",
    ]
    await me.http.patch(f"/models/{DEV}", json={"status": "deprecated"})
    old = {model["endpoint_id"] for model in await _models(me, status="deprecated")}
    assert DEV in old
    assert SCHNELL not in old
    missing = await me.http.get("/v1/models", params={"endpoint_id": "fal-ai/nobody"})
    assert (missing.status_code, missing.json()["error"]["type"]) == (404, "not_found")


async def test_models_come_in_pages(me: Account) -> None:
    """All models need several pages, and more of them with their documents."""
    names = [model["endpoint_id"] for model in await _models(me)]
    assert sorted(names) == names
    assert len(names) == len(list(SCHEMAS.rglob("*.json"))) > 50
    assert [model["endpoint_id"] for model in await _models(me, limit=7)] == names
    first = (await me.http.get("/v1/models", params={"expand": SCHEMA})).json()
    assert len(first["models"]) < 50 < len(names)
    for wrong in ({"limit": 0}, {"cursor": "%"}, {"status": "dead"}, {"cursor": "eA=="}):
        answer = await me.http.get("/v1/models", params=wrong)
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "validation_error")
    many = {"endpoint_id": [DEV] * 51}
    assert (await me.http.get("/v1/models", params=many)).status_code == 400


def _resolved(document: dict[str, Any], value: Any) -> Any:
    """Return a schema of the document as the stored files have it: references inline, without what fal adds."""
    if isinstance(value, list):
        return [_resolved(document, entry) for entry in value]
    if not isinstance(value, dict):
        return value
    rest = {key: entry for key, entry in value.items() if key not in {"$ref", "anyOf"}}
    if "$ref" in value:
        found = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _resolved(document, found | rest)
    if value.get("anyOf", [{}])[-1] == {"type": "null"}:
        branches = value["anyOf"][:-1]
        return _resolved(
            document, rest | (branches[0] if len(branches) == 1 else {"anyOf": branches})
        )
    return {
        key: _resolved(document, entry)
        for key, entry in value.items()
        if key not in {"$defs", "x-fal-order-properties"}
    }


async def test_document_describes_the_model(me: Account) -> None:
    """Each document has fal's layout, its references lead somewhere, and its input is the stored schema."""
    for model in await _models(me, expand=SCHEMA):
        endpoint, document = model["endpoint_id"], model["openapi"]
        stored = json.loads((SCHEMAS / f"{endpoint}.json").read_text())
        assert document["servers"] == [{"url": "https://queue.fal.run"}]
        body = document["paths"][f"/{endpoint}"]["post"]["requestBody"]
        given = _resolved(document, body["content"]["application/json"]["schema"])
        own = {"$defs": stored["input"].get("$defs", {})}
        assert given == _resolved(own, stored["input"]), endpoint
        result = document["paths"][f"/{endpoint}/requests/{{request_id}}"]["get"]
        content = result["responses"]["200"]["content"]["application/json"]["schema"]
        made = {"$defs": stored["output"].get("$defs", {})}
        assert _resolved(document, content) == _resolved(made, stored["output"]), endpoint


async def test_optional_field_allows_null_in_the_document(me: Account) -> None:
    """As pydantic writes it: an alternative, and the order of the fields beside them."""
    answer = await me.http.get(
        "/api/openapi/queue/openapi.json",
        params={"endpoint_id": SCHNELL},
        headers={"authorization": ""},
    )
    given = answer.json()["components"]["schemas"]["FluxSchnellInput"]
    assert given["properties"]["seed"]["anyOf"] == [{"type": "integer"}, {"type": "null"}]
    assert given["properties"]["image_size"]["anyOf"][0]["$ref"].endswith("/ImageSize")
    assert given["x-fal-order-properties"] == list(given["properties"])


async def test_prices_fail_together(me: Account) -> None:
    """Repeated identifiers work; a comma and one unknown identifier are a 404 for all; a key is required."""
    path = "/v1/models/pricing"
    answer = await me.http.get(path, params={"endpoint_id": [DEV, SCHNELL]})
    assert answer.json()["prices"][1] == {
        "endpoint_id": SCHNELL,
        "unit_price": 0.003,
        "unit": "megapixels",
        "currency": "USD",
    }
    for wrong in (f"{DEV},{SCHNELL}", [DEV, "fal-ai/nobody"]):
        answer = await me.http.get(path, params={"endpoint_id": wrong})
        assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found")
    assert (await me.http.get(path)).status_code == 400
    nobody = await me.http.get(path, params={"endpoint_id": DEV}, headers={"authorization": ""})
    assert (nobody.status_code, nobody.json()["error"]["type"]) == (401, "authorization_error")


async def test_rate_limit_has_the_platforms_error(me: Account) -> None:
    """A fault of these routes has their error shape, and Retry-After when requested."""
    fault = {"operation": "pricing", "status": 429, "retry_after": "2"}
    await me.http.post("/faults", json=fault)
    path, query = "/v1/models/pricing", {"endpoint_id": DEV}
    answer = await me.http.get(path, params=query)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert answer.json()["error"]["type"] == "rate_limited"
    assert (await me.http.get(path, params=query)).status_code == 200


async def test_estimate_multiplies(me: Account) -> None:
    """Units by the price, or calls by the average of the account's past ones."""
    path = "/v1/models/pricing/estimate"
    by_units = {
        "estimate_type": "unit_price",
        "endpoints": {DEV: {"unit_quantity": 4}, SCHNELL: {"unit_quantity": 0.5}},
    }
    assert (await me.http.post(path, json=by_units)).json() == {
        "estimate_type": "unit_price",
        "total_cost": 0.1015,
        "currency": "USD",
    }
    await (await me.draw("a cat", num_images=2)).output()
    by_calls = {
        "estimate_type": "historical_api_price",
        "endpoints": {SCHNELL: {"call_quantity": 10}},
    }
    assert (await me.http.post(path, json=by_calls)).json()["total_cost"] == pytest.approx(0.06)
    nonsense: list[Any] = [{}, {"estimate_type": "guess"}, by_units | {"endpoints": {DEV: {}}}, []]
    for wrong in nonsense:
        assert (await me.http.post(path, json=wrong)).status_code == 400
    unknown = by_units | {"endpoints": {"fal-ai/nobody": {"unit_quantity": 1}}}
    assert (await me.http.post(path, json=unknown)).status_code == 404


async def _history(me: Account, **query: Any) -> list[dict[str, Any]]:
    query = {"endpoint_id": SCHNELL, "expand": "payloads"} | query
    answer = await me.http.get(BY_ENDPOINT, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_lost_submit_is_found_by_its_input(me: Account) -> None:
    """The list has the exact input of each request that has started, and its output once it ended."""
    await me.post(SCHNELL, {"prompt": "a lost cat #500", "image_size": SMALL, "seed": 7})
    (listed,) = await me.requests()
    queued = await me.draw("a queued cat #stuck")
    while not (found := await _history(me)) or found[0]["ended_at"] is None:
        pass
    (item,) = found
    assert item["request_id"] == listed["request_id"]
    assert item["json_input"] == {"prompt": "a lost cat #500", "image_size": SMALL, "seed": 7}
    assert item["json_output"]["seed"] == 7
    assert (item["endpoint_id"], item["status_code"]) == (SCHNELL, 200)
    assert item["sent_at"] <= item["started_at"] <= item["ended_at"]
    assert "json_input" not in (await _history(me, expand=[]))[0]
    await queued.cancel()


async def test_history_is_filtered(me: Account) -> None:
    """By endpoint, status, request and time; another account's requests are not in it."""
    good, bad = await me.draw("a cat"), await me.draw("a cat #nsfw")
    await good.output()
    await bad.error()

    async def named(**query: Any) -> set[str]:
        return {item["request_id"] for item in await _history(me, **query)}

    assert await named() == {good.request_id, bad.request_id}
    assert await named(status="success") == {good.request_id}
    assert await named(status="user_error", sort_by="duration") == {bad.request_id}
    assert await named(request_id=bad.request_id) == {bad.request_id}
    assert not await named(endpoint_id=DEV)
    assert not await named(end="2026-01-01")
    assert not await named(start="2999-01-01T00:00:00Z")
    stranger = {"authorization": "Key stranger:secret"}
    query = {"endpoint_id": SCHNELL}
    assert not (await me.http.get(BY_ENDPOINT, params=query, headers=stranger)).json()["items"]
    for wrong in ({}, query | {"status": "fine"}, query | {"start": "soon"}):
        assert (await me.http.get(BY_ENDPOINT, params=wrong)).status_code == 400


async def test_payloads_that_are_not_stored_cannot_be_found(me: Account) -> None:
    """The request is listed without its input and output."""
    body = {"prompt": "a secret cat", "image_size": SMALL}
    headers = {"x-fal-store-io": "0"}
    answer = await me.http.post(f"/{SCHNELL}", json=body, headers=headers)
    await Submitted(me.http, answer.json()).output()
    (item,) = await _history(me)
    assert (item["json_input"], item["json_output"]) == (None, None)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models/billing-events"),
        ("GET", "/v1/models/usage"),
        ("GET", "/v1/account/billing"),
        ("DELETE", "/v1/models/requests/{}/payloads"),
    ],
)
async def test_admin_routes_refuse_an_api_key(me: Account, method: str, path: str) -> None:
    """The error has the Platform APIs' shape, which is neither of the queue's."""
    request = await me.draw("a cat")
    path = path.format(request.request_id)
    answer = await me.http.request(method, path)
    assert answer.status_code == 403
    assert answer.json()["error"]["type"] == "authorization_error"
    assert (await me.http.request(method, path, headers={"authorization": ""})).status_code == 401


async def test_deleted_payloads_take_the_output_files_along(me: Account) -> None:
    """The input's files stay."""
    source = await me.uploaded(b"not an image")
    request = await me.draw("a cat", unknown_url=source)
    image = (await request.output())["images"][0]["url"]
    path = f"/v1/models/requests/{request.request_id}/payloads"
    answer = await me.http.delete(path, headers=me.admin_headers)
    assert answer.json() == {"cdn_delete_results": [{"link": image, "exception": None}]}
    assert (await me.http.get(image)).status_code == 404
    assert (await me.http.get(source)).status_code == 200
    assert (await request.result()).status_code == 404
    assert (await _history(me))[0]["json_input"] is None
    unknown = await me.http.delete("/v1/models/requests/nobody/payloads", headers=me.admin_headers)
    assert (unknown.status_code, unknown.json()["error"]["type"]) == (404, "not_found")


async def test_admin_key_belongs_to_the_only_accepted_key(tmp_path: Path) -> None:
    """With one accepted key its ADMIN key is accepted too, also for the queue, and no other one."""
    options = Options(tmp_path, 0, key="an-id:a-secret")
    async with serve(options) as address, account(address, "another") as me:
        for key, status in (("an-id:a-secret", 403), ("admin-an-id:a-secret", 200)):
            headers = {"authorization": f"Key {key}"}
            answer = await me.http.get("/v1/account/billing", headers=headers)
            assert answer.status_code == status
            body = {"prompt": "a cat #stuck"}
            answer = await me.http.post(f"/{SCHNELL}", json=body, headers=headers)
            assert answer.status_code == 200
        other = await me.http.get("/v1/account/billing", headers=me.admin_headers)
        assert other.status_code == 401


async def test_webhooks_come_from_the_published_addresses(me: Account) -> None:
    """Everybody may read them."""
    answer = await me.http.get("/v1/meta", headers={"authorization": ""})
    assert "127.0.0.0/8" in answer.json()["webhook_ip_ranges"]


async def test_deprecated_model_still_runs(me: Account) -> None:
    """Only its metadata says so."""
    await me.http.patch(f"/models/{SCHNELL}", json={"status": "deprecated"})
    (model,) = await _models(me, endpoint_id=SCHNELL)
    assert model["metadata"]["status"] == "deprecated"
    await (await me.draw("a cat")).output()


async def test_dead_model_is_gone_everywhere(me: Account) -> None:
    """The submit, the models and the prices answer 404; an accepted request still ends."""
    accepted = await me.draw("a cat")
    await me.http.patch(f"/models/{SCHNELL}", json={"status": "dead"})
    answer = await me.post(SCHNELL, {"prompt": "a cat"})
    assert (answer.status_code, answer.json()) == (
        404,
        {"detail": 'Application "flux/schnell" not found'},
    )
    query = {"endpoint_id": SCHNELL}
    for path in ("/v1/models", "/v1/models/pricing", "/api/openapi/queue/openapi.json"):
        assert (await me.http.get(path, params=query)).status_code == 404
    await accepted.output()


async def test_schema_can_change(me: Account) -> None:
    """The document has the new schema, and requests are checked against it."""
    stored = json.loads((SCHEMAS / f"{SCHNELL}.json").read_text())["input"]
    stored["properties"]["style"] = {"type": "string", "enum": ["photo", "drawing"]}
    stored["required"] = ["prompt", "style"]
    await me.http.patch(f"/models/{SCHNELL}", json={"input": stored})
    (model,) = await _models(me, endpoint_id=SCHNELL, expand=SCHEMA)
    given = model["openapi"]["components"]["schemas"]["FluxSchnellInput"]
    assert given["properties"]["style"]["enum"] == ["photo", "drawing"]
    assert (await (await me.draw("a cat")).error())["loc"] == ["body", "style"]
    await (await me.draw("a cat", style="photo")).output()


async def test_unheard_of_model_can_be_added(me: Account) -> None:
    """It is found, priced, served and billed like any other; one without media is refused."""
    endpoint = "acme/new-painter/text-to-image"
    model = {
        "input": {
            "title": "NewInput",
            "type": "object",
            "required": ["prompt"],
            "properties": {
                "prompt": {"type": "string"},
                "image_size": {"anyOf": [{"enum": ["square"]}, {"type": "null"}]},
            },
        },
        "output": {"title": "NewOutput", "properties": {"image": {"type": "object"}}},
        "price": {"unit": "widgets", "unit_price": 0.5},
    }
    assert (await me.http.put(f"/models/{endpoint}", json=model)).status_code == 201
    (found,) = await _models(me, endpoint_id=endpoint)
    assert found["metadata"]["category"] == "text-to-image"
    request = await me.submit(endpoint, {"prompt": "a cat", "image_size": None})
    assert (await request.output())["image"]["url"]
    assert (await me.requests())[0]["bill"]["dollars"] == 0.5
    text = model | {"output": {"properties": {"text": {"type": "string"}}}}
    assert (await me.http.put("/models/acme/writer", json=text)).status_code == 422
    assert (await me.http.patch("/models/acme/nobody", json={})).status_code == 404
    assert (await me.http.patch(f"/models/{endpoint}", json={"price": 1})).status_code == 422
