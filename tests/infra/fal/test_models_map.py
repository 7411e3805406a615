import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.fal.model import Model, Work
from infra.fal.models_map import MODELS, model, models
from infra.settings import Settings

OPTIONS = ("size", "count", "scale", "duration", "aspect", "audio")
ANY_MODEL = st.sampled_from(list(MODELS.values()))
SEEDANCE = "fal-ai/bytedance/seedance/v1.5/pro/text-to-video"


@st.composite
def possible(draw: st.DrawFn) -> tuple[Model, dict[str, object]]:
    """Strategy for a model and options that it offers."""
    row = draw(ANY_MODEL)
    options: dict[str, object] = {
        name: draw(st.none() | st.sampled_from(row.choices(name)))
        for name in OPTIONS
        if row.choices(name)
    }
    if row.supports("seed"):
        options["seed"] = draw(st.none() | st.integers(0, 2**31 - 1))
    if row.supports("negative_prompt"):
        options["negative_prompt"] = draw(st.none() | st.text(max_size=50))
    return row, options


@given(possible(), st.text(min_size=1, max_size=200).filter(str.strip))
def test_offered_options_are_accepted(drawn: tuple[Model, dict[str, object]], prompt: str) -> None:
    """Every combination of offered options gives a request with a field for each chosen one."""
    row, options = drawn
    arguments = row.arguments(prompt, **options)
    json.dumps(arguments)
    for name in OPTIONS:
        if options.get(name) is not None:
            assert row.options[name].name in arguments
    assert row.extras.items() <= arguments.items()


@given(
    ANY_MODEL,
    st.sampled_from([*OPTIONS, "strength"]),
    st.integers() | st.text() | st.floats(allow_nan=False) | st.booleans(),
)
def test_other_values_are_refused(row: Model, name: str, value: object) -> None:
    """A value outside the table is refused, and the error lists the possible ones."""
    offered = row.choices(name)
    if any(type(value) is type(known) and value == known for known in offered):
        return
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is checked below
        row.arguments("a cat", **{name: value})
    assert all(str(known) in str(caught.value) for known in offered)
    assert row.endpoint in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "duration", "field"),
    [
        ("fal-ai/veo3", "8s", "duration"),
        (SEEDANCE, "8", "duration"),
        ("fal-ai/kling-video/v3/pro/text-to-video", "8", "duration"),
        ("fal-ai/vidu/q3/text-to-video", 8, "duration"),
        ("fal-ai/ltx-2/text-to-video", 8, "duration"),
    ],
)
def test_duration_has_each_models_format(endpoint: str, duration: object, field: str) -> None:
    """Text with and without the unit, and a number: JSON types matter to fal."""
    found = model(endpoint).arguments("a cat", duration=8)[field]
    assert (found, type(found)) == (duration, type(duration))


def test_sound_has_two_names() -> None:
    """Vidu calls it `audio`, the others `generate_audio`."""
    assert model("fal-ai/vidu/q3/text-to-video").arguments("a", audio=False)["audio"] is False
    assert model(SEEDANCE).arguments("a", audio=True)["generate_audio"] is True


def test_unsupported_options_are_not_offered() -> None:
    """Veo has no square, LTX no four seconds, Kling follows the image's shape."""
    assert model("fal-ai/veo3").choices("aspect") == ("16:9", "9:16")
    assert model("fal-ai/ltx-2/text-to-video").choices("duration") == (8,)
    assert not model("fal-ai/kling-video/v3/pro/image-to-video").supports("aspect")
    assert model("fal-ai/veo3/image-to-video").choices("aspect") == ("original", "16:9", "9:16")
    assert not model("fal-ai/flux/schnell").supports("negative_prompt")
    assert model("fal-ai/flux/schnell").choices("size") == (
        "square",
        "portrait",
        "landscape",
        "wide",
    )


