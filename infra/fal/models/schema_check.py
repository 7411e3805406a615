"""Validation of requests against fal's schemas: `darkroom models`.

`schemas/` has a file for each endpoint: the input and output components of its OpenAPI document, and its status and
unit price as fal's Platform API reports them. https://docs.fal.ai/platform-apis
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema_rs

from infra.fal.model import Model
from infra.fal.models_map import MODELS

SCHEMAS = Path(__file__).with_name("schemas")
_PICTURE, _MASK = "https://example.org/picture.png", "https://example.org/mask.png"

type Payload = Mapping[str, object]


@dataclass(frozen=True)
class Verdict:
    """`problems` is None if the endpoint has no stored schema."""

    model: Model
    combinations: int
    problems: tuple[str, ...] | None

    def __str__(self) -> str:
        result = "no schema" if self.problems is None else "MISMATCH" if self.problems else "ok"
        line = f"{self.model.endpoint:52} {self.model.work:14} {self.combinations:6}  {result}"
        return "\n".join([line, *(f"    {problem}" for problem in self.problems or ())])


def main() -> int:
    """Print a line for each model. Return 1 if a request of one of them is not valid."""
    verdicts = [check(model) for model in MODELS.values()]
    print(f"{'endpoint':52} {'work':14} {'tried':>6}  result")  # noqa: T201 - a command's output
    print(*verdicts, sep="\n")  # noqa: T201 - the same
    return int(any(verdict.problems for verdict in verdicts))


def check(model: Model, schemas: Path = SCHEMAS) -> Verdict:
    """Validate a request for every combination of the model's options against its stored schema."""
    sent = list(payloads(model))
    file = schemas / f"{model.endpoint}.json"
    if not file.is_file():
        return Verdict(model, len(sent), None)
    schema = json.loads(file.read_text())["input"]
    return Verdict(model, len(sent), tuple(sorted(set(_problems(schema, sent)))))


def payloads(model: Model) -> Iterator[Payload]:
    """Yield a request for each combination of options, including unset ones."""
    offered = {name: (None, *model.choices(name)) for name in model.options}
    offered["seed"] = (None, 0, model.max_seed) if model.max_seed is not None else (None,)
    offered["negative_prompt"] = (None, "dogs") if model.supports("negative_prompt") else (None,)
    for values in product(*offered.values()):
        arguments = model.arguments("a cat", **dict(zip(offered, values, strict=True)))
        yield from (arguments | pictures for pictures in _pictures(model))


def _pictures(model: Model) -> list[dict[str, object]]:
    """Return the fields for no image, or for one and for the maximum number of images."""
    if not model.max_pictures:
        return [{}]
    mask = _MASK if model.mask_field else None
    counts = {1, model.max_pictures}
    return [model.image_arguments(*[_PICTURE] * count, mask_url=mask) for count in counts]


def _problems(schema: dict[str, Any], sent: list[Payload]) -> Iterator[str]:
    # fal ignores unknown fields, so a misspelt one would have no effect and no error.
    validator = jsonschema_rs.validator_for(schema | {"additionalProperties": False})
    for payload in sent:
        for error in validator.iter_errors(payload):
            yield f"{'/'.join(map(str, error.instance_path)) or 'request'}: {error.message}"
