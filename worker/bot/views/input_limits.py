"""Limits of a model for an input, as the texts of failures name them."""

from infra.fal.model import Model
from infra.images.bounds import Bounds, ClipBounds


def input_limits(model: Model | None) -> dict[str, float]:
    bounds, clip = (model.bounds, model.clip_bounds) if model else (Bounds(), ClipBounds())
    return {
        "side": bounds.min_side,
        "ratio": bounds.max_ratio,
        "shortest": clip.min_seconds,
        "longest": clip.max_seconds,
        "narrowest": clip.min_side,
        "widest": clip.max_side,
    }
