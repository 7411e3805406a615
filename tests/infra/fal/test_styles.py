import pytest

from infra.fal.styles import NO_STYLE, STYLES, apply_style


@pytest.mark.parametrize("style", [None, NO_STYLE])
def test_no_style_leaves_the_prompt_alone(style: str | None) -> None:
    """Who chose nothing gets their own words."""
    assert apply_style("a cat", style) == "a cat"


def test_a_style_goes_behind_the_prompt() -> None:
    """The person's words come first."""
    assert apply_style("a cat", "anime") == f"a cat, {STYLES['anime']}"


def test_an_unknown_style_is_refused_with_the_known_ones() -> None:
    """A button of yesterday does not send a job."""
    with pytest.raises(ValueError, match="possible: none, photo"):
        apply_style("a cat", "cubism")


def test_every_style_but_none_adds_something_of_its_own() -> None:
    """Two styles that do the same would be one too many."""
    suffixes = [suffix for style, suffix in STYLES.items() if style != NO_STYLE]
    assert all(suffixes)
    assert len(set(suffixes)) == len(suffixes)
