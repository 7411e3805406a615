import math

from tests.bench.figures import Spread, milliseconds, number, percentile


def test_percentile_is_a_measured_value() -> None:
    """The nearest rank, at both ends too; nan without values."""
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(values, share) for share in (0, 0.5, 0.8, 0.99, 1)] == [1, 3, 4, 5, 5]
    assert math.isnan(percentile([], 0.5))


def test_spread_shows_the_median_and_both_ends() -> None:
    """A single value has no ends."""
    assert Spread.of([3000, 1000, 2000]).show() == "2,000 (1,000–3,000)"
    assert Spread.of([1.25]).show(1) == "1.2"


def test_figure_format() -> None:
    """Thousands separators, units, and a dash for unknown values."""
    assert number(12345.6) == "12,346"
    assert milliseconds(0.01234) == "12.3 ms"
    assert number(math.nan) == "–"
