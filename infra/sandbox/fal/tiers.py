"""How many units fal counts for an option: its prices have no tiers, its units do.

Read from public price tables of 2026. `{model: [(fields, {values: factor})]}`; other values count once.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from infra.sandbox.fal.order_reader import Fields

type Tier = tuple[tuple[str, ...], Mapping[tuple[object, ...], float]]

_TIERS: Mapping[str, Sequence[Tier]] = {
    "fal-ai/nano-banana-2*": [(("resolution",), {("0.5K",): 0.75, ("2K",): 1.5, ("4K",): 2})],
    "fal-ai/nano-banana-pro*": [(("resolution",), {("4K",): 2})],
    "openai/gpt-image-2": [(("quality",), {("low",): 0.006 / 0.211, ("medium",): 0.053 / 0.211})],
    "openai/gpt-image-2/edit": [
        (("quality",), {("low",): 0.015 / 0.219, ("medium",): 0.061 / 0.219})
    ],
    "bytedance/seedream/v5/pro/*": [(("image_size",), {("auto_2K",): 2})],
    "fal-ai/ideogram/v3": [(("rendering_speed",), {("BALANCED",): 3, ("QUALITY",): 3})],
    "*/seedance/v1.5/*": [(("generate_audio",), {(False,): 0.5})],
    "bytedance/seedance-2.0/*": [(("resolution",), {("4k",): 0.008 / 0.014})],
    "fal-ai/kling-video/v3/standard/*": [(("generate_audio",), {(False,): 0.6, (True,): 0.9})],
    "fal-ai/kling-video/v3/pro/*": [(("generate_audio",), {(False,): 0.8, (True,): 1.2})],
    "fal-ai/veo3*/fast*": [
        (
            ("generate_audio", "resolution"),
            {
                (False, "720p"): 2 / 3,
                (False, "1080p"): 2 / 3,
                (False, "4k"): 2,
                (True, "4k"): 7 / 3,
            },
        )
    ],
    "fal-ai/veo3*": [
        (
            ("generate_audio", "resolution"),
            {(False, "720p"): 0.5, (False, "1080p"): 0.5, (True, "4k"): 1.5},
        )
    ],
    "fal-ai/ltx-2.3/*": [(("resolution",), {("1440p",): 2, ("2160p",): 4})],
    "fal-ai/wan/v2.7/*-to-video": [(("resolution",), {("1080p",): 1.5})],
    "xai/grok-imagine-video/*": [(("resolution",), {("720p",): 1.4})],
}
# What an option adds to each result.
_THINKING = 0.025


def factor(endpoint: str, fields: Fields) -> float:
    """Return what these options count, in units of the model's plain result."""
    tiers = next((found for name, found in _TIERS.items() if fnmatchcase(endpoint, name)), ())
    counted = 1.0
    for names, factors in tiers:
        counted *= factors.get(tuple(fields.get(name) for name in names), 1.0)
    return counted + (_THINKING if fields.get("thinking_level") == "high" else 0)
