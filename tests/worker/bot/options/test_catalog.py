import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.fal.model import Work
from infra.fal.models.catalogue import MODELS, models
from infra.fal.styles import STYLES
from infra.settings import Settings
from tests.processes import ROOT
from worker.bot.options.catalog import (
    FROM_VIDEO,
    MAX_NEGATIVE_PROMPT,
    OFFERED,
    OptionCatalog,
    prompt_limit,
)
from worker.bot.options.offers import MAX_OFFERED
from worker.bot.views.money_format import known_price
from worker.model import Options

VALUES = (
    st.sampled_from(
        [
            *("square", "wide", "16:9", "1:1", "premium", "none", "", "fal-ai/nano-banana-2"),
            *(1, 4, 8, 99, "4K", "high"),
        ]
    )
    | st.booleans()
)
OPTIONS = st.dictionaries(
    st.sampled_from(
        [
            "model",
            "size",
            "count",
            "quality",
            "style",
            "negative_prompt",
            "duration",
            "aspect",
            "audio",
            "resolution",
            "detail",
        ]
    ),
    VALUES,
)
IMAGE_MODELS = st.sampled_from([model.endpoint for model in models(Work.IMAGE)])
VIDEO_MODELS = st.sampled_from([model.endpoint for model in models(Work.VIDEO)])


@pytest.mark.slow
@given(standard=IMAGE_MODELS, premium=IMAGE_MODELS, video=VIDEO_MODELS, remembered=OPTIONS)
def test_resolved_options_are_valid_for_the_model(
    standard: str, premium: str, video: str, remembered: Options
) -> None:
    """For any stored settings the provider's table accepts the resolved ones."""
    catalog = OptionCatalog(
        Settings(
            _env_file=None,
            fal_standard_model=standard,
            fal_premium_model=premium,
            fal_video_model=video,
        )
    )
    for work in OFFERED:
        settled = catalog.resolve(work, remembered)
        ours = {name: v for name, v in settled.items() if name not in ("model", "style")}
        if "negative_prompt" in ours:
            ours["negative_prompt"] = "x" * MAX_NEGATIVE_PROMPT
        longest = "x" * prompt_limit(catalog.model(work, settled))
        model = catalog.model(work, settled)
        assert model.arguments(longest, **ours) or not (ours or model.takes_prompt)


def test_offered_models_are_usable_and_written_down() -> None:
    """Each is active, does its work at a known price, and has its reason in docs/models.md."""
    catalog = OptionCatalog(Settings(_env_file=None))
    described = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    for work in OFFERED:
        offered = catalog.models(work)
        assert len({model.endpoint for model in offered}) == len(offered) <= MAX_OFFERED
        for model in offered:
            assert model.status == "active"
            assert work in model.works
            assert work in FROM_VIDEO or known_price(model, {}) is not None
            twin = model.endpoint.replace("image-to-video", "text-to-video")
            assert f"`{model.endpoint}`" in described or f"| `{twin}`" in described
    for work in (Work.IMAGE, Work.IMAGE_EDIT, Work.VIDEO, Work.IMAGE_TO_VIDEO):
        assert 5 <= len(catalog.models(work)) <= 6


def test_unknown_model_names_its_setting() -> None:
    """The error says which setting to correct."""
    with pytest.raises(ValueError, match="fal_premium_model"):
        OptionCatalog(Settings(_env_file=None, fal_premium_model="fal-ai/no-such"))


def test_every_model_leaves_room_for_a_prompt() -> None:
    """Also one that takes few characters: the style that the bot adds has its place beside the words."""
    style = max(map(len, STYLES.values()))
    for row in MODELS.values():
        room = prompt_limit(row)
        assert room >= 100
        assert room + len(", ") + style <= row.max_prompt
