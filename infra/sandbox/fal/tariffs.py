"""How many units fal counts for the options of a model: its prices have no tiers, its units do.

Read from public price tables of 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from infra.sandbox.fal.order_reader import Fields
from infra.sandbox.fal.orders import Size

type Factors = Mapping[tuple[object, ...], float]


@dataclass(frozen=True)
class Tariff:
    """What a result counts, in units of the model's plain result.

    `factors` are by the values of `fields`, `areas` by the quality and the pixels of an image; other values count
    once. `extras` add units to each result. A megapixel after the first counts `further`, and one of the input's
    images `given`, of which at least `given_least` are counted.
    """

    fields: tuple[str, ...] = ()
    factors: Factors = field(default_factory=dict)
    areas: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    extras: Factors = field(default_factory=dict)
    further: float = 1
    given: float = 0
    given_least: int = 0

    def units(self, options: Fields, size: Size | None) -> float:
        """Return what these options count for one result."""
        given = (options.get(name) for name in self.fields)
        # A size may be an object, which has no factor.
        values = tuple(None if isinstance(value, dict | list) else value for value in given)
        extra = sum(
            units for (name, value), units in self.extras.items() if options.get(str(name)) == value
        )
        quality = options.text("quality")
        by_area = self.areas.get(quality) or self.areas.get("high")
        if by_area and size:
            area = size[0] * size[1]
            larger = max(1.0, area / max(by_area))
            return by_area.get(area, max(by_area.values()) * larger) + extra
        return self.factors.get(values, 1.0) + extra


def _areas(*dollars: float, unit: float) -> dict[int, float]:
    """Return the units of a square, a 2:3, a 3:4 and a 9:16 image of these prices."""
    pixels = (1024 * 1024, 1024 * 1536, 768 * 1024, 576 * 1024)
    return {area: price / unit for area, price in zip(pixels, dollars, strict=True)}


_SOUND = ("generate_audio", "resolution")
_TARIFFS: Mapping[str, Tariff] = {
    "fal-ai/nano-banana-2*": Tariff(
        ("resolution",),
        {("0.5K",): 0.75, ("2K",): 1.5, ("4K",): 2},
        extras={("thinking_level", "high"): 0.025},
    ),
    "fal-ai/nano-banana-pro*": Tariff(("resolution",), {("4K",): 2}),
    "openai/gpt-image-2": Tariff(
        areas={
            "low": _areas(0.006, 0.005, 0.005, 0.005, unit=0.211),
            "medium": _areas(0.053, 0.042, 0.037, 0.04, unit=0.211),
            "high": _areas(0.211, 0.165, 0.145, 0.158, unit=0.211),
        }
    ),
    "openai/gpt-image-2/edit": Tariff(
        areas={
            "low": _areas(0.015, 0.018, 0.011, 0.017, unit=0.219),
            "medium": _areas(0.061, 0.054, 0.043, 0.053, unit=0.219),
            "high": _areas(0.219, 0.178, 0.151, 0.158, unit=0.219),
        }
    ),
    "bytedance/seedream/v5/pro/*": Tariff(("image_size",), {("auto_2K",): 2}),
    "fal-ai/ideogram/v3": Tariff(("rendering_speed",), {("BALANCED",): 3, ("QUALITY",): 3}),
    "ideogram/v4": Tariff(
        ("rendering_speed",),
        {("TURBO",): 0.5, ("QUALITY",): 5 / 3},
        extras={("expansion_model", "Medium"): 0.5, ("expansion_model", "Large"): 0.5},
    ),
    "fal-ai/flux-2-pro*": Tariff(further=0.5, given=0.5),
    "fal-ai/flux-2/klein/*/edit": Tariff(given=1),
    "fal-ai/flux-pro/v1/erase": Tariff(further=0.133333, given=0.133333, given_least=3),
    "*/seedance/v1.5/*": Tariff(("generate_audio",), {(False,): 0.5}),
    "bytedance/seedance-2.0/*": Tariff(("resolution",), {("4k",): 4 / 7}),
    "fal-ai/kling-video/v3/standard/*": Tariff(("generate_audio",), {(False,): 0.6, (True,): 0.9}),
    "fal-ai/kling-video/v3/pro/*": Tariff(("generate_audio",), {(False,): 0.8, (True,): 1.2}),
    "fal-ai/veo3*/lite*": Tariff(
        _SOUND, {(False, "720p"): 0.6, (False, "1080p"): 1, (True, "1080p"): 1.6}
    ),
    "fal-ai/veo3*/fast*": Tariff(
        _SOUND,
        {
            (False, "720p"): 2 / 3,
            (False, "1080p"): 2 / 3,
            (False, "4k"): 2,
            (True, "4k"): 7 / 3,
        },
    ),
    "fal-ai/veo3*": Tariff(
        _SOUND, {(False, "720p"): 0.5, (False, "1080p"): 0.5, (True, "4k"): 1.5}
    ),
    "fal-ai/ltx-2.3/*": Tariff(("resolution",), {("1440p",): 2, ("2160p",): 4}),
    "fal-ai/vidu/q3/*": Tariff(("resolution",), {("720p",): 2.2, ("1080p",): 2.2}),
    "fal-ai/minimax/hailuo-2.3/standard/*": Tariff(("duration",), {("10",): 2, (10,): 2}),
    "fal-ai/wan/v2.7/*-to-video": Tariff(("resolution",), {("1080p",): 1.5}),
    "xai/grok-imagine-video/*": Tariff(("resolution",), {("720p",): 1.4}),
}


def find(endpoint: str) -> Tariff:
    named = (tariff for name, tariff in _TARIFFS.items() if fnmatchcase(endpoint, name))
    return next(named, Tariff())
