"""Reading of an endpoint's OpenAPI document: the schemas of its input and its output.

https://fal.ai/docs/platform-apis/v1/models
"""

from collections.abc import Iterator, Mapping
from typing import Any

_COMPONENTS = "#/components/schemas/"
_DEFINITIONS = "#/$defs/"
# Keywords that limit a value, or that people read; the others are for fal's own pages.
_KEPT = frozenset(
    {
        "title",
        "description",
        "type",
        "format",
        "enum",
        "const",
        "default",
        "anyOf",
        "oneOf",
        "allOf",
        "$ref",
        "properties",
        "required",
        "items",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
    }
)
_LONGEST_DESCRIPTION = 240
_BODY = ("requestBody", "content", "application/json", "schema")
_ANSWER = ("responses", "200", "content", "application/json", "schema")
_DEEPEST = 20


def read_schemas(endpoint: str, document: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schemas of input and output. Raises ValueError if the document has none."""
    paths = get_path(document, "paths")
    if not paths:
        raise ValueError(f"fal's schema of {endpoint} is not an OpenAPI document")
    components = get_path(document, "components", "schemas") or {}
    own = paths.get(f"/{endpoint}"), paths.get("/"), *paths.values()
    inputs = [get_path(path, "post", *_BODY) for path in own]
    # fal's queue answers a result by GET at /…/requests/{request_id}.
    results = [path for name, path in paths.items() if str(name).rstrip("/").endswith("}")]
    outputs = [
        *(get_path(path, "get", *_ANSWER) for path in results),
        *(get_path(path, "post", *_ANSWER) for path in paths.values()),
    ]
    given = next((schema for schema in inputs if isinstance(schema, dict)), None)
    made = next((schema for schema in outputs if isinstance(schema, dict)), {"type": "object"})
    if given is None:
        raise ValueError(f"fal's schema of {endpoint} has no input")
    return make_standalone(given, components), make_standalone(made, components)


def get_path(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def make_standalone(schema: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema with the components that it refers to, as `$defs`."""
    found: dict[str, Any] = {}
    waiting = [*find_references(schema)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            # A dangling reference allows anything.
            found[name] = to_json_schema(components.get(name, {}))
            waiting += find_references(found[name])
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    nested = {inner for component in found.values() for inner in find_references(component)}
    top = found.pop(name, {}) if name and name not in nested else to_json_schema(schema)
    return {**top, "$defs": found} if found else top


def find_references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
        for value in schema.values():
            yield from find_references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from find_references(value)


def to_json_schema(schema: Any, depth: int = 0) -> dict[str, Any]:
    """Copy a schema in the spelling of JSON Schema: OpenAPI 3.0 has `nullable` and Boolean exclusive limits."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return {}
    copy: dict[str, Any] = {}
    for name, value in schema.items():
        if name not in _KEPT or (name.startswith("exclusive") and isinstance(value, bool)):
            continue
        match name:
            case "properties":
                copy[name] = {key: to_json_schema(field, depth + 1) for key, field in value.items()}
            case "anyOf" | "oneOf" | "allOf":
                copy[name] = [to_json_schema(kind, depth + 1) for kind in value]
            case "items":
                copy[name] = to_json_schema(value, depth + 1)
            case "$ref":
                copy[name] = str(value).replace(_COMPONENTS, _DEFINITIONS)
            case "description":
                copy[name] = str(value)[:_LONGEST_DESCRIPTION]
            case _:
                copy[name] = value
    return {"anyOf": [copy, {"type": "null"}]} if schema.get("nullable") is True else copy
