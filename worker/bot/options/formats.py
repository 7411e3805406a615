"""Formats: one idea in several shapes."""

from collections.abc import Collection

from infra.fal.model import Value, Work

#: The formats that one press can order, by ratio: the value of the option `size`.
FORMATS: dict[str, Value] = {"1:1": "square", "4:5": "4:5", "9:16": "9:16", "16:9": "wide"}
#: Works whose result has a format.
WITH_FORMATS = frozenset({Work.IMAGE, Work.IMAGE_EDIT})


def possible_formats(work: Work, sizes: Collection[Value]) -> tuple[str, ...]:
    """Return the ratios that one press can order together: those among the sizes of the model, if it has two."""
    found = tuple(ratio for ratio, size in FORMATS.items() if size in sizes)
    return found if work in WITH_FORMATS and len(found) > 1 else ()