def test_negative_prompt_goes_into_the_right_field() -> None:
    """It goes into the model's field, or into the prompt of a model without that field."""
    field = model("fal-ai/qwen-image").arguments("a cat", negative_prompt="dogs")
    folded = model("fal-ai/nano-banana").arguments("a cat", negative_prompt="dogs")
    assert (field["prompt"], field["negative_prompt"]) == ("a cat", "dogs")
    assert folded["prompt"] == "a cat\n\nAvoid: dogs"
    assert "negative_prompt" not in folded


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"negative_prompt": "dogs"}, "takes no negative_prompt"),
        ({"negative_prompt": 5}, "must be text"),
        ({"seed": -1}, "from 0 to"),
        ({"seed": True}, "from 0 to"),
        ({"seed": "1"}, "from 0 to"),
        ({"count": 5}, "possible: 1, 2, 3, 4"),
        ({"duration": 8}, "has no option duration; it has: size, count"),
    ],
)
def test_refused_option_lists_what_is_possible(options: dict[str, object], reason: str) -> None:
    """The error lists the supported options and values."""
    with pytest.raises(ValueError, match=reason):
        model("fal-ai/flux/schnell").arguments("a cat", **options)


@pytest.mark.parametrize(("prompt", "reason"), [(" ", "empty"), ("a" * 4001, "takes 4000")])
def test_prompt_length_is_checked(prompt: str, reason: str) -> None:
    """An empty and a too long prompt are refused before fal sees them."""
    with pytest.raises(ValueError, match=reason):
        model("fal-ai/flux/schnell").arguments(prompt)


def test_seed_is_refused_by_a_model_without_seeds() -> None:
    """A seed without effect is refused, not ignored."""
    with pytest.raises(ValueError, match="takes no seed"):
        model("fal-ai/esrgan").arguments("", seed=1)


def test_images_go_into_each_models_own_field() -> None:
    """An image goes into a single field, a list, or a video's first frame."""
    assert model("fal-ai/nano-banana/edit").image_arguments("u") == {"image_urls": ["u"]}
    assert model("fal-ai/veo3/image-to-video").image_arguments("u") == {"image_url": "u"}
    assert model("fal-ai/kling-video/v3/pro/image-to-video").image_arguments("u") == {
        "start_image_url": "u"
    }
    assert model("fal-ai/flux-pro/v1/fill").image_arguments("u", mask_url="m") == {
        "image_url": "u",
        "mask_url": "m",
    }


@pytest.mark.parametrize(
    ("endpoint", "mask", "reason"),
    [
        ("fal-ai/nano-banana/edit", "m", "takes no mask"),
        ("fal-ai/flux-pro/v1/fill", None, "needs a mask"),
        ("fal-ai/flux/schnell", None, "takes no image"),
    ],
)
def test_wrong_number_of_images_is_refused(endpoint: str, mask: str | None, reason: str) -> None:
    """A surplus or missing mask or image is found before anything is sent."""
    with pytest.raises(ValueError, match=reason):
        model(endpoint).image_arguments("u", mask_url=mask)


def test_unknown_model_names_the_setting_and_the_known_ones() -> None:
    """The error shows how to correct a typing error in .env."""
    with pytest.raises(ValueError, match=r"fal_video_model: .*'fal-ai/vo3'.*fal-ai/veo3") as caught:
        model("fal-ai/vo3", setting="fal_video_model")
    assert all(endpoint in str(caught.value) for endpoint in MODELS)


def test_every_kind_has_a_complete_model() -> None:
    """An incomplete row is a mistake in the table."""
    for work, row in product(Work, MODELS.values()):
        assert models(work)
        if row.work is work:
            assert (row.image_field is None) == (work in {Work.IMAGE, Work.VIDEO})
            assert (row.mask_field is None) == (work is not Work.INPAINTING)
            assert row.price.dollars > 0


@pytest.mark.parametrize(
    ("setting", "work"),
    [
        ("fal_standard_model", Work.IMAGE),
        ("fal_premium_model", Work.IMAGE),
        ("fal_image_edit_model", Work.IMAGE_EDIT),
        ("fal_inpainting_model", Work.INPAINTING),
        ("fal_video_model", Work.VIDEO),
        ("fal_image_to_video_model", Work.IMAGE_TO_VIDEO),
    ],
)
def test_default_models_are_in_the_table(setting: str, work: Work) -> None:
    """Default models offer every option of their kind."""
    row = model(str(Settings.model_fields[setting].default), setting=setting)
    assert row.work is work
    if work is Work.VIDEO:
        assert row.choices("duration") == (4, 8)
        assert row.choices("aspect") == ("16:9", "9:16", "1:1")
        assert row.choices("audio") == (True, False)
