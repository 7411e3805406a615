"""Common input fields of all models, and fal's validation errors."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from infra.sandbox.fal.errors import detail, model_failure
from infra.sandbox.fal.orders import Order


class Input(BaseModel):
    """A model's input. Unknown fields are ignored, as by fal's models; types are strict."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    def order(self) -> Order:
        raise NotImplementedError


@dataclass(frozen=True, init=False)
class OneOf:
    """Annotates a field with its allowed values; others fail with fal's `one_of`."""

    values: tuple[str | int, ...]

    def __init__(self, *values: str | int) -> None:
        object.__setattr__(self, "values", values)

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: str | int) -> str | int:
        if value not in self.values:
            expected = ", ".join(map(repr, self.values))
            raise PydanticCustomError(
                "one_of", "Input should be {names}", {"names": expected, "expected": self.values}
            )
        return value


def parse[T: Input](schema: type[T], body: bytes) -> T:
    """Parse the input in this body; raise a 422 `Failure` that names every invalid field."""
    try:
        return schema.model_validate_json(body or b"{}")
    except ValidationError as error:
        details = [_translate(dict(entry)) for entry in error.errors(include_url=False)]
        raise model_failure(*details) from None


def _translate(entry: dict[str, Any]) -> dict[str, Any]:
    context = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in entry.get("ctx", {}).items()
        if name in {"expected", "ge", "gt", "le", "lt", "min_length", "max_length"}
    }
    given = entry["input"] if entry["type"] != "json_invalid" else None
    return detail(
        entry["type"], entry["msg"], loc=("body", *entry["loc"]), given=given, context=context
    )
