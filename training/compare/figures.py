"""The page's pictures, as inline SVG whose text stays text."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from training.capacity import CallQueue, week_of
from training.plots import GUIDE, capacity_figure, reliability_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.compare.paired import Part
    from training.compare.result import Compared

#: Besides the text kept as text, a fixed salt: the same comparison gives the same bytes.
_STYLE: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "leadquality"}
_AROUND = re.compile(r"<\?xml.*?(?=<svg)|<metadata>.*?</metadata>", re.DOTALL)


def pictures(result: Compared) -> dict[str, str]:
    """Return the page's pictures by name; one that has nothing to show is left out."""
    drawn: dict[str, Figure] = {
        "gains": result.figure,
        "capacity": _capacity(result),
        "reliability": _reliability(result),
    }
    measured = [(segment.name, segment.part) for segment in result.segments if segment.part.measures]
    if measured:
        drawn["segments"] = differences_figure(measured)
    if result.periods:
        drawn["periods"] = differences_figure([(period.name, period.part) for period in result.periods])
    return {name: svg(figure) for name, figure in drawn.items()}


def svg(figure: Figure) -> str:
    """Return a figure as an SVG element without a background."""
    kept = io.StringIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(kept, format="svg", transparent=True, metadata={"Date": None})
    return _AROUND.sub("", kept.getvalue()).strip()


def differences_figure(parts: Sequence[tuple[str, Part]]) -> Figure:
    """Draw the difference in log loss and in AUC of each part with its 95 % interval."""
    figure = Figure(figsize=(9, 1.1 + 0.27 * len(parts)), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    y = np.arange(len(parts))[::-1]
    for panel, metric, text in zip(
        panels,
        ("log_loss", "auc"),
        ("log loss, difference (left is better)", "AUC, difference (right is better)"),
        strict=True,
    ):
        gaps = [part.measures[metric].difference for _, part in parts]
        middle, low, high = (np.array([getattr(gap, end) for gap in gaps]) for end in ("value", "low", "high"))
        panel.axvline(0, **GUIDE)
        reach = np.vstack([np.maximum(middle - low, 0), np.maximum(high - middle, 0)])
        panel.errorbar(middle, y, xerr=reach, fmt="ok", ms=4, lw=1.2, capsize=2)
        panel.set(xlabel=text, yticks=y, yticklabels=[name for name, _ in parts])
        panel.spines[["top", "right"]].set_visible(False)
        panel.margins(y=0.5 / max(len(parts), 1))
    return figure


def _capacity(result: Compared) -> Figure:
    held, ground = result.ground.held, result.ground
    most = max(2 * result.finds.capacity, 4)
    steps = np.unique(np.linspace(1, most, 25).astype(int))
    weeks = week_of(held.as_of)
    curves = {
        side.label: CallQueue.of(
            weeks, ground.lead_ids, side.score, held.label == 1, as_of=held.as_of, seed=ground.spec.seed
        ).curve(steps)
        for side in (result.a, result.b)
    }
    finds = result.finds
    return capacity_figure(steps, curves, opportunities=finds.opportunities, capacity=finds.capacity)


def _reliability(result: Compared) -> Figure:
    chances = {side.label: side.probability for side in (result.a, result.b)}
    low_rate = result.comparison.n_positives < 0.1 * result.comparison.n_rows
    return reliability_figure(chances, result.ground.held.label, log=low_rate)
