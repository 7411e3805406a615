from xml.etree import ElementTree as ET

from tests.bench.result import Bar, Chart, Curve
from tests.bench.svg import draw

_SVG = "{http://www.w3.org/2000/svg}"


def test_bar_length_is_proportional() -> None:
    """Twice the value is twice the length, and a label may have any character."""
    bars = [
        Bar(label="a < b & c", value=50, low=40, high=60),
        Bar(label="d", value=100, low=90, high=120),
    ]
    drawn = ET.fromstring(draw(Chart(name="x", title="Bars", unit="updates/s", bars=bars)))  # noqa: S314 - our own
    short, long = (float(bar.get("width", "")) for bar in drawn.iter(f"{_SVG}rect"))
    assert abs(long - 2 * short) < 0.2
    assert "a < b & c" in [text.text for text in drawn.iter(f"{_SVG}text")]


def test_curves_share_their_axes() -> None:
    """On a logarithmic axis each factor of ten is the same distance; the limit is a line of its own."""
    curves = [
        Curve(label="ours", points=[(100, 1), (1000, 1), (10000, 2)]),
        Curve(label="theirs", points=[(100, 5)]),
    ]
    chart = Chart(name="x", title="Curves", unit="ms", curves=curves, scale="log", limit=4)
    drawn = ET.fromstring(draw(chart))  # noqa: S314 - our own
    x = [float(dot.get("cx", "")) for dot in drawn.iter(f"{_SVG}circle")][:3]
    assert abs((x[1] - x[0]) - (x[2] - x[1])) < 0.2
    assert [path.get("class") for path in drawn.iter(f"{_SVG}path")] == ["line", "limit"]
