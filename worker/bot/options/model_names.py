"""Names of a model: in the data of a button, and as users write it after `--model`. Pure."""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence

from infra.fal.model import Model, Value

ID_LENGTH = 8


def model_id(endpoint: str) -> str:
    """Return a short, stable id: an endpoint may be longer than the 64 bytes of a button's data."""
    digest = hashlib.sha256(endpoint.encode()).digest()
    return base64.b32encode(digest)[:ID_LENGTH].decode().lower()


def value_id(option: str, value: Value) -> str:
    """Return the value of an option as the data of a button has it."""
    return model_id(str(value)) if option == "model" else str(value)


def slug(text: str) -> str:
    """Write a title as one word in lower case, such as `nano-banana-2`."""
    return "-".join(re.findall(r"\w+", text.lower()))


def written(models: Sequence[Model]) -> list[str]:
    """Return how to write each of these models after `--model`: its title, or its endpoint if others share that."""
    slugs = [slug(model.title) for model in models]
    return [
        model.endpoint if slugs.count(name) > 1 or not name else name
        for model, name in zip(models, slugs, strict=True)
    ]


def matching(text: str, models: Iterable[Model]) -> list[Model]:
    """Return the models that this text may mean: by endpoint, else by title, else by a part of either."""
    wanted, name = text.strip().lower(), slug(text)
    known = list(models)
    if not name:
        return []
    tests = (
        [model for model in known if wanted == model.endpoint.lower()],
        [model for model in known if name == slug(model.title)],
        [
            model
            for model in known
            if name in (slug(model.endpoint), slug(model.endpoint.partition("/")[2]))
        ],
        [model for model in known if name in slug(model.title) or name in slug(model.endpoint)],
    )
    return next(filter(None, tests), [])
