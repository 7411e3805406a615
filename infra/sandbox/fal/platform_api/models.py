"""Models and their prices: https://fal.ai/docs/platform-apis/v1/models."""

from statistics import fmean
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.sandbox.fal.authorization import Authorization
from infra.sandbox.fal.catalog import Catalog, Model, Status
from infra.sandbox.fal.platform_api import openapi
from infra.sandbox.fal.platform_api.parameters import expands, failure, ids, invalid, page
from infra.sandbox.fal.scheduler import Scheduler

_MOST, _MOST_EXPANDED = 50, 20
_CHANGED = "2026-08-02T00:00:00Z"
_CURRENCY = "USD"


class _Units(BaseModel):
    unit_quantity: Annotated[float, Field(ge=0.000001, allow_inf_nan=False)]


class _Calls(BaseModel):
    call_quantity: Annotated[int, Field(ge=1)]


class _ByUnits(BaseModel):
    estimate_type: Literal["unit_price"]
    endpoints: dict[str, _Units]


class _ByCalls(BaseModel):
    estimate_type: Literal["historical_api_price"]
    endpoints: dict[str, _Calls]


class _Estimate(BaseModel):
    asked: Annotated[_ByUnits | _ByCalls, Field(discriminator="estimate_type")]


class ModelsApi:
    def __init__(
        self, catalog: Catalog, scheduler: Scheduler, authorization: Authorization
    ) -> None:
        self._catalog = catalog
        self._scheduler = scheduler
        self._authorization = authorization

    async def search(self, request: Request) -> Response:
        """List the models. A key is optional: it only raises the real service's rate limit."""
        query = request.query_params
        status, category = query.get("status"), query.get("category")
        if status not in {None, Status.ACTIVE, Status.DEPRECATED}:
            raise invalid("status: give active or deprecated")
        wanted = ids(request, "endpoint_id")
        found = [
            model
            for model in self._asked(wanted)
            if status in {None, model.status} and category in {None, model.category}
        ]
        words = query.get("q", "").lower().split()
        found = [model for model in found if all(word in _searched(model) for word in words)]
        if wanted and not found:
            raise failure(404, "not_found", "Models not found")
        whole = expands(request, "openapi-3.0")
        shown = [_described(model, whole=whole) for model in found]
        return page(request, "models", shown, _MOST_EXPANDED if whole else _MOST)

    async def pricing(self, request: Request) -> Response:
        """Return prices; one unknown endpoint fails all of them."""
        self._authorization.platform_account(request)
        models = [self._known(name) for name in ids(request, "endpoint_id", required=True)]
        prices = [
            {
                "endpoint_id": model.endpoint,
                "unit_price": model.unit_price,
                "unit": model.unit,
                "currency": _CURRENCY,
            }
            for model in models
        ]
        return JSONResponse({"prices": prices, "next_cursor": None, "has_more": False})

    async def estimate(self, request: Request) -> Response:
        """Price units, or calls by the average of the account's past ones."""
        account = self._authorization.platform_account(request)
        try:
            asked = _Estimate.model_validate_json(b'{"asked":%s}' % await request.body()).asked
        except ValidationError:
            raise invalid("Invalid request parameters") from None
        if isinstance(asked, _ByUnits):
            total = sum(
                self._known(name).unit_price * given.unit_quantity
                for name, given in asked.endpoints.items()
            )
        else:
            total = sum(
                self._average(account, name) * given.call_quantity
                for name, given in asked.endpoints.items()
            )
        answer = {"estimate_type": asked.estimate_type, "total_cost": round(total, 6)}
        return JSONResponse(answer | {"currency": _CURRENCY})

    async def openapi(self, request: Request) -> Response:
        """Return one model's document, as fal.ai serves it to everybody."""
        return JSONResponse(
            openapi.document(self._known(request.query_params.get("endpoint_id", "")))
        )

    def _asked(self, wanted: list[str]) -> list[Model]:
        if not wanted:
            return list(self._catalog)
        return [model for name in wanted if (model := self._catalog.get(name))]

    def _known(self, endpoint: str) -> Model:
        model = self._catalog.get(endpoint)
        if model is None:
            raise failure(404, "not_found", f"Endpoint not found: {endpoint}")
        return model

    def _average(self, account: str, endpoint: str) -> float:
        model = self._known(endpoint)
        past = [
            record.bill.dollars
            for record in self._scheduler.records
            if record.bill and (record.account, record.endpoint) == (account, endpoint)
        ]
        return fmean(past) if past else model.unit_price


def _searched(model: Model) -> str:
    return f"{model.endpoint} {model.category}".lower()


def _described(model: Model, *, whole: bool) -> dict[str, object]:
    group, _, name = model.endpoint.partition("/")
    described: dict[str, object] = {
        "endpoint_id": model.endpoint,
        "metadata": {
            "display_name": name.replace("/", " ").replace("-", " ").title(),
            "category": model.category,
            "description": f"{model.endpoint}, served by a local fake.",
            "status": model.status,
            "tags": [],
            "updated_at": _CHANGED,
            "is_favorited": None,
            "thumbnail_url": "https://fal.media/files/thumbnail.png",
            "model_url": f"https://fal.run/{model.endpoint}",
            "license_type": "commercial",
            "date": _CHANGED,
            "group": {"key": name.split("/")[0], "label": group},
            "highlighted": False,
            "kind": "inference",
            "duration_estimate": round(model.timing.work / 60, 3),
            "pinned": False,
        },
    }
    return described | ({"openapi": openapi.document(model)} if whole else {})
