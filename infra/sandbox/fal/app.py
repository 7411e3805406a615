"""Routes and components of the fal fake."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.sandbox.fal import jwks
from infra.sandbox.fal.authorization import Authorization
from infra.sandbox.fal.catalog import Catalog
from infra.sandbox.fal.cdn import Cdn
from infra.sandbox.fal.connections import Connections
from infra.sandbox.fal.console import Console
from infra.sandbox.fal.direct.api import DirectApi
from infra.sandbox.fal.direct.sight import Sight
from infra.sandbox.fal.errors import Failure
from infra.sandbox.fal.faults import Endpoint, Faults
from infra.sandbox.fal.inputs import Inputs
from infra.sandbox.fal.model_control import ModelControl
from infra.sandbox.fal.options import Options
from infra.sandbox.fal.outcomes import Outcome
from infra.sandbox.fal.platform_api.history import HistoryApi
from infra.sandbox.fal.platform_api.models import ModelsApi
from infra.sandbox.fal.queue_api import QueueApi
from infra.sandbox.fal.records import State, Store
from infra.sandbox.fal.runner import Runner
from infra.sandbox.fal.scheduler import Scheduler
from infra.sandbox.fal.uploads import Uploads
from infra.sandbox.fal.webhooks import Webhooks


class Sandbox:
    """Fake of all of fal's hosts and the CDN under one origin, with all data in `options.data`."""

    def __init__(self, options: Options, connections: Connections) -> None:
        options.data.mkdir(parents=True, exist_ok=True)
        self._http = httpx.AsyncClient(verify=httpx.create_ssl_context(), trust_env=False)
        self._store = Store(options.data / "requests.sqlite3")
        self._key = jwks.load_or_create(options.data / "signing.key")
        self.cdn = Cdn(options)
        self._webhooks = Webhooks(options, self._store, self._http, self._key)
        catalog = Catalog()
        inputs, sight = Inputs(self.cdn, self._http), Sight(options.data / "drawings.jsonl")
        runner = Runner(catalog, self.cdn, inputs, sight)
        self._scheduler = Scheduler(options, catalog, self._store, runner.run, self._webhooks.send)
        authorization = Authorization(options.key)
        self._balance = options.balance
        self._authorization = authorization
        self.queue = QueueApi(options, catalog, self._scheduler, authorization, connections)
        self.uploads = Uploads(authorization, self.cdn)
        self.faults = Faults()
        self.models = ModelsApi(catalog, self._scheduler, authorization)
        self.history = HistoryApi(options, self._scheduler, self.cdn, authorization)
        self.model_control = ModelControl(catalog)
        self.direct = DirectApi(options, self._scheduler, authorization, inputs, sight)
        self.console = Console(catalog, self._scheduler, self.cdn)

    def resume(self) -> None:
        self._scheduler.resume()
        for record in self._scheduler.records:
            if record.state is State.COMPLETED:
                self._webhooks.send(record)

    async def jwks(self, _: Request) -> Response:
        return JSONResponse(jwks.document(self._key))

    async def balance(self, request: Request) -> Response:
        """Return the balance as a bare number, as fal's dashboard gets it."""
        account = self._authorization.account(request)
        return JSONResponse(self._balance - self._scheduler.spent(account))

    async def close(self) -> None:
        await self._scheduler.close()
        await self._webhooks.close()
        await self._http.aclose()
        self._store.close()


def create_app(options: Options, connections: Connections) -> Starlette:
    sandbox = Sandbox(options, connections)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        sandbox.resume()
        yield
        await sandbox.close()

    handlers = {Failure: _on_failure, ValidationError: _on_invalid}
    return Starlette(routes=_routes(sandbox), lifespan=lifespan, exception_handlers=handlers)


def _routes(sandbox: Sandbox) -> list[Route]:
    console, faults = sandbox.console, sandbox.faults
    return [
        *console.routes(),
        Route("/faults", faults.order, methods=["POST"]),
        Route("/faults", faults.clear, methods=["DELETE"]),
        *sandbox.model_control.routes(),
        *sandbox.direct.routes(faults),
        *_platform_routes(sandbox),
        *_rest_routes(sandbox),
        *_cdn_routes(sandbox),
        *_queue_routes(sandbox),
    ]


