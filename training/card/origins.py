"""The backtest as a picture on the card: at each origin what was learnt from, undecided, and predicted."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from features.facts.clock import format_moment
from training.card.drawing import as_svg

_LABEL, _BARS, _ROW, _HEIGHT = 74, 780, 30, 22
#: Characters of the widest bar in text, and what a stretch is drawn with.
_CHARACTERS = 72
_KNOWN, _UNDECIDED, _PREDICTED, _HELD_OUT = "=", ".", "#", "@"


def origins_plot(bars: list[dict[str, Any]]) -> Markup:
    """Return a bar an origin over time, the held-out period's last; numbers are rows, dates are under the bars."""
    begin, end = bars[0]["first"], max(bar["until"] for bar in bars)

    def x(moment: int) -> float:
        return _LABEL + (moment - begin) / max(1, end - begin) * _BARS

    parts = []
    for place, bar in enumerate(bars):
        y = place * _ROW + 2
        parts.append(f'<text x="{_LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(bar["name"])}</text>')
        predicted = "held" if place == len(bars) - 1 else "predicted"
        for since, until, kind, rows in (
            (bar["first"], bar["known"], "known", bar["learnt"]),
            (bar["known"], bar["origin"], "undecided", None),
            (bar["origin"], bar["until"], predicted, bar["predicted"]),
        ):
            wide = max(1.0, x(until) - x(since))
            said = f"{_day(since)} to {_day(until)}" + ("" if rows is None else f": {rows:,} rows")
            parts.append(
                f'<rect x="{x(since):.1f}" y="{y}" width="{wide:.1f}" height="{_HEIGHT}" class="{kind}">'
                f"<title>{said}</title></rect>"
            )
            if rows is not None and wide > 7 * len(f"{rows:,}"):
                middle = x(since) + wide / 2
                parts.append(
                    f'<text x="{middle:.1f}" y="{y + 15}" text-anchor="middle" class="on">{rows:,}</text>'
                )
    under = len(bars) * _ROW + 14
    marks = sorted({begin, *(bar["origin"] for bar in bars), end})
    reached = -1e9
    for moment in marks:
        if x(moment) - reached >= 68:
            reached = x(moment)
            parts.append(f'<text x="{reached:.1f}" y="{under}" text-anchor="middle">{_day(moment)}</text>')
    return as_svg(_LABEL + _BARS + 40, under + 8, "What was known, undecided and predicted at each origin", parts)


def origins_text(bars: list[dict[str, Any]]) -> str:
    """Return the same as lines of characters, for a page without pictures."""
    begin, end = bars[0]["first"], max(bar["until"] for bar in bars)

    def place(moment: int) -> int:
        return round((moment - begin) / max(1, end - begin) * _CHARACTERS)

    lines = []
    for number, bar in enumerate(bars):
        predicted = _HELD_OUT if number == len(bars) - 1 else _PREDICTED
        drawn = " " * place(bar["first"])
        for until, mark in ((bar["known"], _KNOWN), (bar["origin"], _UNDECIDED), (bar["until"], predicted)):
            drawn += mark * (place(until) - len(drawn))
        lines.append(f"{bar['name']:<10}{drawn:<{_CHARACTERS}}  {bar['learnt']:>9,} {bar['predicted']:>9,}")
    dates = f"{'':10}{_day(begin):<{_CHARACTERS - 10}}{_day(end)}"
    rows = f"  {'learnt':>9} {'predicted':>9}"
    key = f"{_KNOWN} learnt from   {_UNDECIDED} undecided then   {_PREDICTED} predicted   {_HELD_OUT} held out"
    return "\n".join([f"{dates}{rows}", *lines, f"{'':10}{key}"])


def _day(moment: int) -> str:
    return format_moment(moment)[:10]
