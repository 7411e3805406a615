"""Requests by a schema: values that it allows and values that it refuses, by construction."""

from collections.abc import Iterator, Mapping
from typing import Any

type Schema = Mapping[str, Any]

_WRONG_TYPE: Mapping[str, Any] = {
    "string": 5,
    "integer": 1.5,
    "number": "much",
    "boolean": "perhaps",
    "array": "a list",
    "object": "an object",
}
# Arrays that are a size or a place.
_PAIRS = {"canvas_size": 2, "original_image_size": 2, "original_image_location": 2}


class Samples:
    """Values for the fields of one schema. Addresses of media are those given."""

    def __init__(self, schema: Schema, *, picture: str, video: str = "", mask: str = "") -> None:
        self._schema = schema
        self._media = {"video": video or picture, "mask": mask or picture, "picture": picture}

    def smallest(self) -> dict[str, Any]:
        """Return a request with the required fields only."""
        return {name: self._value(name) for name in self._schema.get("required", ())}

    def allowed(self) -> Iterator[tuple[str, Any]]:
        """Yield each field with each of its values: every choice, and both ends of a range."""
        for name, schema in self._schema["properties"].items():
            for value in self._allowed(name, schema):
                yield name, value

    def refused(self) -> Iterator[tuple[str, Any]]:
        """Yield each field with values of another type, outside its choices, its range and its length."""
        for name, schema in self._schema["properties"].items():
            for value in self._refused(name, schema):
                yield name, value

    def _value(self, name: str) -> Any:
        return next(self._allowed(name, self._schema["properties"][name]))

    def _allowed(self, name: str, schema: Schema) -> Iterator[Any]:
        schema = self._resolved(schema)
        if branches := schema.get("anyOf"):
            for branch in branches:
                yield from self._allowed(name, branch)
            return
        if "default" in schema and not isinstance(schema["default"], list | dict):
            yield schema["default"]
        if "enum" in schema:
            yield from schema["enum"]
            return
        match schema.get("type"):
            case "string":
                yield self._text(name, schema)
            case "integer" | "number":
                low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
                yield low
                yield schema.get("maximum", max(low, 1))
            case "boolean":
                yield from (True, False)
            case "array":
                item = self._entry(name, schema)
                yield [item] * max(schema.get("minItems", 1), _PAIRS.get(name, 1))
            case "object":
                properties = schema.get("properties", {})
                yield {key: next(self._allowed(key, found)) for key, found in properties.items()}

    def _entry(self, name: str, schema: Schema) -> Any:
        return 400 if name in _PAIRS else next(self._allowed(name, schema.get("items", {})))

    def _text(self, name: str, schema: Schema) -> str:
        if name.endswith(("_url", "_urls")):
            kind = "video" if "video" in name else "mask" if "mask" in name else "picture"
            return self._media[kind]
        return "a cat".ljust(schema.get("minLength", 0), "!")[: schema.get("maxLength", 100)]

    def _refused(self, name: str, schema: Schema) -> Iterator[Any]:
        schema = self._resolved(schema)
        if branches := schema.get("anyOf"):
            kinds = {self._resolved(branch).get("type") for branch in branches}
            yield from (value for kind, value in _WRONG_TYPE.items() if kinds == {kind})
            if any("enum" in branch for branch in branches):
                yield "no such choice"
            return
        if "type" in schema:
            yield _WRONG_TYPE[schema["type"]]
        if "enum" in schema:
            yield from _strangers(schema["enum"])
        yield from self._beyond(name, schema)

    def _beyond(self, name: str, schema: Schema) -> Iterator[Any]:
        """Yield values outside the range and the length."""
        for key, change in (("minimum", -1), ("maximum", 1)):
            if key in schema:
                yield schema[key] + change
        if "maxLength" in schema:
            yield "x" * (schema["maxLength"] + 1)
        if schema.get("minLength"):
            yield "x" * (schema["minLength"] - 1)
        if "maxItems" in schema:
            yield [self._entry(name, schema)] * (schema["maxItems"] + 1)
        if schema.get("minItems"):
            yield []

    def _resolved(self, schema: Schema) -> Schema:
        reference = schema.get("$ref")
        if reference is None:
            return schema
        found: Schema = self._schema["$defs"][reference.rpartition("/")[2]]
        return found


def _strangers(choices: list[Any]) -> Iterator[Any]:
    """Yield values that look like a choice and are none: another spelling, or another type."""
    yield "no such choice"
    for choice in choices:
        if isinstance(choice, str) and choice.isdigit():
            yield int(choice)
        elif isinstance(choice, int):
            yield str(choice)
        elif isinstance(choice, str) and choice != choice.upper() and choice.upper() not in choices:
            yield choice.upper()
