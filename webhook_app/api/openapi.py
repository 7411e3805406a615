"""OpenAPI description of the served routes: https://spec.openapis.org/oas/v3.1.1.html.

It uses only what 3.0 and 3.1 have in common, for tools that read 3.0 only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.routing import Route

from webhook_app.api.files import CONTENT_TYPES
from webhook_app.api.schemas import CURSOR, PUBLIC_STATUSES, SCHEMAS, SPENDING_DAYS
from webhook_app.http.problem_details import PHRASES
from worker.limits.ledger import LEDGER_DAYS

type Json = dict[str, Any]

# Version of this description. Darkroom's own version is not public.
_API_VERSION = "1"


@dataclass(frozen=True)
class Operation:
    """The description of a route. `answers` and `errors` are by status."""

    summary: str
    answers: Mapping[int, Json]
    errors: Sequence[int] = ()
    parameters: Sequence[Json] = ()
    body: Json | None = None
    security: str | None = None
    tag: str = "jobs"

    def describe(self, operation_id: str) -> Json:
        problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        contents = {**self.answers, **dict.fromkeys(self.errors, problem)}
        described: Json = {
            "operationId": operation_id,
            "summary": self.summary,
            "tags": [self.tag],
            "parameters": list(self.parameters),
            "responses": {
                str(status): {"description": PHRASES[status]}
                | ({"content": content} if content else {})
                for status, content in sorted(contents.items())
            },
        }
        if self.body:
            described["requestBody"] = {"required": True, "content": self.body}
        if self.security:
            described["security"] = [{self.security: []}]
        return described


def _json(schema: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def parameter(name: str, description: str, schema: Json, place: str = "query") -> Json:
    return {
        "name": name,
        "in": place,
        "description": description,
        "required": place == "path",
        "schema": schema,
    }


_JOB_ID = parameter("job_id", "The job's id.", {"type": "string"}, "path")
_WEBHOOK_TOKEN = parameter("token", "The job's webhook token.", {"type": "string"}, "path")
_LINK_TOKEN = parameter(
    "token",
    "The file, its expiry and a signature.",
    {"type": "string", "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"},
    "path",
)
_FILE: Json = {
    content_type: {"schema": {"type": "string", "format": "binary"}}
    for content_type in CONTENT_TYPES.values()
}
_SIGNATURE = tuple(
    {
        **parameter(f"X-Fal-Webhook-{name}", meaning, {"type": "string"}, "header"),
        "required": True,
    }
    for name, meaning in (
        ("Request-Id", "fal's id of the request."),
        ("User-Id", "fal's id of the account."),
        ("Timestamp", "Seconds since the epoch; at most five minutes from now."),
        ("Signature", "Ed25519 over these three and the body's SHA-256, in hexadecimal."),
    )
)
_FILTERS = (
    parameter("user", "Only jobs of this Telegram user.", {"type": "integer"}),
    {
        **parameter(
            "status",
            "Only jobs in one of these statuses, separated by commas.",
            {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "enum": [*PUBLIC_STATUSES]},
            },
        ),
        "style": "form",
        "explode": False,
    },
    parameter(
        "cursor", "The `cursor` of the previous page.", {"type": "string", "pattern": CURSOR}
    ),
    parameter(
        "limit",
        "Maximum number of jobs.",
        {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    ),
)

#: By route name; every route in the schema needs an entry.
OPERATIONS: Mapping[str, Operation] = {
    "explain_refusal": Operation(
        summary="Receive an update from Telegram",
        tag="telegram",
        security="telegram",
        body={"application/json": {"schema": {"type": "object"}}},
        answers={200: {}},
        errors=(401, 408, 413, 415, 503),
    ),
    "receive_webhook": Operation(
        summary="Receive fal's webhook for a job; the token in the path belongs to the job",
        tag="fal",
        parameters=(_JOB_ID, _WEBHOOK_TOKEN, *_SIGNATURE),
        body={"application/json": {"schema": {"type": "object"}}},
        answers={200: {}},
        errors=(401, 403, 404, 408, 413, 503),
    ),
    "share_file": Operation(
        summary="Download an image or video by its signed URL; supports a single Range",
        tag="files",
        parameters=(_LINK_TOKEN,),
        answers=dict.fromkeys((200, 206), _FILE),
        errors=(404, 416, 503),
    ),
    "list_jobs": Operation(
        summary="List jobs, newest first",
        security="bearer",
        parameters=_FILTERS,
        answers={200: _json("Page")},
        errors=(401, 403, 422, 429, 503),
    ),
    "show_job": Operation(
        summary="Show a job",
        security="bearer",
        parameters=(_JOB_ID,),
        answers={200: _json("Job")},
        errors=(401, 403, 404, 410, 429, 503),
    ),
    "stream_job": Operation(
        summary="Stream a job: an event with the whole job after every change, until it has ended",
        security="bearer",
        parameters=(_JOB_ID,),
        answers={200: {"text/event-stream": {"schema": {"type": "string"}}}, 204: {}},
        errors=(401, 403, 404, 410, 429, 503),
    ),
    "download_spending": Operation(
        summary="Download what was spent on each day, by user and by model, as CSV (RFC 4180)",
        tag="spending",
        security="bearer",
        parameters=(
            parameter(
                "days",
                "The last days (UTC), today included.",
                {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": LEDGER_DAYS,
                    "default": SPENDING_DAYS,
                },
            ),
        ),
        answers={200: {"text/csv": {"schema": {"type": "string"}}}},
        errors=(401, 403, 422, 429, 503),
    ),
    "show_metrics": Operation(
        summary="Show metrics for Prometheus",
        tag="service",
        security="bearer",
        answers={200: {"text/plain": {"schema": {"type": "string"}}}},
        errors=(401, 403, 429),
    ),
    "show_health": Operation(
        summary="Show the health of the service; the owner also sees its dependencies",
        tag="service",
        answers={200: _json("Health"), 503: _json("Health")},
    ),
    "show_version": Operation(
        summary="Show the version", tag="service", answers={200: _json("Version")}
    ),
    "show_openapi": Operation(
        summary="Show this description",
        tag="service",
        answers={200: {"application/json": {"schema": {"type": "object"}}}},
    ),
}


def describe(routes: Sequence[Route], openapi_version: str = "3.1.1") -> Json:
    paths: dict[str, Json] = {}
    for route in routes:
        if route.include_in_schema:
            # OpenAPI has no converters such as {path:path}.
            path = re.sub(r"{(\w+):\w+}", r"{\1}", route.path)
            (method,) = (route.methods or {"GET"}) - {"HEAD"}
            operation = OPERATIONS[route.name].describe(route.name)
            paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": openapi_version,
        "info": {"title": "Darkroom", "version": _API_VERSION},
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "api_token"},
                "telegram": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Telegram-Bot-Api-Secret-Token",
                },
            },
        },
    }
