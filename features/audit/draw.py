"""The page's pictures as inline SVG: a calendar, curves, and rates with their intervals."""

from __future__ import annotations

import math
from html import escape
from typing import Any

_INK, _LIGHT = "#4b5563", "#d1d5db"
COLORS = ("#1d4ed8", "#b45309", "#047857", "#be185d", "#6d28d9", "#0e7490")

_LABEL = 190
_ROW = 17


def calendar_svg(calendar: dict[str, Any]) -> str:
    """Return the calendar: a row for each table, kind and attribute, months across, darker for more rows."""
    if not calendar:
        return ""
    months, rows = calendar["months"], calendar["rows"]
    cell = max(5, min(24, 700 // len(months)))
    width, top = _LABEL + cell * len(months) + 70, 26
    height = top + _ROW * len(rows) + 4
    parts = [_open(width, height, "Rows by month for each table, kind of events and attribute")]
    every = max(1, math.ceil(46 / cell))
    for i, month in enumerate(months):
        if i % every == 0:
            parts.append(_text(_LABEL + i * cell, 14, month, size=9))
    for j, row in enumerate(rows):
        y = top + j * _ROW
        most = max(row["counts"]) or 1
        name = row["name"] if len(row["name"]) <= 30 else row["name"][:29] + "…"
        parts.append(_text(_LABEL - 6, y + 11, name, anchor="end", size=10))
        for i, count in enumerate(row["counts"]):
            x = _LABEL + i * cell
            if count:
                # The root keeps months with few rows visible beside full ones.
                depth = 0.12 + 0.88 * math.sqrt(count / most)
                title = f"<title>{escape(row['name'])}, {months[i]}: {count:,} rows</title>"
                parts.append(
                    f'<rect x="{x}" y="{y}" width="{cell - 1}" height="{_ROW - 3}" fill="#1d4ed8" '
                    f'fill-opacity="{depth:.2f}">{title}</rect>'
                )
            else:
                parts.append(
                    f'<rect x="{x + 0.5}" y="{y + 0.5}" width="{cell - 2}" height="{_ROW - 4}" fill="none" '
                    f'stroke="#e5e7eb"/>'
                )
        parts.append(_text(_LABEL + cell * len(months) + 6, y + 11, f"{sum(row['counts']):,}", size=9))
    return "".join([*parts, "</svg>"])


def maturity_svg(maturity: dict[str, Any]) -> str:
    """Return the share of leads with an outcome by age in days, for all leads and for each cohort."""
    if not maturity or not maturity["curve"]:
        return ""
    width, height, left, top, right, bottom = 720, 280, 56, 12, 150, 40
    longest = max(len(maturity["curve"]) * maturity["step"], 1)
    series = [("all leads", maturity["curve"], maturity["step"], "#111827", 2.2)]
    series += [
        (cohort["name"], cohort["curve"], cohort["step"], COLORS[i % len(COLORS)], 1.2)
        for i, cohort in enumerate(maturity["cohorts"])
    ]
    highest = max(max(curve, default=0.0) for _, curve, *_ in series) or 1.0
    highest = min(1.0, highest * 1.05)
    parts = [_open(width, height, "Share of leads with an outcome by age in days")]
    parts += _axes(width, height, left, top, right, bottom, highest)
    for day in _ticks(longest):
        x = left + (width - left - right) * day / longest
        parts.append(_text(x, height - bottom + 14, f"{day:g}", anchor="middle", size=10))
    parts.append(
        _text((left + width - right) / 2, height - 8, "days since the lead was created", anchor="middle", size=11)
    )
    for i, (name, curve, step, color, thick) in enumerate(series):
        points = [
            (left + (width - left - right) * min(k * step, longest) / longest, _y(v, height, top, bottom, highest))
            for k, v in enumerate(curve)
            if k * step <= longest
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{thick}"/>')
        y = top + 10 + i * 16
        parts.append(
            f'<line x1="{width - right + 8}" x2="{width - right + 24}" y1="{y - 4}" y2="{y - 4}" '
            f'stroke="{color}" stroke-width="{thick + 0.5}"/>'
        )
        parts.append(_text(width - right + 28, y, name, size=10))
    return "".join([*parts, "</svg>"])


def rates_svg(base: dict[str, Any]) -> str:
    """Return base rates with 95 % intervals; months whose leads are too young are hollow."""
    rows = base["rows"]
    if not rows:
        return ""
    width, height, left, top, right, bottom = 720, 240, 56, 12, 16, 44
    highest = min(1.0, 1.05 * max(row["high"] for row in rows))
    parts = [_open(width, height, f"Base rate: {base['what']}")]
    parts += _axes(width, height, left, top, right, bottom, highest)
    gap = (width - left - right) / len(rows)
    every = max(1, math.ceil(len(rows) * 52 / (width - left - right)))
    for i, row in enumerate(rows):
        x = left + gap * (i + 0.5)
        low, mid, high = (_y(row[name], height, top, bottom, highest) for name in ("low", "rate", "high"))
        color = "#1d4ed8" if row["mature"] else "#9ca3af"
        note = "" if row["mature"] else ", not all leads old enough"
        title = f"<title>{row['name']}: {row['rate']:.1%} of {row['leads']:,} leads{note}</title>"
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{high:.1f}" y2="{low:.1f}" stroke="{color}"/>')
        fill = color if row["mature"] else "#ffffff"
        parts.append(
            f'<circle cx="{x:.1f}" cy="{mid:.1f}" r="3.5" fill="{fill}" stroke="{color}">{title}</circle>'
        )
        if i % every == 0:
            parts.append(_text(x, height - bottom + 14, row["name"], anchor="middle", size=9))
    parts.append(_text((left + width - right) / 2, height - 8, base["what"], anchor="middle", size=11))
    return "".join([*parts, "</svg>"])


def _axes(width: int, height: int, left: int, top: int, right: int, bottom: int, highest: float) -> list[str]:
    parts = []
    for share in _ticks(highest):
        y = _y(share, height, top, bottom, highest)
        parts.append(f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_LIGHT}"/>')
        digits = 0 if highest > 0.08 else 1
        parts.append(_text(left - 6, y + 3, f"{share:.{digits}%}", anchor="end", size=10))
    return parts


def _y(share: float, height: int, top: int, bottom: int, highest: float) -> float:
    return top + (height - top - bottom) * (1 - min(share, highest) / highest)


def _ticks(highest: float, about: int = 5) -> list[float]:
    """Return round numbers from 0 to at most ``highest``.

    >>> _ticks(0.23)
    [0.0, 0.05, 0.1, 0.15, 0.2]
    """
    raw = highest / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * part for part in (1, 2, 5, 10) if power * part >= raw * 0.999)
    return [round(step * i, 10) for i in range(int(highest / step + 1e-9) + 1)]


def _open(width: float, height: float, title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'role="img" aria-label="{escape(title)}">'
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 10) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{size}" fill="{_INK}">{escape(text)}</text>'
