import pytest

from infra.fal.styles import NO_STYLE, STYLES, apply_style


@pytest.mark.parametrize("style", [None, NO_STYLE])
def test_no_style_leaves_the_prompt_unchanged(style: str | None) -> None:
    """Without a style the prompt is unchanged."""
    assert apply_style("a cat", style) == "a cat"


def test_style_is_appended_to_the_prompt() -> None:
    """The user's text comes first."""
    assert apply_style("a cat", "anime") == f"a cat, {STYLES['anime']}"


def test_unknown_style_is_refused_with_the_known_ones() -> None:
    """An outdated button submits no job."""
    with pytest.raises(ValueError, match="possible: none, photo"):
        apply_style("a cat", "cubism")


def test_every_style_except_none_adds_its_own_text() -> None:
    """No two styles add the same text."""
    suffixes = [suffix for style, suffix in STYLES.items() if style != NO_STYLE]
    assert all(suffixes)
    assert len(set(suffixes)) == len(suffixes)
