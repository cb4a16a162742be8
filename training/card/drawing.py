"""The card's pictures as small inline SVG, in the colours of the page."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup, escape

_BAR, _LABEL, _WIDTH, _ROW = 190, 170, 460, 18
_SIDE, _PAD = 460, 52
#: Where the axes of probabilities have a mark, if they reach as far.
_TICKS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)


def direction_plot(driver: dict[str, Any]) -> Markup:
    """Return bars of a group's mean contribution, left of the middle for fewer points, right for more."""
    curve = driver["curve"]
    reach = max([1e-9, *(abs(point["points"]) for point in curve)])
    middle = _LABEL + _BAR / 2
    height = _ROW * len(curve) + 4
    parts = [f'<line x1="{middle}" y1="0" x2="{middle}" y2="{height}" class="axis"/>']
    for number, point in enumerate(curve):
        y = number * _ROW + 2
        length = abs(point["points"]) / reach * (_BAR / 2 - 4)
        start = middle if point["points"] >= 0 else middle - length
        way = "more" if point["points"] >= 0 else "fewer"
        label = point["at"] if len(point["at"]) <= 26 else point["at"][:25] + "…"
        parts.append(
            f'<text x="{_LABEL - 6}" y="{y + 12}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{start:.1f}" y="{y + 2}" width="{length:.1f}" height="{_ROW - 6}" class="{way}"/>'
            f'<text x="{_LABEL + _BAR + 6}" y="{y + 12}">{signed(point["points"])}'
            f"<title>{point['rows']:,} rows</title></text>"
        )
    title = f"{driver['group']}: points by {driver['feature']}"
    return as_svg(_WIDTH, height, title, parts)


def reliability_plot(bins: list[dict[str, float]]) -> Markup:
    """Return the share seen against the probability promised, with intervals, on equal axes.

    Both axes run by square roots: most leads are promised a few per cent, and would be one blot in a corner.
    """
    end = min(1.0, 1.05 * max(max(part["promised"], part["high"]) for part in bins))
    size = _SIDE - 2 * _PAD

    def x(value: float) -> float:
        return _PAD + math.sqrt(value / end) * size

    def y(value: float) -> float:
        return _SIDE - _PAD - math.sqrt(value / end) * size

    parts = [
        f'<rect x="{_PAD}" y="{_PAD}" width="{size}" height="{size}" class="frame"/>',
        f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(end)}" y2="{y(end)}" class="axis"/>',
        f'<text x="{_SIDE / 2}" y="{_SIDE - 6}" text-anchor="middle">probability promised</text>',
        f'<text x="{_PAD}" y="{_PAD - 14}">share seen</text>',
        f'<text x="{x(end) - 8:.1f}" y="{y(0) - 10:.1f}" text-anchor="end">on the dashed line: as promised</text>',
    ]
    for tick in (t for t in _TICKS if t <= end):
        label = f"{100 * tick:g} %"
        parts.append(
            f'<line x1="{x(tick):.1f}" y1="{y(0)}" x2="{x(tick):.1f}" y2="{y(end)}" class="grid"/>'
            f'<line x1="{x(0)}" y1="{y(tick):.1f}" x2="{x(end)}" y2="{y(tick):.1f}" class="grid"/>'
            f'<text x="{x(tick):.1f}" y="{y(0) + 16}" text-anchor="middle">{label}</text>'
            f'<text x="{_PAD - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{label}</text>'
        )
    for part in bins:
        place = x(part["promised"])
        said = f"promised {100 * part['promised']:.1f} %, seen {100 * part['seen']:.1f} %, {part['rows']:,} rows"
        parts.append(
            f'<line x1="{place:.1f}" y1="{y(part["low"]):.1f}" x2="{place:.1f}" y2="{y(part["high"]):.1f}" '
            f'class="reach"/><circle cx="{place:.1f}" cy="{y(part["seen"]):.1f}" r="5" class="dot">'
            f"<title>{said}</title></circle>"
        )
    return as_svg(_SIDE, _SIDE, "Share that became opportunities against the probability promised", parts)


def as_svg(width: int, height: int, title: str, parts: list[str]) -> Markup:
    """Return a picture of parts whose texts are escaped; ``title`` is what it shows, for who cannot see it."""
    head = f'<svg role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    # What comes from the data was escaped above.
    return Markup(f"{head}<title>{escape(title)}</title>{''.join(parts)}</svg>")  # noqa: S704


def signed(value: float, digits: int = 1) -> str:
    """Return points with their sign.

    >>> signed(-2.34), signed(2.0), signed(-0.01)
    ('−2.3', '+2.0', '0.0')
    """
    if round(abs(value), digits) == 0:
        return f"{0:.{digits}f}"
    return f"{value:+,.{digits}f}".replace("-", "−")
