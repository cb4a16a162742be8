"""Figures of how good a score is, made to be read in black and white.

Every function returns a `matplotlib.figure.Figure` made without pyplot: nothing is shown, nothing global changes,
and threads may draw at the same time. Arms differ by line style and marker as well as by colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from training.metrics import Ranking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

SHARES = np.concatenate([np.linspace(0.01, 0.1, 10), np.linspace(0.12, 1.0, 45)])
# Okabe and Ito's colours in the order of their darkness, so that a grey print still tells them apart.
LINES: tuple[dict[str, Any], ...] = (
    {"color": "black", "linestyle": "-", "marker": "o"},
    {"color": "#0072B2", "linestyle": "--", "marker": "s"},
    {"color": "#D55E00", "linestyle": "-.", "marker": "^"},
    {"color": "#009E73", "linestyle": (0, (5, 1, 1, 1, 1, 1)), "marker": "D"},
    {"color": "#CC79A7", "linestyle": (0, (1, 1)), "marker": "v"},
)
GUIDE: dict[str, Any] = {"color": "0.55", "linestyle": ":", "linewidth": 1.2}


class Bins(NamedTuple):
    """Rows binned by probability: mean probability, share of positives and its Wilson interval, each (bins,)."""

    predicted: Floats
    observed: Floats
    low: Floats
    high: Floats
    rows: NDArray[np.int64]


def wilson_interval(positives: ArrayLike, rows: ArrayLike, z: float = 1.959964) -> tuple[Floats, Floats]:
    """Return Wilson's (1927) score interval of a share, which holds up at few or no positives."""
    n = np.asarray(rows, dtype=np.float64)
    share = np.asarray(positives) / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def reliability_bins(probability: ArrayLike, labels: ArrayLike, bins: int = 10) -> Bins:
    """Bin rows into at most ``bins`` equal parts by probability; equal probabilities stay together."""
    p = np.asarray(probability, dtype=np.float64)
    # The middle rank of a run of equal values, so that a card's commonest total does not swallow its neighbours.
    _, value, rows = np.unique(p, return_inverse=True, return_counts=True)
    middle = np.cumsum(rows) - rows / 2
    part = np.floor(middle / len(p) * bins)[value]
    _, part = np.unique(part, return_inverse=True)
    rows = np.bincount(part)
    positives = np.bincount(part, weights=np.asarray(labels, dtype=np.float64))
    low, high = wilson_interval(positives, rows)
    return Bins(np.bincount(part, weights=p) / rows, positives / rows, low, high, rows)


def reliability_figure(
    probabilities: Mapping[str, ArrayLike], labels: ArrayLike, *, bins: int = 10, log: bool = False
) -> Figure:
    """Draw the share of opportunities seen against the probability promised, a panel per arm, rows below.

    Bars are Wilson intervals, which take rows for independent and are therefore somewhat short where accounts have
    many rows. Rows beyond the axis are counted in its last bar. ``log`` suits base rates of a few per cent.
    """
    figure = Figure(figsize=(3.6 * len(probabilities) + 0.6, 4.8), layout="constrained")
    panels = figure.subplots(2, len(probabilities), sharex=True, sharey="row", squeeze=False, height_ratios=[4, 1])
    binned = {arm: reliability_bins(p, labels, bins) for arm, p in probabilities.items()}
    start, end = _limits(list(binned.values()), log=log)
    for (upper, lower), (arm, part) in zip(panels.T, binned.items(), strict=True):
        upper.plot([start, end], [start, end], **GUIDE)
        # At shares of 0 and 1 rounding puts an end of the interval a hair on the wrong side.
        below, above = np.maximum(part.observed - part.low, 0), np.maximum(part.high - part.observed, 0)
        upper.errorbar(part.predicted, part.observed, (below, above), fmt="o-k", ms=4, lw=1, capsize=2)
        upper.set(title=arm, xlim=(start, end), ylim=(start, end))
        edges = np.geomspace(start, end, 31) if log else np.linspace(start, end, 31)
        lower.hist(np.clip(np.asarray(probabilities[arm]), start, end), bins=edges, color="0.6")
        lower.set(xlabel="probability promised", yscale="log")
        if log:
            upper.set(xscale="log", yscale="log")
        for axis in (lower.xaxis, upper.yaxis):
            axis.set_major_formatter(_percent())
        _tidy(upper)
        _tidy(lower)
    panels[0, 0].set_ylabel("share that became opportunities")
    panels[1, 0].set_ylabel("rows")
    return figure


