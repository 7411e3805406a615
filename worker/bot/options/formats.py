"""Formats: one idea in several shapes."""

from infra.fal.model import Value, Work

#: The formats that one press can order, by ratio: the value of the option `size`.
FORMATS: dict[str, Value] = {"1:1": "square", "4:5": "4:5", "9:16": "9:16", "16:9": "wide"}
#: Works whose result has a format.
WITH_FORMATS = frozenset({Work.IMAGE, Work.IMAGE_EDIT})
