"""Digest of a request's input, by which fal's list of requests names it: there is no id of ours that fal repeats."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest_of(arguments: Mapping[str, object]) -> str:
    """Return the digest of an input. The order of its fields does not count, nor does 1.0 or 1."""
    canonical = json.dumps(_plain(arguments), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