def _limits(parts: list[Bins], *, log: bool) -> tuple[float, float]:
    end = min(1.0, 1.05 * max(max(part.high.max(), part.predicted.max()) for part in parts))
    shown = np.concatenate([np.concatenate([part.predicted, part.observed]) for part in parts])
    return (float(shown[shown > 0].min()) / 2, end) if log else (0.0, end)


def gains_figure(scores: Mapping[str, ArrayLike], labels: ArrayLike) -> Figure:
    """Draw cumulative gains (share of opportunities found in the top share of rows) and, beside it, the lift."""
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    gains, lift = figure.subplots(1, 2)
    base = float(np.mean(np.asarray(labels, dtype=np.float64)))
    best = np.minimum(SHARES / base, 1.0)
    gains.plot([0, *SHARES], [0, *best], label="perfect order", **GUIDE)
    gains.plot([0, 1], [0, 1], label="random order", **GUIDE | {"linestyle": "-"})
    lift.axhline(1.0, **GUIDE | {"linestyle": "-"})
    for number, (arm, score) in enumerate(scores.items()):
        found = Ranking.of(score, labels).measure(np.ones(np.size(labels)), SHARES)[2:]
        style = LINES[number % len(LINES)] | {"markevery": (number, 9), "markersize": 4, "linewidth": 1.6}
        gains.plot([0, *SHARES], [0, *found], label=arm, **style)
        lift.plot(SHARES, found / SHARES, label=arm, **style)
    gains.set(
        xlabel="top share of rows by score", ylabel="share of opportunities found", xlim=(0, 1), ylim=(0, 1.02)
    )
    lift.set(xlabel="top share of rows by score", ylabel="lift over random order", xlim=(0, 1), ylim=(0, None))
    for panel in (gains, lift):
        panel.xaxis.set_major_formatter(_percent())
        _tidy(panel)
    gains.yaxis.set_major_formatter(_percent())
    gains.legend(frameon=False, loc="lower right")
    return figure


def importance_figure(
    names: Sequence[str], values: ArrayLike, *, top: int = 20, xlabel: str = "mean share of the score, in points"
) -> Figure:
    """Draw the ``top`` largest of ``values`` (n,) as bars with their ``names``, the largest above."""
    value = np.asarray(values, dtype=np.float64)
    order = np.argsort(value, kind="stable")[::-1][:top][::-1]
    figure = Figure(figsize=(7, 0.9 + 0.3 * len(order)), layout="constrained")
    panel = figure.subplots()
    bars = panel.barh([names[i] for i in order], value[order], color="0.35", height=0.7)
    panel.bar_label(bars, fmt="{:.3g}", padding=3, fontsize=8)
    panel.set(xlabel=xlabel)
    panel.margins(x=0.1, y=0.01)
    _tidy(panel)
    panel.tick_params(axis="y", length=0)
    return figure


def capacity_figure(
    per_week: ArrayLike, found: Mapping[str, ArrayLike], *, opportunities: int, capacity: int | None = None
) -> Figure:
    """Draw opportunities found against leads called a week (k,), a line per arm; ``capacity`` is marked."""
    figure = Figure(figsize=(6.6, 4.4), layout="constrained")
    panel = figure.subplots()
    panel.axhline(opportunities, **GUIDE)
    panel.annotate(
        f"all {opportunities:,}", (0.01, opportunities), xycoords=("axes fraction", "data"), va="bottom"
    )
    if capacity is not None:
        panel.axvline(capacity, **GUIDE)
        panel.annotate(f"{capacity:,} a week ", (capacity, 0.02), xycoords=("data", "axes fraction"), ha="right")
    for number, (arm, hits) in enumerate(found.items()):
        panel.plot(per_week, np.asarray(hits), label=arm, markersize=4, **LINES[number % len(LINES)])
    panel.set(xlabel="leads called a week", ylabel="opportunities found", xlim=(0, None), ylim=(0, None))
    panel.margins(y=0.08)
    panel.legend(frameon=False, loc="best")
    _tidy(panel)
    return figure


def _tidy(panel: Axes) -> None:
    panel.spines[["top", "right"]].set_visible(False)


def _percent() -> FuncFormatter:
    return FuncFormatter(lambda share, _: f"{100 * share:g} %")
