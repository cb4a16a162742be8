"""The backtest as a picture: at each origin, what was known, what was still undecided, and what was predicted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.patches import Patch

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from training.backtest.folds import Folds
    from training.rows import Rows
    from training.split import Parts

_KNOWN, _UNDECIDED, _PREDICTED, _FROZEN = "#0072B2", "0.75", "#D55E00", "black"
_HATCHES = {_KNOWN: "", _UNDECIDED: "///", _PREDICTED: "", _FROZEN: ""}


def backtest_bars(rows: Rows, folds: Folds, frozen: Parts) -> list[dict[str, Any]]:
    """Return each origin's stretches, and those of the held-out period last: moments in microseconds, and rows."""
    last = int(rows.as_of[frozen.test].max())
    named = [(f"origin {fold.number}", fold.parts, fold.until) for fold in folds.folds]
    return [
        {
            "name": name,
            "first": int(rows.as_of[parts.train].min()),
            "known": int(rows.as_of[parts.train].max()),
            "origin": parts.test_from,
            "until": until,
            "learnt": int(parts.train.sum()),
            "predicted": int(parts.test.sum()),
        }
        for name, parts, until in (*named, ("held out", frozen, last))
    ]


def backtest_figure(rows: Rows, folds: Folds, frozen: Parts) -> Figure:
    """Draw a bar per origin over time, and the held-out period last; numbers are rows."""
    bars = backtest_bars(rows, folds, frozen)
    figure = Figure(figsize=(9, 1.6 + 0.55 * len(bars)), layout="constrained")
    axes = figure.subplots()
    for place, bar in enumerate(bars):
        _draw(axes, place, bar, _FROZEN if place == len(bars) - 1 else _PREDICTED)
    axes.set_yticks(range(len(bars)), [bar["name"] for bar in bars])
    axes.invert_yaxis()
    locator = AutoDateLocator()
    axes.xaxis_date(tz=UTC)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    labels = {
        _KNOWN: "known: learnt from",
        _UNDECIDED: "undecided then",
        _PREDICTED: "predicted",
        _FROZEN: "held out, looked at once",
    }
    handles = [Patch(facecolor=color, hatch=_HATCHES[color], label=text) for color, text in labels.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False)
    axes.set_title("What was known, undecided and predicted at each origin", loc="left")
    return figure


def _draw(axes: Axes, place: int, bar: dict[str, Any], color: str) -> None:
    stretches = (
        (bar["first"], bar["known"], _KNOWN, bar["learnt"], "white"),
        (bar["known"], bar["origin"], _UNDECIDED, 0, "black"),
        (bar["origin"], bar["until"], color, bar["predicted"], "white"),
    )
    for begin, end, shade, count, ink in stretches:
        left, right = _day(begin), _day(end)
        axes.barh(
            place, right - left, left=left, height=0.62, color=shade, hatch=_HATCHES[shade], edgecolor="white"
        )
        if count:
            axes.text((left + right) / 2, place, f"{count:,}", color=ink, ha="center", va="center", fontsize=8)


def _day(moment: int) -> float:
    return float(date2num(datetime.fromtimestamp(moment / 1e6, UTC)))
