"""What tests change about the models: `/models`. These routes are the fake's own."""

from typing import Annotated, Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.sandbox.fal.catalog import Catalog, Model, Status

_Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Schema(BaseModel, extra="allow"):
    properties: dict[str, Any]


class _StoredPrice(BaseModel, extra="ignore"):
    unit: str
    unit_price: _Price


class _Stored(BaseModel, extra="ignore"):
    """A model in the format of the stored files."""

    input: _Schema
    output: _Schema
    price: _StoredPrice | None = None
    status: Status = Status.ACTIVE


class _Change(BaseModel, extra="forbid"):
    """Fields to change. A dead model stays known to this route, which can revive it."""

    status: Status | None = None
    unit: str | None = None
    unit_price: _Price | None = None
    input: _Schema | None = None
    bill_as: str | None = None
    discount: Annotated[float, Field(ge=0, le=100)] | None = None
    served_by: str | None = None


class ModelControl:
    """List, add, change and reset models."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def routes(self) -> list[Route]:
        one = "/models/{endpoint:path}"
        return [
            Route("/models", self.all, methods=["GET"]),
            Route("/models", self.reset, methods=["DELETE"]),
            Route(one, self.add, methods=["PUT"]),
            Route(one, self.change, methods=["PATCH"]),
        ]

    async def all(self, _: Request) -> Response:
        return JSONResponse([_shown(model) for model in self._catalog])

    async def add(self, request: Request) -> Response:
        """Serve a model that fal's stored schemas do not have."""
        stored = _Stored.model_validate_json(await request.body()).model_dump()
        try:
            model = Model.parse(stored | {"endpoint": request.path_params["endpoint"]})
            _ = model.validator
        except ValueError as error:
            return JSONResponse({"detail": str(error)}, 422)
        self._catalog.put(model)
        return JSONResponse(_shown(model), 201)

    async def change(self, request: Request) -> Response:
        """Change a model's price, status or schema. A null is no change, except for the last two fields."""
        change = _Change.model_validate_json(await request.body())
        given = change.model_dump(exclude_unset=True)
        kept = {
            name: value
            for name, value in given.items()
            if value is not None or name in {"bill_as", "served_by"}
        }
        return JSONResponse(_shown(self._catalog.change(request.path_params["endpoint"], **kept)))

    async def reset(self, _: Request) -> Response:
        self._catalog.reset()
        return Response(status_code=204)


def _shown(model: Model) -> dict[str, object]:
    return {
        "endpoint": model.endpoint,
        "status": model.status,
        "category": model.category,
        "unit": model.unit,
        "unit_price": model.unit_price,
        "bill_as": model.bill_as,
        "discount": model.discount,
        "served_by": model.served_by,
    }