def _rest_routes(sandbox: Sandbox) -> list[Route]:
    """rest.fal.ai: the documented uploads, and the token that fal's own clients request."""
    uploads = sandbox.uploads
    multipart = "/upload/{name}/multipart"

    def route(path: str, endpoint: Endpoint, method: str = "POST") -> Route:
        return Route(path, sandbox.faults.guard("upload", endpoint), methods=[method])

    return [
        Route("/.well-known/jwks.json", sandbox.faults.guard("jwks", sandbox.jwks)),
        Route("/billing/user_balance", sandbox.balance),
        route("/storage/upload/initiate", uploads.initiate),
        route("/storage/upload/initiate-multipart", uploads.initiate_multipart),
        route("/storage/auth/token", uploads.token),
        route("/upload/{name}", uploads.put, "PUT"),
        route(f"{multipart}/{{number:int}}", uploads.put_part, "PUT"),
        route(f"{multipart}/complete", uploads.complete),
    ]


def _platform_routes(sandbox: Sandbox) -> list[Route]:
    """api.fal.ai/v1, and the OpenAPI documents that fal.ai serves without a key."""
    models, history, guard = sandbox.models, sandbox.history, sandbox.faults.guard
    requests = "/v1/models/requests"
    return [
        Route("/v1/models", guard("models", models.search)),
        Route("/v1/models/pricing", guard("pricing", models.pricing)),
        Route("/v1/models/pricing/estimate", guard("pricing", models.estimate), methods=["POST"]),
        Route(f"{requests}/by-endpoint", guard("history", history.requests)),
        Route(
            f"{requests}/{{request_id}}/payloads",
            guard("history", history.delete_payloads),
            methods=["DELETE"],
        ),
        Route("/v1/models/billing-events", guard("billing", history.billing_events)),
        Route("/v1/models/usage", guard("billing", history.usage)),
        Route("/v1/account/billing", guard("billing", history.billing)),
        Route("/v1/meta", history.meta),
        Route("/api/openapi/queue/openapi.json", guard("models", models.openapi)),
    ]


def _cdn_routes(sandbox: Sandbox) -> list[Route]:
    uploads = sandbox.uploads
    multipart = "/files/{name}/multipart/{upload_id}"

    def route(path: str, endpoint: Endpoint, method: str) -> Route:
        return Route(path, sandbox.faults.guard("upload", endpoint), methods=[method])

    return [
        route("/files/upload", uploads.upload, "POST"),
        route("/files/upload/multipart", uploads.begin_multipart, "POST"),
        route(f"{multipart}/{{number:int}}", uploads.put_part, "PUT"),
        route(f"{multipart}/complete", uploads.complete, "POST"),
        Route("/files/{name}", sandbox.faults.guard("cdn", sandbox.cdn.serve)),
    ]


def _queue_routes(sandbox: Sandbox) -> list[Route]:
    queue, guard = sandbox.queue, sandbox.faults.guard
    request = "/{owner}/{alias}/requests/{request_id}"
    return [
        Route(f"{request}/status", guard("status", queue.status)),
        Route(f"{request}/status/stream", guard("status", queue.stream)),
        Route(f"{request}/cancel", guard("cancel", queue.cancel), methods=["PUT"]),
        Route(request, guard("result", queue.result)),
        # Last, since an endpoint id may be any path.
        Route("/{endpoint:path}", guard("submit", queue.submit), methods=["POST"]),
    ]


async def _on_failure(_: Request, failure: Exception) -> Response:
    assert isinstance(failure, Failure)  # noqa: S101 - for the type checker: the handler is registered for these errors
    outcome = Outcome.of(failure)
    return Response(outcome.body, outcome.status, outcome.headers, "application/json")


async def _on_invalid(_: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 422)
