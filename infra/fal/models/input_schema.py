"""The schema of an endpoint's input, read field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.fal.model import Value

_ALTERNATIVES = ("anyOf", "oneOf", "allOf")


@dataclass(frozen=True)
class InputSchema:
    """The properties of an input schema, with references resolved."""

    schema: Mapping[str, Any]

    @property
    def required(self) -> frozenset[str]:
        return frozenset(self.schema.get("required", ()))

    def __contains__(self, name: str) -> bool:
        return name in self.schema["properties"]

    def first(self, names: tuple[str, ...]) -> str | None:
        return next((name for name in names if name in self), None)

    def get(self, name: str) -> Mapping[str, Any]:
        """Return a field's schema; of alternatives, the first that is not null. Empty if there is no such field."""
        field = self._resolve(self.schema["properties"].get(name, {}))
        kinds = [kind for kind in self.alternatives(name) if kind.get("type") != "null"]
        own = {key: value for key, value in field.items() if key not in _ALTERNATIVES}
        return {**(kinds[0] if kinds else {}), **own}

    def alternatives(self, name: str) -> list[Mapping[str, Any]]:
        """Return the schemas of which a value needs to match one: the field's own if it lists none."""
        field = self._resolve(self.schema["properties"].get(name, {}))
        listed = [kind for key in _ALTERNATIVES for kind in field.get(key, ())]
        return [self._resolve(kind) for kind in listed] or [field]

    def values(self, name: str) -> tuple[Value, ...]:
        """Return the values of a field's enum, in its order; empty if it has none."""
        kinds = self.alternatives(name)
        return tuple(value for kind in kinds for value in kind.get("enum", ()) if value is not None)

    def default(self, name: str) -> Any:
        return self.schema["properties"].get(name, {}).get("default")

    def _resolve(self, field: Mapping[str, Any]) -> Mapping[str, Any]:
        name = str(field.get("$ref", "")).rpartition("/")[2]
        # fal's documents have references to components that they do not contain.
        found = self.schema.get("$defs", {}).get(name, {}) if name else {}
        return {**found, **{key: value for key, value in field.items() if key != "$ref"}}
