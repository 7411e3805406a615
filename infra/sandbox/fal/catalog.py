"""The models that the fake serves: fal's stored schemas, and what tests change about them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from infra.sandbox.fal.errors import Failure
from infra.sandbox.fal.validation import Validator

# fal's own data: the fake shares no code with the product, but the schemas are not code.
SCHEMAS = Path(__file__).parents[2] / "fal" / "models" / "schemas"
# Prices of the models whose stored file has none: fal publishes one for every model.
_IMAGE, _CLIP = ("images", 0.04), ("seconds", 0.1)

type Schema = Mapping[str, Any]


class Status(StrEnum):
    """`DEAD`: fal has removed the model and answers as if it had never existed."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    DEAD = "dead"


class Makes(StrEnum):
    """Output field of a model's result."""

    IMAGES = "images"
    IMAGE = "image"
    VIDEO = "video"


@dataclass(frozen=True)
class Timing:
    """Realistic durations in seconds: one step forward in the queue, and the work itself."""

    turn: float
    work: float


_PICTURE_TIMING = Timing(turn=0.4, work=1.4)
_CLIP_TIMING = Timing(turn=0.8, work=6.0)


@dataclass(frozen=True)
class Model:
    """One endpoint. fal bills it as `bill_as`; while it is unavailable, `served_by` serves.

    `discount` is a percentage of its price.
    """

    endpoint: str
    input: Schema
    output: Schema
    unit: str
    unit_price: float
    status: Status = Status.ACTIVE
    bill_as: str | None = None
    discount: float = 0
    served_by: str | None = None

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> "Model":
        """Read a stored file; raise ValueError if the model makes neither images nor videos."""
        output = document["output"]
        price = document.get("price") or {}
        unit, unit_price = _CLIP if _makes(output) is Makes.VIDEO else _IMAGE
        if price.get("unit_price") is not None:
            unit, unit_price = price["unit"], price["unit_price"]
        status = Status(document.get("status", Status.ACTIVE))
        return cls(document["endpoint"], document["input"], output, unit, unit_price, status)

    @cached_property
    def validator(self) -> Validator:
        return Validator(self.input)

    @property
    def makes(self) -> Makes:
        return _makes(self.output)

    @property
    def timing(self) -> Timing:
        return _CLIP_TIMING if self.makes is Makes.VIDEO else _PICTURE_TIMING

    @property
    def category(self) -> str:
        """Return fal's category, such as `image-to-video`."""
        required = self.input.get("required", ())
        if any(name.startswith("video_url") for name in required):
            source = "video"
        elif any(re.search("image|frame", name) for name in required):
            source = "image"
        else:
            # An optional image is what an edit works on; of any other model it is a reference.
            source = "image" if re.search("/edit|image-to-", self.endpoint) else "text"
        return f"{source}-to-{'video' if self.makes is Makes.VIDEO else 'image'}"


def _makes(output: Schema) -> Makes:
    for made in Makes:
        if made in output["properties"]:
            return made
    raise ValueError("the fake serves models that make images or videos")


def _not_found(endpoint: str) -> NoReturn:
    alias = "/".join(endpoint.split("/")[1:]) or endpoint
    raise Failure(404, {"detail": f'Application "{alias}" not found'})


class Catalog:
    """Models by endpoint. A file is read at its model's first use, so that the fake starts quickly."""

    def __init__(self, folder: Path = SCHEMAS) -> None:
        paths = sorted(folder.rglob("*.json"))
        self._files = {str(path.relative_to(folder).with_suffix("")): path for path in paths}
        self._models: dict[str, Model] = {}

    def __iter__(self) -> Iterator[Model]:
        """Yield all models but the dead ones, in the order of their names."""
        for endpoint in sorted(self._files.keys() | self._models.keys()):
            model = self.get(endpoint)
            if model is not None:
                yield model

    def get(self, endpoint: str) -> Model | None:
        """Return the model; None if there is none, or no longer."""
        model = self._load(endpoint)
        return None if model is None or model.status is Status.DEAD else model

    def find(self, endpoint: str) -> Model:
        """Return the model; raise fal's 404 if there is none."""
        return self.get(endpoint) or _not_found(endpoint)

    def accepted(self, endpoint: str) -> Model:
        """Return the model of an accepted request, which runs although the model has died since."""
        return self._load(endpoint) or _not_found(endpoint)

    def timing(self, endpoint: str) -> Timing:
        model = self._load(endpoint)
        return model.timing if model else _PICTURE_TIMING

    def put(self, model: Model) -> None:
        self._models[model.endpoint] = model

    def change(self, endpoint: str, **changes: Any) -> Model:
        model = replace(self.accepted(endpoint), **changes)
        self.put(model)
        return model

    def reset(self) -> None:
        """Forget all changes."""
        self._models.clear()

    def _load(self, endpoint: str) -> Model | None:
        if endpoint not in self._models and endpoint in self._files:
            self._models[endpoint] = Model.parse(json.loads(self._files[endpoint].read_text()))
        return self._models.get(endpoint)
