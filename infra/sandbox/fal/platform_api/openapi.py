"""A model's OpenAPI document, in the layout of fal's own."""

from collections.abc import Mapping
from typing import Any

from infra.sandbox.fal.catalog import Model, Schema

_OWN = "#/$defs/"
_STATUS = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]},
        "request_id": {"type": "string", "description": "The request id."},
        "response_url": {"type": "string", "description": "The response url."},
        "status_url": {"type": "string", "description": "The status url."},
        "cancel_url": {"type": "string", "description": "The cancel url."},
        "logs": {"type": "object", "additionalProperties": True, "description": "The logs."},
        "metrics": {"type": "object", "additionalProperties": True, "description": "The metrics."},
        "queue_position": {"type": "integer", "description": "The queue position."},
    },
    "required": ["status", "request_id"],
}
_REQUEST_ID = {
    "name": "request_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "description": "Request ID"},
}


def document(model: Model) -> dict[str, Any]:
    """Return the document. Like fal's, it allows a null for an optional field; the fake is stricter and does not."""
    given, made = model.input.get("title", "Input"), model.output.get("title", "Output")
    schemas = {
        "QueueStatus": _STATUS,
        given: _component(model.input, nullable=True),
        made: _component(model.output, nullable=False),
        **{name: _moved(found) for name, found in _definitions(model).items()},
    }
    return {
        "openapi": "3.0.4",
        "info": {
            "title": f"Queue OpenAPI for {model.endpoint}",
            "version": "1.0.0",
            "description": f"The OpenAPI schema for the {model.endpoint} queue.",
            "x-fal-metadata": {
                "endpointId": model.endpoint,
                "category": model.category,
                "playgroundUrl": f"https://fal.ai/models/{model.endpoint}",
                "documentationUrl": f"https://fal.ai/models/{model.endpoint}/api",
            },
        },
        "components": {
            "securitySchemes": {
                "apiKeyAuth": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "Fal Key",
                }
            },
            "schemas": schemas,
        },
        "paths": _paths(model.endpoint, given, made),
        "servers": [{"url": "https://queue.fal.run"}],
        "security": [{"apiKeyAuth": []}],
    }


def _definitions(model: Model) -> Mapping[str, Schema]:
    return {**model.output.get("$defs", {}), **model.input.get("$defs", {})}


def _component(schema: Schema, *, nullable: bool) -> dict[str, Any]:
    properties = {name: _moved(found) for name, found in schema["properties"].items()}
    if nullable:
        required = schema.get("required", ())
        properties = {
            name: found if name in required or "default" in found else _or_null(found)
            for name, found in properties.items()
        }
    kept = {key: value for key, value in schema.items() if key not in {"$defs", "properties"}}
    return {**kept, "properties": properties, "x-fal-order-properties": list(properties)}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Move what describes the value into an alternative, as pydantic writes an optional field."""
    branches = list(schema.get("anyOf", ()))
    if {"type": "null"} in branches:
        return schema
    words = ("description", "title", "examples")
    outside = {key: value for key, value in schema.items() if key in words}
    inside = {key: value for key, value in schema.items() if key not in (*words, "anyOf")}
    return {**outside, "anyOf": [*(branches or [inside]), {"type": "null"}]}


def _moved(value: Any) -> Any:
    """Point the references at the document's components."""
    if isinstance(value, Mapping):
        return {key: _moved(found) for key, found in value.items()}
    if isinstance(value, list):
        return [_moved(entry) for entry in value]
    if isinstance(value, str) and value.startswith(_OWN):
        return f"#/components/schemas/{value.removeprefix(_OWN)}"
    return value


def _paths(endpoint: str, given: str, made: str) -> dict[str, Any]:
    request = f"/{endpoint}/requests/{{request_id}}"
    logs = {"name": "logs", "in": "query", "required": False, "schema": {"type": "number"}}
    success = {"type": "object", "properties": {"success": {"type": "boolean"}}}
    return {
        f"{request}/status": {
            "get": {
                "parameters": [_REQUEST_ID, logs],
                "responses": _answer("The request status.", _named("QueueStatus")),
            }
        },
        f"{request}/cancel": {
            "put": {
                "parameters": [_REQUEST_ID],
                "responses": _answer("The request was cancelled.", success),
            }
        },
        f"/{endpoint}": {
            "post": {
                "parameters": [],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _named(given)}},
                },
                "responses": _answer("The request status.", _named("QueueStatus")),
            }
        },
        request: {
            "get": {
                "parameters": [_REQUEST_ID],
                "responses": _answer("Result of the request.", _named(made)),
            }
        },
    }


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "200": {"description": description, "content": {"application/json": {"schema": schema}}}
    }
