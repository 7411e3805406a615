import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.images.outpaint import DEFAULT_SIZE, RATIOS, SIZES, Margins, margins, reduced

SIDE = st.integers(64, 4000)


@pytest.mark.parametrize(
    ("size", "image", "added"),
    [
        ("wide", (640, 480), Margins(left=106, right=107)),
        ("9:16", (900, 900), Margins(top=350, bottom=350)),
        ("square", (900, 900), None),
        ("square", (900, 903), None),
        ("around", (400, 200), Margins(100, 50, 100, 50)),
        ("left", (400, 200), Margins(left=200)),
        ("up", (400, 200), Margins(top=100)),
    ],
)
def test_margins_of_a_size(size: str, image: tuple[int, int], added: Margins | None) -> None:
    """A format grows the image on two sides; one that it has already needs nothing."""
    assert margins(size, *image) == added


@given(st.sampled_from(SIZES), SIDE, SIDE, st.integers(300, 2048))
def test_result_stays_within_the_limits(
    size: str, width: int, height: int, max_margin: int
) -> None:
    """For any image, the reduced one fits the model's margins and what the models make."""
    smaller = reduced(size, width, height, max_margin)
    added = margins(size, *smaller)
    if added is None:
        return
    assert added.widest <= max_margin
    whole = added.around(*smaller)
    assert whole[0] * whole[1] <= 4_050_000
    assert smaller[0] <= width
    assert smaller[1] <= height
    if size in RATIOS and min(smaller) > 32:
        assert whole[0] / whole[1] == pytest.approx(RATIOS[size], rel=0.05)


@given(SIDE, SIDE)
def test_default_size_fits_every_image(width: int, height: int) -> None:
    """Otherwise the card would open with a refusal."""
    assert margins(DEFAULT_SIZE, width, height)
