import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from infra.fal.model import Model, Value, Work
from infra.fal.models.catalogue import MODELS, CatalogueError, model, models, read_shipped
from infra.sandbox.fal.limits import of_source
from infra.settings import Settings

OPTIONS = (
    "size",
    "count",
    "scale",
    "duration",
    "aspect",
    "audio",
    "resolution",
    "detail",
    "strength",
)
ANY_MODEL = st.sampled_from(list(MODELS.values()))
SEEDANCE = "fal-ai/bytedance/seedance/v1.5/pro/text-to-video"
VEO = "fal-ai/veo3.1"
OTHER_OWNERS = (
    "openai/gpt-image-2",
    "bytedance/seedance-2.0/text-to-video",
    "xai/grok-imagine-image",
)


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
    assume(row.combines({name: value for name, value in options.items() if value is not None}))
    return row, options


@pytest.mark.parametrize(
    ("endpoint", "refused", "accepted"),
    [
        (VEO, {"resolution": "4K", "duration": 4}, {"resolution": "4K", "duration": 8}),
        (
            "fal-ai/ltx-2.3/text-to-video/fast",
            {"resolution": "1440p", "duration": 12},
            {"resolution": "1080p", "duration": 20},
        ),
    ],
)
def test_values_that_do_not_go_together_are_refused(
    endpoint: str, refused: Mapping[str, Value], accepted: Mapping[str, Value]
) -> None:
    """The schema has each of them, and the model refuses the combination."""
    assert model(endpoint).arguments("a cat", **accepted)
    with pytest.raises(ValueError, match="cannot combine"):
        model(endpoint).arguments("a cat", **refused)


@pytest.mark.slow
@given(possible(), st.text(min_size=3, max_size=200).filter(str.strip))
def test_offered_options_are_accepted(drawn: tuple[Model, dict[str, object]], prompt: str) -> None:
    """Every combination of offered options gives a request with a field for each chosen one."""
    row, options = drawn
    arguments = row.arguments(prompt, **options)
    json.dumps(arguments)
    for name in OPTIONS:
        chosen = options.get(name)
        if chosen is not None:
            spelling = row.options[name].values[cast("Value", chosen)]
            assert arguments.get(row.options[name].name) == spelling
    assert row.extras.items() <= arguments.items()


@given(
    ANY_MODEL,
    st.sampled_from(OPTIONS),
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
    ("endpoint", "duration", "spelling"),
    [
        (VEO, 8, "8s"),
        (SEEDANCE, 8, "8"),
        ("fal-ai/kling-video/v3/pro/text-to-video", 8, "8"),
        ("fal-ai/vidu/q3/text-to-video", 8, 8),
        ("fal-ai/ltx-2.3/text-to-video", 8, 8),
        ("fal-ai/wan/v2.7/text-to-video", 8, 8),
        ("fal-ai/minimax/hailuo-2.3/standard/text-to-video", 10, "10"),
    ],
)
def test_duration_has_each_models_format(endpoint: str, duration: int, spelling: object) -> None:
    """Text with and without the unit, and a number: JSON types matter to fal."""
    found = model(endpoint).arguments("a cat", duration=duration)["duration"]
    assert (found, type(found)) == (spelling, type(spelling))


def test_sound_has_two_names() -> None:
    """Vidu calls it `audio`, the others `generate_audio`."""
    assert model("fal-ai/vidu/q3/text-to-video").arguments("a cat", audio=False)["audio"] is False
    assert model(SEEDANCE).arguments("a cat", audio=True)["generate_audio"] is True


def test_unsupported_options_are_not_offered() -> None:
    """Veo has no square, LTX no four seconds, Kling follows the image's shape, Wan has no switch for sound."""
    assert model(VEO).choices("aspect") == ("16:9", "9:16")
    assert model("fal-ai/ltx-2.3/text-to-video").choices("duration") == (6, 8, 10)
    assert not model("fal-ai/kling-video/v3/pro/image-to-video").supports("aspect")
    assert model(f"{VEO}/image-to-video").choices("aspect") == ("original", "16:9", "9:16")
    assert not model("fal-ai/flux/schnell").supports("negative_prompt")
    assert not model("fal-ai/wan/v2.7/text-to-video").supports("audio")
    assert model("fal-ai/recraft/v4.1/text-to-image").choices("size") == (
        "square",
        "portrait",
        "landscape",
        "wide",
        "9:16",
    )


def test_ratio_without_a_preset_is_sent_as_pixels() -> None:
    """A model that takes any width and height has the ratios for which fal has no name."""
    sent = model("fal-ai/flux/schnell").arguments("a cat", size="4:5")["image_size"]
    assert sent == {"width": 896, "height": 1120}


def test_size_of_the_original_may_be_no_field() -> None:
    """An edit whose schema has no word for it keeps the image's size if the field is left out."""
    edit = model("fal-ai/qwen-image-2/edit")
    assert edit.choices("size")[0] == "original"
    assert "image_size" not in edit.arguments("a cat", size="original")
    banana = model("fal-ai/nano-banana-2/edit")
    assert banana.arguments("a cat", size="original")["aspect_ratio"] == "auto"


def test_default_that_is_too_dear_is_sent_explicitly() -> None:
    """GPT Image's own default is high quality, at four times the price of medium."""
    gpt = model("openai/gpt-image-2")
    assert gpt.arguments("a cat")["quality"] == "medium"
    assert gpt.arguments("a cat", detail="low")["quality"] == "low"


def test_prompt_cannot_ask_for_more_images_than_were_ordered() -> None:
    """Models that read the number of images from the prompt are told not to."""
    limited = [row for row in MODELS.values() if "nano-banana" in row.endpoint]
    assert limited
    assert all(row.extras["limit_generations"] is True for row in limited)


