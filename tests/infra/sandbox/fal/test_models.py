"""Inputs of every endpoint, by fal's documentation and not by our own table of models."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from infra.sandbox.fal.models import MODELS
from infra.sandbox.fal.orders import ClipOrder, PictureOrder
from infra.sandbox.fal.schema import parse
from tests.infra.sandbox.fal.account import Account

type Choices = Mapping[str, tuple[Sequence[Any], Sequence[Any]]]
URL = "https://example.org/a.png"


@dataclass(frozen=True)
class Documented:
    """An endpoint's required fields, its defaults, and valid and invalid values for each field."""

    required: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    choices: Choices = field(default_factory=dict)


COUNT: Choices = {"num_images": ((1, 2, 3, 4), (0, 5, "one", None))}
FLUX_FORMAT: Choices = {"output_format": (("jpeg", "png"), ("webp", "JPEG", 1))}
TOLERANCE: Choices = {"safety_tolerance": (tuple("123456"), ("0", "7", 4))}
RATIOS = ("21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16")
SIZES = (
    *("square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"),
    {"width": 640, "height": 480},
)
FLUX: Choices = {
    **COUNT,
    **FLUX_FORMAT,
    "image_size": (SIZES, ("wide", 5, {"width": 0, "height": 9}, {"width": "x"})),
    "seed": ((0, 2**32, None), ("seven", 1.5)),
    "enable_safety_checker": ((True, False), ("perhaps", 2)),
}
FLUX_DEFAULTS = {
    "image_size": "landscape_4_3",
    "guidance_scale": 3.5,
    "num_images": 1,
    "enable_safety_checker": True,
}
NANO: Choices = {
    **COUNT,
    **TOLERANCE,
    "output_format": (("jpeg", "png", "webp"), ("gif", None)),
}
NANO_DEFAULTS = {"num_images": 1, "output_format": "png"}
TEXT = {"prompt": "a cat"}
PICTURE = {**TEXT, "image_url": URL}
MASKED = {**PICTURE, "mask_url": URL}

VEO_CLIP: Choices = {
    "duration": (("4s", "6s", "8s"), ("5s", "4", 4)),
    "generate_audio": ((True, False), ("yes please", 3)),
}
VEO = Documented(
    TEXT,
    {"generate_audio": True},
    {**VEO_CLIP, "aspect_ratio": (("16:9", "9:16"), ("1:1", "auto"))},
)
VEO_FROM_IMAGE = Documented(
    PICTURE,
    {"aspect_ratio": "auto", "generate_audio": True},
    {**VEO_CLIP, "aspect_ratio": (("auto", "16:9", "9:16"), ("1:1",))},
)
SEEDANCE: Choices = {
    "duration": (tuple(map(str, range(4, 13))), ("3", "13", "4s", 4)),
    "aspect_ratio": (("16:9", "9:16", "1:1", "auto"), ("2:1", 1)),
    "generate_audio": ((True, False), ("loud",)),
}
KLING: Choices = {
    "duration": (tuple(map(str, range(3, 16))), ("2", "16", 5)),
    "generate_audio": ((True, False), ("loud",)),
}
KLING_FROM_TEXT = Documented(
    TEXT,
    {"generate_audio": True},
    {**KLING, "aspect_ratio": (("16:9", "9:16", "1:1"), ("auto", "4:3"))},
)
KLING_FROM_IMAGE = Documented({**TEXT, "start_image_url": URL}, {"generate_audio": True}, KLING)
LTX = Documented(
    TEXT,
    {},
    {
        "duration": ((6, 8, 10), (4, "6")),
        "aspect_ratio": (("16:9", "9:16"), ("1:1",)),
        "generate_audio": ((True, False), ("loud",)),
    },
)

