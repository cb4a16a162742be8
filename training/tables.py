"""The comparison as a table for the terminal."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from training.metrics import METRICS

if TYPE_CHECKING:
    from training.comparison import Comparison
    from training.metrics import Metric

MARKS = {"better": ("▲ ", "green"), "worse": ("▼ ", "red"), "unclear": ("", "")}
DIRECTION = {"higher": "higher is better", "lower": "lower is better", "near 1": "1 is right"}


def comparison_table(comparison: Comparison) -> Table:
    """Return one row per measure and one column per arm: the figure, its interval, then the difference.

    The difference is paired, arm minus reference, and marked only where its 95 % interval keeps clear of 0: ▲
    better than the reference, ▼ worse. Two intervals that overlap prove nothing either way, because both arms
    stand on the same rows. Figures and differences share a column so that four arms fit 100 characters.
    """
    table = Table(title=_title(comparison), caption=_caption(comparison), box=box.SIMPLE_HEAD, show_lines=True)
    table.add_column("measure", min_width=16, max_width=34)
    for arm in comparison.arms:
        heading = f"{arm}\n(reference)" if arm == comparison.reference else arm
        table.add_column(heading, justify="right", no_wrap=True)
    for metric in METRICS:
        cells = [_cell(comparison, arm, metric) for arm in comparison.arms]
        table.add_row(_name(comparison, metric), *cells)
    return table


def _title(comparison: Comparison) -> str:
    return (
        f"{comparison.n_rows:,} held-out rows, {comparison.n_positives:,} of them opportunities; "
        f"{comparison.n_leads:,} leads of {comparison.n_accounts:,} accounts over {comparison.n_weeks} weeks"
    )


def _caption(comparison: Comparison) -> str:
    reference = comparison.reference
    return (
        f"Under each figure its 95 % interval ({comparison.replicates} resamples of accounts), then the gap to "
        f"{reference}. ▲ better, ▼ worse than {reference}: the interval of the difference keeps clear of 0."
    )


def _name(comparison: Comparison, metric: Metric) -> Text:
    label = metric.label.format(capacity=comparison.capacity)
    if metric.name == "found_at_capacity":
        label += f", of {comparison.n_opportunities:,}"
    return Text.assemble(label, "\n", (DIRECTION[metric.better], "dim"))


def _cell(comparison: Comparison, arm: str, metric: Metric) -> Text:
    parts = (_figure(comparison, arm, metric), _difference(comparison, arm, metric))
    return Text("\n").join(part for part in parts if part)


def _figure(comparison: Comparison, arm: str, metric: Metric) -> Text:
    figure = comparison.estimates[arm][metric.name]
    if isnan(figure.value):
        return Text("does not exist", style="dim")
    value, low, high = (f"{part:,.{metric.digits}f}" for part in (figure.value, figure.low, figure.high))
    return Text.assemble((value, "bold"), "\n", (f"{low} to {high}", "dim"))


def _difference(comparison: Comparison, arm: str, metric: Metric) -> Text:
    if arm == comparison.reference or isnan(comparison.differences[arm][metric.name].value):
        return Text()
    gap = comparison.differences[arm][metric.name]
    standing = comparison.standing(arm, metric.name)
    mark, style = MARKS[standing]
    low, high = (f"{part:,.{metric.digits}f}" for part in (gap.low, gap.high))
    return Text.assemble((f"{mark}{gap.value:+,.{metric.digits}f}", style), "\n", (f"{low} to {high}", "dim"))