@pytest.mark.parametrize("endpoint", OTHER_OWNERS)
def test_models_of_other_owners_are_known(endpoint: str) -> None:
    """New models are no longer under fal-ai."""
    assert model(endpoint).arguments("a cat on a roof")["prompt"]


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
    assert model(f"{VEO}/image-to-video").image_arguments("u") == {"image_url": "u"}
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
    with pytest.raises(
        ValueError, match=r"fal_video_model: .*'fal-ai/vo3'.*fal-ai/veo3.1"
    ) as caught:
        model("fal-ai/vo3", setting="fal_video_model")
    assert all(endpoint in str(caught.value) for endpoint in MODELS)


def test_tiers_of_a_price_are_of_offered_values() -> None:
    """A tier of a misspelt value would never apply."""
    for row in MODELS.values():
        mentioned = [pair for tier in row.price.tiers for pair in tier.when.items()]
        assert [(name, value) for name, value in mentioned if value not in row.choices(name)] == []


def test_every_kind_has_a_complete_model() -> None:
    """Each kind of work has a model, with the inputs that it starts from."""
    from_text, from_video = {Work.IMAGE, Work.VIDEO}, {Work.EXTEND_VIDEO, Work.VIDEO_UPSCALE}
    for work in Work:
        assert models(work)
    for row in MODELS.values():
        assert (row.image_field is None) == (row.work in from_text | from_video)
        assert (row.video_field is None) == (row.work not in from_video)
        assert row.mask_field or Work.INPAINTING not in row.works
        assert row.needs_end_image == (row.work is Work.FIRST_LAST_FRAME)


@pytest.mark.parametrize(
    ("setting", "work"),
    [
        ("fal_standard_model", Work.IMAGE),
        ("fal_premium_model", Work.IMAGE),
        ("fal_image_edit_model", Work.IMAGE_EDIT),
        ("fal_inpainting_model", Work.INPAINTING),
        ("fal_variation_model", Work.IMAGE_EDIT),
        ("fal_upscale_model", Work.UPSCALE),
        ("fal_video_model", Work.VIDEO),
        ("fal_image_to_video_model", Work.IMAGE_TO_VIDEO),
        ("fal_background_removal_model", Work.BACKGROUND_REMOVAL),
        ("fal_outpaint_model", Work.OUTPAINT),
        ("fal_erase_model", Work.ERASE),
        ("fal_first_last_frame_model", Work.FIRST_LAST_FRAME),
        ("fal_extend_video_model", Work.EXTEND_VIDEO),
        ("fal_video_upscale_model", Work.VIDEO_UPSCALE),
    ],
)
def test_default_models_are_in_the_table(setting: str, work: Work) -> None:
    """Default models offer every option of their kind."""
    row = model(str(Settings.model_fields[setting].default), setting=setting)
    assert row.work is work
    if work is Work.VIDEO:
        assert {4, 8} <= {*row.choices("duration")}
        assert row.choices("aspect")[:3] == ("16:9", "9:16", "1:1")
        assert row.choices("audio") == (True, False)


ROW = '[[model]]\nendpoint = "fal-ai/flux/schnell"\ntitle = "FLUX"\nwork = "image"\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[model]\n", "Expected"),
        ("[model]\n", r"must have \[\[model\]\] tables"),
        (f"{ROW}x = 1\n[other]\n", r"must have \[\[model\]\] tables"),
        (ROW.replace("image", "painting"), "fal-ai/flux/schnell: work: Input should be 'image'"),
        (ROW.replace("fal-ai/flux/schnell", "schnell"), "schnell: endpoint: String should match"),
        (f"{ROW}colour = 1\n", "fal-ai/flux/schnell: colour: Extra inputs are not permitted"),
        (f"{ROW}{ROW}", "fal-ai/flux/schnell is in the catalogue twice"),
        (ROW.replace("schnell", "nothing"), "fal-ai/flux/nothing has no stored schema"),
        (f"{ROW}sent = {{ size = 'round' }}\n", "sent: it has no size 'round'"),
        (ROW.replace('"image"', '"upscale"'), "it takes no image, so it cannot do upscale"),
        (
            f"{ROW}price.tiers = [{{ when = {{ size = 'square' }}, dollars = 1 }}]\n",
            "tiers need base",
        ),
    ],
)
def test_error_in_a_file_names_the_file_and_the_row(text: str, reason: str, tmp_path: Path) -> None:
    """A clear sentence, before anything starts."""
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(CatalogueError, match=reason) as caught:
        read_shipped(tmp_path)
    if "stored" not in reason:
        assert "own.toml" in str(caught.value) or "fal-ai/flux/schnell" in str(caught.value)


def test_damaged_schema_names_its_file(tmp_path: Path) -> None:
    """A file that was cut off, or that has other content."""
    (tmp_path / "own.toml").write_text(ROW)
    file = tmp_path / "fal-ai/flux/schnell.json"
    file.parent.mkdir(parents=True)
    for text in ("{", "{}", "[]"):
        file.write_text(text)
        with pytest.raises(CatalogueError, match=r"schnell\.json"):
            read_shipped(tmp_path, tmp_path)


@pytest.mark.parametrize(
    "row", [row for row in MODELS.values() if row.image_field], ids=lambda row: row.endpoint
)
def test_input_images_fit_their_model(row: Model) -> None:
    """An image that fal would refuse for its size, or one too many, is refused here, before anything is sent."""
    theirs = of_source(row.endpoint)
    assert row.bounds.min_side >= theirs.min_side
    assert row.bounds.max_side <= theirs.max_side
    assert row.bounds.max_ratio <= theirs.max_ratio
    assert row.max_pictures <= theirs.max_images
