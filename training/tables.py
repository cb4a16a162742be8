"""The comparison as a table for the terminal."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from training.arms import ARMS, heading
from training.metrics import METRICS

if TYPE_CHECKING:
    from training.comparison import Comparison
    from training.metrics import Metric

MARKS = {"better": ("▲ ", "green"), "worse": ("▼ ", "red"), "unclear": ("", "")}
DIRECTION = {"higher": "higher is better", "lower": "lower is better", "near 1": "1 is right"}


#: What the table of all arms shows; JSON and MLflow have all of it.
SHORT = tuple(metric for metric in METRICS if metric.name in {"auc", "log_loss", "found_at_capacity"})

#: Arms that give way first where the terminal is narrow; JSON and MLflow have them all.
_DISPENSABLE = ("lightgbm", "constant", "recalibrated", "from_card", "logistic")
_MEASURE_WIDTH, _ARM_WIDTH = 24, 18


def comparison_table(comparison: Comparison, width: int = 120, *, opening: str = "Held out") -> Table:
    """Return one row per measure: each arm's figure over its interval, then the first arm minus the reference.

    The difference is paired and marked only where its 95 % interval keeps clear of 0: ▲ better than the
    reference, ▼ worse. Two intervals that overlap prove nothing either way, because both arms stand on the same
    rows. Where ``width`` characters are too few for all arms, the plainest are left out. ``opening`` says which
    rows these are.
    """
    first = next(arm for arm in comparison.arms if arm != comparison.reference)
    shown = _fitting(comparison, width)
    table = Table(
        title=_title(comparison, opening), caption=_caption(comparison), box=box.SIMPLE_HEAD, title_justify="left"
    )
    table.add_column("measure", min_width=18)
    for arm in shown:
        table.add_column(heading(arm), justify="right", no_wrap=True)
    long = len(first) + len(comparison.reference) > _ARM_WIDTH
    between = "\n" if long else " "
    table.add_column(f"{first}{between}− {comparison.reference}", justify="right", no_wrap=True)
    for metric in METRICS:
        cells = [_figure(comparison, arm, metric) for arm in shown]
        table.add_row(_name(comparison, metric), *cells, _difference(comparison, first, metric))
    return table


def arms_table(comparison: Comparison, opening: str = "Backtest") -> Table:
    """Return one row per arm, every one of them: a few measures with their intervals, and what the arm is."""
    title = _title(comparison, opening)
    caption = (
        f"Beside each figure its 95 % interval ({comparison.replicates} resamples of accounts). "
        f"{comparison.capacity_said}"
    )
    table = Table(title=title, caption=caption, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("arm", no_wrap=True)
    for metric in SHORT:
        label = metric.label.format(capacity=comparison.capacity)
        if metric.name == "found_at_capacity":
            label += f"\nof {comparison.n_opportunities:,} opportunities"
        table.add_column(label, justify="right", no_wrap=True)
    table.add_column("what it is", style="dim")
    said = {kind.name: kind.what for kind in ARMS}
    for arm in comparison.arms:
        cells = [_figure(comparison, arm, metric, between=" ") for metric in SHORT]
        table.add_row(heading(arm), *cells, said.get(arm, ""))
    return table


def _fitting(comparison: Comparison, width: int) -> list[str]:
    shown = list(comparison.arms)
    for arm in _DISPENSABLE:
        too_wide = _MEASURE_WIDTH + _ARM_WIDTH * (len(shown) + 1) > width
        if too_wide and arm in shown and arm != comparison.reference:
            shown.remove(arm)
    return shown


def _title(comparison: Comparison, opening: str) -> str:
    return (
        f"{opening}: {comparison.n_rows:,} rows, {comparison.n_positives:,} of them positive; "
        f"{comparison.n_leads:,} leads of {comparison.n_accounts:,} accounts over {comparison.n_weeks} weeks"
    )


def _caption(comparison: Comparison) -> str:
    return (
        f"Under each figure its 95 % interval ({comparison.replicates} resamples of accounts). ▲ better, "
        f"▼ worse than {comparison.reference}: the interval of the paired difference keeps clear of 0 "
        f"(no marks where 1 is right). {comparison.capacity_said}"
    ).rstrip()


def _name(comparison: Comparison, metric: Metric) -> Text:
    label = metric.label.format(capacity=comparison.capacity)
    if metric.name == "found_at_capacity":
        under = f"of {comparison.n_opportunities:,} opportunities"
        if comparison.everybody_called:
            under = "all are called: says nothing"
        return Text.assemble(label, "\n", (under, "dim"))
    return Text.assemble(label, "\n", (DIRECTION[metric.better], "dim"))


def _figure(comparison: Comparison, arm: str, metric: Metric, between: str = "\n") -> Text:
    figure = comparison.estimates[arm][metric.name]
    if isnan(figure.value):
        return Text("does not exist", style="dim")
    value, low, high = (f"{part:,.{metric.digits}f}" for part in (figure.value, figure.low, figure.high))
    return Text.assemble((value, "bold"), between, (f"{low} to {high}", "dim"))


def _difference(comparison: Comparison, arm: str, metric: Metric) -> Text:
    if isnan(comparison.differences[arm][metric.name].value):
        return Text()
    gap = comparison.differences[arm][metric.name]
    standing = comparison.standing(arm, metric.name)
    mark, style = MARKS[standing]
    low, high = (f"{part:,.{metric.digits}f}" for part in (gap.low, gap.high))
    return Text.assemble((f"{mark}{gap.value:+,.{metric.digits}f}", style), "\n", (f"{low} to {high}", "dim"))
