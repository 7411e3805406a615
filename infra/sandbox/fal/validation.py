"""Validation of a request against its model's schema, with the errors that fal's models return."""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
from pydantic_core import from_json

from infra.sandbox.fal.errors import detail, model_failure

_TYPES = {
    "string": ("string_type", "Input should be a valid string"),
    "integer": ("int_type", "Input should be a valid integer"),
    "number": ("float_type", "Input should be a valid number"),
    "boolean": ("bool_type", "Input should be a valid boolean"),
    "array": ("list_type", "Input should be a valid list"),
    "object": ("dict_type", "Input should be a valid dictionary"),
    "null": ("none_required", "Input should be null"),
}
# The name of a limit in fal's errors, and their text.
_LIMITS = {
    "minimum": ("greater_than_equal", "ge", "Input should be greater than or equal to {}"),
    "maximum": ("less_than_equal", "le", "Input should be less than or equal to {}"),
    "exclusiveMinimum": ("greater_than", "gt", "Input should be greater than {}"),
    "exclusiveMaximum": ("less_than", "lt", "Input should be less than {}"),
    "minLength": ("string_too_short", "min_length", "String should have at least {} characters"),
    "maxLength": ("string_too_long", "max_length", "String should have at most {} characters"),
    "minItems": ("too_short", "min_length", "List should have at least {} items"),
    "maxItems": ("too_long", "max_length", "List should have at most {} items"),
}

type Detail = Mapping[str, Any]


class Validator:
    """Checks requests against one schema. Unknown fields are ignored unless the schema forbids them."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._validator = jsonschema_rs.validator_for(dict(schema))

    def parse(self, body: bytes) -> dict[str, Any]:
        """Parse the input in this body; raise a 422 `Failure` that names every invalid field."""
        try:
            given = from_json(body or b"{}", allow_inf_nan=False)
        except ValueError as error:
            raise model_failure(detail("json_invalid", f"Invalid JSON: {error}")) from None
        details = list(self.problems(given))
        if details:
            raise model_failure(*details)
        if not isinstance(given, dict):
            raise model_failure(_wrong_type(["object"], ("body",), given))
        return given

    def problems(self, given: object) -> Iterator[Detail]:
        """Yield an entry of fal's `detail` for each violation."""
        for error in self._validator.iter_errors(given):
            yield from _details(error)


def _details(error: jsonschema_rs.ValidationError) -> Iterator[Detail]:
    loc, given = ("body", *error.instance_path), error.instance
    facts = error.kind.as_dict()
    match error.kind.name:
        case "required":
            yield detail("missing", "Field required", loc=(*loc, facts["property"]), given=given)
        case "type":
            yield _wrong_type(facts["types"], loc, given)
        case "enum" | "const":
            expected = facts["options"] if "options" in facts else [facts["expected_value"]]
            names = ", ".join(map(repr, expected))
            message, context = f"Input should be {names}", {"expected": expected}
            yield detail("one_of", message, loc=loc, given=given, context=context)
        case "anyOf" | "oneOfNotValid":
            for branch in _nearest(facts["context"], len(error.instance_path)):
                yield from _details(branch)
        case "multipleOf":
            number = facts["multiple_of"]
            message, context = f"Input should be a multiple of {number:g}", {"multiple_of": number}
            yield detail("multiple_of", message, loc=loc, given=given, context=context)
        case "additionalProperties":
            for name in facts["unexpected"]:
                message = "Extra inputs are not permitted"
                yield detail("extra_forbidden", message, loc=(*loc, name), given=given)
        case name if name in _LIMITS:
            kind, short, text = _LIMITS[name]
            message, context = text.format(facts["limit"]), {short: facts["limit"]}
            yield detail(kind, message, loc=loc, given=given, context=context)
        case _:
            yield detail("value_error", error.message, loc=loc, given=given)


def _wrong_type(types: list[str], loc: tuple[str | int, ...], given: object) -> Detail:
    name = next((name for name in types if name != "null"), "null")
    kind, message = _TYPES[name]
    return detail(kind, message, loc=loc, given=given)


def _nearest(
    branches: list[list[jsonschema_rs.ValidationError]], depth: int
) -> Iterator[jsonschema_rs.ValidationError]:
    """Yield the errors of the alternatives that accept the value's type, or of all of them."""

    def has_type(branch: list[jsonschema_rs.ValidationError]) -> bool:
        return not any(
            error.kind.name == "type" and len(error.instance_path) == depth for error in branch
        )

    fitting = [branch for branch in branches if has_type(branch)]
    for branch in fitting or branches:
        yield from branch
