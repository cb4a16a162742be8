"""The pictures of a duel, made to be read in black and white."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from training.plots import GUIDE, LINES

if TYPE_CHECKING:
    from training.duel.result import Duel

_GREYS = {"both": "0.25", "only_a": "0.45", "only_b": "0.65", "neither": "0.88"}
_HATCHES = {"both": "", "only_a": "//", "only_b": "..", "neither": ""}


def capacity_figure(duel: Duel) -> Figure:
    """Draw opportunities found against calls a week, and under it what ``a`` finds more.

    The band is the 95 % interval of each capacity by itself.
    """
    figure = Figure(figsize=(7, 6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    at = np.array([point.capacity for point in duel.curve])
    for number, (name, side) in enumerate((("a", duel.a), ("b", duel.b))):
        found = [getattr(point.part.measures["found"], name) for point in duel.curve]
        upper.plot(at, [one.value for one in found], label=side.label, markersize=4, **LINES[number])
    upper.axhline(duel.whole.opportunities, **GUIDE)
    upper.annotate(
        f"all {duel.whole.opportunities:,}",
        (0.01, duel.whole.opportunities),
        xycoords=("axes fraction", "data"),
        va="bottom",
    )
    upper.set(ylabel=f"opportunities found\nin {len(duel.counted)} weeks", ylim=(0, None))
    upper.legend(frameon=False, loc="lower right")
    gaps = [point.part.measures["found"].difference for point in duel.curve]
    lower.fill_between(
        at,
        [gap.low for gap in gaps],
        [gap.high for gap in gaps],
        color="0.85",
        label="95 %, each capacity by itself",
    )
    lower.legend(frameon=False, loc="upper left", fontsize="small")
    lower.plot(at, [gap.value for gap in gaps], "k-o", markersize=4)
    lower.axhline(0, **GUIDE)
    lower.set(xlabel="leads called a week", ylabel=f"more found by\n{duel.a.label}", xlim=(0, None))
    for panel in (upper, lower):
        panel.axvline(duel.capacity, **GUIDE)
        _tidy(panel)
    upper.margins(y=0.1)
    return figure


def weeks_figure(duel: Duel) -> Figure:
    """Draw the opportunities found by the calls up to each Monday; weeks whose horizon is not over are shaded."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    panel = figure.subplots()
    mondays = np.array([week.monday for week in duel.weeks], "datetime64[D]")
    for number, (name, side) in enumerate((("a", duel.a), ("b", duel.b))):
        found = np.cumsum([getattr(week, f"found_{name}") for week in duel.weeks])
        style = LINES[number] | {"markevery": max(1, len(mondays) // 12)}
        panel.plot(mondays, found, label=side.label, markersize=4, **style)
    young = [week.monday for week in duel.weeks if not week.decided]
    if young:
        panel.axvspan(
            date2num(np.datetime64(young[0])),
            date2num(mondays[-1]),
            color="0.9",
            label="not counted: too young to tell",
        )
    panel.set(ylabel="opportunities found by calls so far", ylim=(0, None))
    panel.legend(frameon=False, loc="upper left")
    figure.autofmt_xdate()
    _tidy(panel)
    return figure


def shared_figure(duel: Duel) -> Figure:
    """Draw what both, one alone, and neither found, with 95 % intervals."""
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    panel = figure.subplots()
    names = {
        "both": "both found",
        "only_a": f"only {duel.a.label}",
        "only_b": f"only {duel.b.label}",
        "neither": "neither",
    }
    for place, key in enumerate(names):
        one = duel.shared[key]
        reach = [[max(one.value - one.low, 0)], [max(one.high - one.value, 0)]]
        bar: dict[str, Any] = {"color": _GREYS[key], "hatch": _HATCHES[key], "edgecolor": "white"}
        panel.barh(place, one.value, height=0.65, **bar)
        panel.errorbar(one.value, place, xerr=reach, fmt="none", ecolor="black", capsize=3, lw=1)
        panel.annotate(
            f" {one.value:,.0f} ", (one.high, place), va="center", xytext=(4, 0), textcoords="offset points"
        )
    panel.set(xlabel="opportunities", yticks=range(len(names)), yticklabels=list(names.values()), xlim=(0, None))
    panel.margins(x=0.12)
    panel.invert_yaxis()
    panel.tick_params(axis="y", length=0)
    _tidy(panel)
    return figure


def _tidy(panel: Any) -> None:  # noqa: ANN401 - matplotlib's Axes
    panel.spines[["top", "right"]].set_visible(False)
