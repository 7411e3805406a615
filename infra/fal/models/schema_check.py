"""Validation of a model's requests against its schema, before the model is offered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import jsonschema_rs

from infra.fal.model import Model, NegativePrompt

_PICTURE, _MASK = "https://example.org/picture.png", "https://example.org/mask.png"
_VIDEO = "https://example.org/video.mp4"
_PROMPT = "a cat on a roof"

type Payload = Mapping[str, object]


@dataclass(frozen=True)
class Verdict:
    model: Model
    combinations: int
    problems: tuple[str, ...]

    def __str__(self) -> str:
        result = "MISMATCH" if self.problems else "ok"
        line = f"{self.model.endpoint:52} {self.model.work:18} {self.combinations:6}  {result}"
        return "\n".join([line, *(f"    {problem}" for problem in self.problems)])


def check(model: Model, schema: Mapping[str, Any]) -> Verdict:
    """Validate a request for every combination of the model's options against an input schema."""
    sent = list(payloads(model))
    # fal ignores unknown fields, so a misspelt one would have no effect and no error.
    validator = jsonschema_rs.validator_for({**schema, "additionalProperties": False})
    problems = {
        f"{'/'.join(map(str, error.instance_path)) or 'request'}: {error.message}"
        for payload in sent
        for error in validator.iter_errors(payload)
    }
    return Verdict(model, len(sent), tuple(sorted(problems)))


def payloads(model: Model) -> Iterator[Payload]:
    """Yield a request for each combination of options, including unset ones."""
    offered: dict[str, tuple[object, ...]] = {
        name: (None, *model.choices(name)) for name in model.options
    }
    if model.max_seed is not None:
        offered["seed"] = (None, 0, model.max_seed)
    if model.negative_prompt is not NegativePrompt.UNSUPPORTED:
        offered["negative_prompt"] = (None, "dogs")
    inputs = list(possible_inputs(model))
    for values in product(*offered.values()):
        chosen = dict(zip(offered, values, strict=True))
        if not model.combines({name: one for name, one in chosen.items() if one is not None}):
            continue
        arguments = model.arguments(_PROMPT, **chosen)
        yield from (arguments | given for given in inputs)


def possible_inputs(model: Model) -> Iterator[dict[str, object]]:
    """Yield the fields for no image, or for the fewest and the most, with every mask and last frame."""
    if model.video_field:
        yield {model.video_field: _VIDEO}
        return
    if not model.max_pictures:
        yield {}
        return
    masks = {_MASK if model.mask_field else None, _MASK if model.needs_mask else None}
    for count, mask in product({model.min_pictures, model.max_pictures}, masks):
        given = model.image_arguments(*[_PICTURE] * count, mask_url=mask)
        yield given
        if model.end_image_field and not model.needs_end_image:
            yield given | {model.end_image_field: _PICTURE}