DOCUMENTED: Mapping[str, Documented] = {
    "fal-ai/flux/schnell": Documented(
        TEXT,
        {**FLUX_DEFAULTS, "num_inference_steps": 4},
        {**FLUX, "num_inference_steps": ((1, 12), (0, 13))},
    ),
    "fal-ai/flux/dev": Documented(
        TEXT,
        {**FLUX_DEFAULTS, "num_inference_steps": 28},
        {**FLUX, "num_inference_steps": ((1, 50), (0, 51))},
    ),
    "fal-ai/flux/dev/image-to-image": Documented(
        PICTURE,
        {"strength": 0.95, "num_inference_steps": 40},
        {**COUNT, **FLUX_FORMAT, "strength": ((0.5, 1), (1.5, -1, "strong"))},
    ),
    "fal-ai/qwen-image": Documented(TEXT, {"num_images": 1}, FLUX),
    "fal-ai/nano-banana": Documented(
        TEXT,
        {**NANO_DEFAULTS, "aspect_ratio": "1:1"},
        {**NANO, "aspect_ratio": (RATIOS, ("auto", "2:1"))},
    ),
    "fal-ai/nano-banana/edit": Documented(
        {**TEXT, "image_urls": [URL]},
        {**NANO_DEFAULTS, "aspect_ratio": "auto"},
        {**NANO, "aspect_ratio": (("auto", *RATIOS), ("2:1",)), "image_urls": ((), (URL, [], [1]))},
    ),
    "fal-ai/flux-pro/v1/fill": Documented(MASKED, {}, {**COUNT, **FLUX_FORMAT, **TOLERANCE}),
    "fal-ai/flux-general/inpainting": Documented(
        MASKED,
        {"strength": 0.85, "num_inference_steps": 28},
        {**COUNT, **FLUX_FORMAT, "strength": ((0.5, 1), (1.5,))},
    ),
    "fal-ai/esrgan": Documented({"image_url": URL}, {}, {"scale": ((2, 4), (0, "big"))}),
    "fal-ai/clarity-upscaler": Documented(
        {"image_url": URL}, {}, {"upscale_factor": ((2, 4), (0, "big"))}
    ),
    **dict.fromkeys(
        (f"fal-ai/{name}" for name in ("veo3", "veo3/fast", "veo3.1", "veo3.1/fast")), VEO
    ),
    **{
        f"fal-ai/{name}/image-to-video": VEO_FROM_IMAGE
        for name in ("veo3", "veo3/fast", "veo3.1", "veo3.1/fast")
    },
    "fal-ai/bytedance/seedance/v1.5/pro/text-to-video": Documented(TEXT, {}, SEEDANCE),
    "fal-ai/bytedance/seedance/v1.5/pro/image-to-video": Documented(PICTURE, {}, SEEDANCE),
    "fal-ai/kling-video/v3/standard/text-to-video": KLING_FROM_TEXT,
    "fal-ai/kling-video/v3/pro/text-to-video": KLING_FROM_TEXT,
    "fal-ai/kling-video/v3/standard/image-to-video": KLING_FROM_IMAGE,
    "fal-ai/kling-video/v3/pro/image-to-video": KLING_FROM_IMAGE,
    "fal-ai/vidu/q3/text-to-video": Documented(
        TEXT,
        {},
        {
            "duration": ((1, 16), (0, 17, "4")),
            "aspect_ratio": (("16:9", "9:16", "1:1"), ("auto",)),
            "audio": ((True, False), ("loud",)),
        },
    ),
    "fal-ai/ltx-2": LTX,
    "fal-ai/ltx-2/text-to-video": LTX,
    "fal-ai/ltx-2/image-to-video": replace(LTX, required=PICTURE),
}
ENDPOINTS = pytest.mark.parametrize("endpoint", DOCUMENTED)


def _parse(endpoint: str, given: Mapping[str, Any]) -> Any:
    return parse(MODELS[endpoint].schema, json.dumps(given).encode())


def test_every_documented_endpoint_exists() -> None:
    """No undocumented endpoint exists either."""
    assert MODELS.keys() == DOCUMENTED.keys()


@ENDPOINTS
def test_required_fields_suffice(endpoint: str) -> None:
    """All other fields have the documented defaults."""
    documented = DOCUMENTED[endpoint]
    given = _parse(endpoint, documented.required)
    assert documented.defaults.items() <= given.model_dump().items()
    assert isinstance(given.order(), PictureOrder | ClipOrder)


@ENDPOINTS
def test_every_documented_value_is_accepted(endpoint: str) -> None:
    """Unknown fields are accepted too."""
    documented = DOCUMENTED[endpoint]
    for name, (accepted, _) in documented.choices.items():
        for value in accepted:
            given = _parse(endpoint, {**documented.required, name: value, "unheard_of": 5})
            assert given.order()


@ENDPOINTS
async def test_each_invalid_value_gives_fals_error(me: Account, endpoint: str) -> None:
    """The submit is accepted, the result is a 422 that names the field, and nothing is billed."""
    documented = DOCUMENTED[endpoint]
    wrong = [
        (name, value) for name, (_, refused) in documented.choices.items() for value in refused
    ]
    submitted = [
        await me.submit(endpoint, {**documented.required, name: value}) for name, value in wrong
    ]
    for (name, value), request in zip(wrong, submitted, strict=True):
        answer = await request.end()
        assert answer.status_code == 422, (name, value)
        entry = answer.json()["detail"][0]
        assert entry["loc"][:2] == ["body", name]
        assert entry["url"] == f"https://docs.fal.ai/errors#{entry['type']}"
        assert entry["msg"]
        assert answer.headers["x-fal-error-type"] == entry["type"]
        assert "x-fal-billable-units" not in answer.headers
    assert {request["billed"] for request in await me.requests()} == {0}


@ENDPOINTS
async def test_each_missing_field_is_named(me: Account, endpoint: str) -> None:
    """One 422 names all of them."""
    answer = await (await me.submit(endpoint, {})).end()
    found = {(entry["loc"][-1], entry["type"]) for entry in answer.json()["detail"]}
    required = DOCUMENTED[endpoint].required
    assert found == {(name, "missing") for name in required}


async def test_invalid_choice_lists_the_valid_ones(me: Account) -> None:
    """`one_of` lists the values, a limit has its number, and the invalid value is echoed."""
    wrong = {"prompt": "a cat", "output_format": "gif", "num_images": 5}
    answer = await (await me.submit("fal-ai/flux/dev", wrong)).end()
    entries = {entry["loc"][-1]: entry for entry in answer.json()["detail"]}
    choice, limit = entries["output_format"], entries["num_images"]
    assert (choice["type"], choice["input"]) == ("one_of", "gif")
    assert choice["ctx"] == {"expected": ["jpeg", "png"]}
    assert (limit["type"], limit["input"]) == ("less_than_equal", 5)
    assert limit["ctx"] == {"le": 4}


async def test_unknown_endpoint_is_not_found(me: Account) -> None:
    """The submit already fails."""
    answer = await me.post("fal-ai/flux/nonsense", {"prompt": "a cat"})
    assert answer.status_code == 404
    assert "nonsense" in answer.json()["detail"]
    assert not await me.requests()
