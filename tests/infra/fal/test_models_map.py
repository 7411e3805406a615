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
    """A model, and options that it says it can do."""
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
def test_whatever_a_model_offers_it_takes(
    drawn: tuple[Model, dict[str, object]], prompt: str
) -> None:
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
def test_nothing_else_is_taken(row: Model, name: str, value: object) -> None:
    """A value outside the table is refused, and the error says what is possible."""
    offered = row.choices(name)
    if any(type(value) is type(known) and value == known for known in offered):
        return
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is looked at below
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
def test_each_model_spells_eight_seconds_its_own_way(
    endpoint: str, duration: object, field: str
) -> None:
    """Text with and without the unit, and a number: JSON types matter to fal."""
    found = model(endpoint).arguments("a cat", duration=8)[field]
    assert (found, type(found)) == (duration, type(duration))


def test_sound_has_two_names() -> None:
    """Vidu calls it `audio`, the others `generate_audio`."""
    assert model("fal-ai/vidu/q3/text-to-video").arguments("a", audio=False)["audio"] is False
    assert model(SEEDANCE).arguments("a", audio=True)["generate_audio"] is True


def test_what_a_model_cannot_do_is_not_offered() -> None:
    """Veo has no square, LTX no four seconds, Kling takes a picture's own shape."""
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


def test_a_negative_prompt_goes_where_the_model_looks_for_it() -> None:
    """Into its field, or into the words of a model that follows instructions."""
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
def test_a_refusal_says_why(options: dict[str, object], reason: str) -> None:
    """A developer reads what would do."""
    with pytest.raises(ValueError, match=reason):
        model("fal-ai/flux/schnell").arguments("a cat", **options)


@pytest.mark.parametrize(("prompt", "reason"), [(" ", "empty"), ("a" * 4001, "takes 4000")])
def test_a_prompt_has_a_length(prompt: str, reason: str) -> None:
    """Nothing and too much are refused before fal sees them."""
    with pytest.raises(ValueError, match=reason):
        model("fal-ai/flux/schnell").arguments(prompt)


def test_a_model_without_seed_says_so() -> None:
    """A seed that has no effect would be a lie."""
    with pytest.raises(ValueError, match="takes no seed"):
        model("fal-ai/esrgan").arguments("", seed=1)


def test_pictures_go_into_each_models_own_field() -> None:
    """One address, a list of them, or the first picture of a clip."""
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
def test_pictures_that_do_not_fit_are_refused(endpoint: str, mask: str | None, reason: str) -> None:
    """A mask too many or too few is found out before anything is sent."""
    with pytest.raises(ValueError, match=reason):
        model(endpoint).image_arguments("u", mask_url=mask)


def test_an_unknown_model_names_the_setting_and_the_known_ones() -> None:
    """A typing error in .env is mended by reading one line."""
    with pytest.raises(ValueError, match=r"fal_video_model: .*'fal-ai/vo3'.*fal-ai/veo3") as caught:
        model("fal-ai/vo3", setting="fal_video_model")
    assert all(endpoint in str(caught.value) for endpoint in MODELS)


def test_every_kind_has_a_model_with_the_fields_that_it_needs() -> None:
    """A row that is not complete is a mistake in the table."""
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
def test_the_default_models_are_in_the_table(setting: str, work: Work) -> None:
    """What runs out of the box can do what it is there for, all of a clip's options included."""
    row = model(str(Settings.model_fields[setting].default), setting=setting)
    assert row.work is work
    if work is Work.VIDEO:
        assert row.choices("duration") == (4, 8)
        assert row.choices("aspect") == ("16:9", "9:16", "1:1")
        assert row.choices("audio") == (True, False)
