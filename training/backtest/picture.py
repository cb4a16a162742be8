"""The backtest as a picture: at each origin, what was known, what was still undecided, and what was predicted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

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


def backtest_figure(rows: Rows, folds: Folds, frozen: Parts) -> Figure:
    """Draw a bar per origin over time, and the held-out period last; numbers are rows."""
    bars = len(folds.folds) + 1
    figure = Figure(figsize=(9, 1.6 + 0.55 * bars), layout="constrained")
    axes = figure.subplots()
    for place, fold in enumerate(folds.folds):
        _draw(axes, place, rows, fold.parts, fold.until, _PREDICTED)
    last = int(rows.as_of[frozen.test].max())
    _draw(axes, bars - 1, rows, frozen, last, _FROZEN)
    names = [f"origin {fold.number}" for fold in folds.folds]
    axes.set_yticks(range(bars), [*names, "held out"])
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


def _draw(axes: Axes, place: int, rows: Rows, parts: Parts, until: int, color: str) -> None:
    first, known = int(rows.as_of[parts.train].min()), int(rows.as_of[parts.train].max())
    stretches = (
        (first, known, _KNOWN, int(parts.train.sum()), "white"),
        (known, parts.test_from, _UNDECIDED, 0, "black"),
        (parts.test_from, until, color, int(parts.test.sum()), "white"),
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
