"""The output of a model, by its schema."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.sandbox.fal.catalog import Model, Schema

type File = Mapping[str, Any]


@dataclass(frozen=True)
class Rendered:
    """Rendered media: fal's file objects, the first image's seed, and which images were blacked out."""

    files: Sequence[File]
    seed: int
    prompt: str
    seconds: float
    blacked: bool = False
    mask: File | None = None


# An optional field that is not here is left out.
_FIELDS: Mapping[str, Callable[[Rendered], Any]] = {
    "images": lambda made: list(made.files),
    "image": lambda made: made.files[0],
    "video": lambda made: made.files[0],
    "mask_image": lambda made: made.mask,
    "seed": lambda made: made.seed,
    "prompt": lambda made: made.prompt,
    "revised_prompt": lambda made: made.prompt,
    "actual_prompt": lambda made: made.prompt,
    "description": lambda _: "",
    "timings": lambda made: {"inference": made.seconds},
    "has_nsfw_concepts": lambda made: [made.blacked] * len(made.files),
}
_EMPTY: Mapping[str, Any] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "array": [],
    "object": {},
}


def describe(model: Model, made: Rendered) -> dict[str, Any]:
    """Return the output that the model's schema describes; its files have the fields that it names."""
    output: dict[str, Any] = {}
    for name, schema in model.output["properties"].items():
        if name in _FIELDS:
            value = _cut(model.output, schema, _FIELDS[name](made))
        elif name in model.output.get("required", ()):
            value = _EMPTY.get(str(schema.get("type")))
        else:
            continue
        if value is not None:
            output[name] = value
    return output


def _cut(root: Schema, schema: Schema, value: Any) -> Any:
    """Return the value with only those fields of its files that the schema has."""
    schema = _resolved(root, schema)
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return [_cut(root, schema.get("items", {}), entry) for entry in value]
    known = schema.get("properties")
    if isinstance(value, Mapping) and known:
        return {name: entry for name, entry in value.items() if name in known}
    return value


def _resolved(root: Schema, schema: Schema) -> Schema:
    reference = str(schema.get("$ref", ""))
    if reference.startswith("#/$defs/"):
        return _resolved(root, root["$defs"][reference.removeprefix("#/$defs/")])
    for branch in schema.get("anyOf", ()):
        if branch.get("type") != "null":
            return _resolved(root, branch)
    return schema
