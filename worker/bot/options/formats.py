"""Formats: one idea in several shapes."""

from infra.fal.model import Value

#: The formats that one press can order, by ratio: the value of the option `size`.
FORMATS: dict[str, Value] = {"1:1": "square", "4:5": "4:5", "9:16": "9:16", "16:9": "wide"}
_NAMED = {"square": "1:1", "portrait": "3:4", "landscape": "4:3", "wide": "16:9"}


def ratio_of(size: Value) -> str:
    """Return the ratio of a size, such as 1:1 of `square`."""
    return _NAMED.get(str(size), str(size))
