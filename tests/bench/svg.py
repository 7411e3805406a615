"""Plots as SVG: bars with their spread, and curves; readable on light and dark pages.

https://developer.mozilla.org/docs/Web/SVG
"""

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape

from tests.bench.result import Bar, Chart, Curve

_WIDTH, _LEFT, _RIGHT, _TOP = 760, 230, 150, 56
_BAR, _GAP = 22, 12
_PLOT, _MARGIN, _LEGEND = 300, 76, 230
_INKS = ("#2a78b5", "#d9822b", "#4a9c5d", "#b04a6f", "#7a68b3", "#8a8a8a")
_STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.line { stroke: #8c959f; stroke-width: 1; fill: none }
.limit { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 6 4 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .line { stroke: #6e7681 } }
</style>"""


def draw(chart: Chart) -> str:
    """Return a whole SVG document."""
    body, height = _bars(chart) if chart.bars else _curves(chart)
    title = f'<text class="title" x="16" y="28">{escape(chart.title)}</text>'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
            f"<title>{escape(chart.title)}</title>",
            _STYLE,
            title,
            *body,
            "</svg>\n",
        ]
    )


def _bars(chart: Chart) -> tuple[list[str], int]:
    most = max(bar.high for bar in chart.bars)
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    body = [
        part
        for index, bar in enumerate(chart.bars)
        for part in _bar(bar, _TOP + index * (_BAR + _GAP), scale, chart.unit)
    ]
    return body, _TOP + len(chart.bars) * (_BAR + _GAP) + 8


def _bar(bar: Bar, top: int, scale: float, unit: str) -> Iterator[str]:
    middle, ink = top + _BAR / 2, _INKS[0]
    end, low, high = (_LEFT + value * scale for value in (bar.value, bar.low, bar.high))
    yield f'<text x="{_LEFT - 10}" y="{middle + 5:.1f}" text-anchor="end">{escape(bar.label)}</text>'
    yield f'<rect x="{_LEFT}" y="{top}" width="{end - _LEFT:.1f}" height="{_BAR}" rx="3" fill="{ink}"/>'
    ends = "".join(f"M{x:.1f} {middle - 5}v10" for x in (low, high))
    yield f'<path class="line" d="M{low:.1f} {middle}H{high:.1f}{ends}"/>'
    yield f'<text x="{high + 8:.1f}" y="{middle + 5:.1f}">{_short(bar.value)} {escape(unit)}</text>'


def _curves(chart: Chart) -> tuple[list[str], int]:
    points = [point for curve in chart.curves for point in curve.points]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    top = max([*ys, chart.limit or 0]) * 1.08 or 1
    across = _across(chart, min(xs), max(xs))
    right, bottom = _WIDTH - _LEGEND, _TOP + _PLOT

    def up(y: float) -> float:
        return bottom - y / top * _PLOT

    body = [
        f'<path class="line" d="M{_MARGIN} {_TOP}V{bottom}H{right}"/>',
        *_ticks(sorted(set(xs)), across, top, up),
        f'<text x="{right}" y="{bottom + 38}" text-anchor="end">{escape(chart.across)}</text>',
        f'<text x="16" y="{_TOP - 8}">{escape(chart.unit)}</text>',
    ]
    if chart.limit is not None:
        y = up(chart.limit)
        body.append(f'<path class="limit" d="M{_MARGIN} {y:.1f}H{right}"/>')
    for index, curve in enumerate(chart.curves):
        body += _curve(curve, _INKS[index % len(_INKS)], across, up, _TOP + 20 * index)
    return body, bottom + 52


def _across(chart: Chart, low: float, high: float) -> Callable[[float], float]:
    shape: Callable[[float], float] = math.log if chart.scale == "log" else float
    span = shape(high) - shape(low) or 1
    width = _WIDTH - _LEGEND - _MARGIN - 24
    return lambda x: _MARGIN + 12 + (shape(x) - shape(low)) / span * width


def _ticks(
    xs: Sequence[float], across: Callable[[float], float], top: float, up: Callable[[float], float]
) -> Iterator[str]:
    last = -math.inf
    for x in xs:
        if across(x) - last < 44:
            continue
        last = across(x)
        yield f'<text x="{last:.1f}" y="{_TOP + _PLOT + 18}" text-anchor="middle">{_short(x)}</text>'
    for step in range(5):
        y = top / 1.08 * step / 4
        yield f'<text x="{_MARGIN - 8}" y="{up(y) + 4:.1f}" text-anchor="end">{_short(y)}</text>'


def _curve(
    curve: Curve,
    ink: str,
    across: Callable[[float], float],
    up: Callable[[float], float],
    legend: int,
) -> Iterator[str]:
    points = [(across(x), up(y)) for x, y in curve.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2"/>'
    for x, y in points:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{ink}"/>'
    right = _WIDTH - _LEGEND + 12
    yield f'<rect x="{right}" y="{legend}" width="12" height="12" rx="2" fill="{ink}"/>'
    yield f'<text x="{right + 18}" y="{legend + 11}">{escape(curve.label)}</text>'


def _short(value: float) -> str:
    if value >= 999.5:
        return f"{value:,.0f}"
    return f"{value:.3g}"
