"""The short version of a comparison for the terminal: its segments, and grades before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from models.scorer import GRADES
from training.tables import MARKS

if TYPE_CHECKING:
    from training.compare.churn import Churn
    from training.compare.paired import Part
    from training.compare.result import Compared
    from training.comparison import Comparison

#: So many segments at either end are printed.
ENDS = 3


def parts_table(result: Compared) -> Table | None:
    """Return the periods, and the segments that speak most against the first and for it; None without any."""
    measured = sorted((s for s in result.segments if s.part.measures), key=lambda segment: segment.lean)
    shown = measured if len(measured) <= 2 * ENDS else [*measured[:ENDS], *measured[-ENDS:]]
    rows = [(segment.name, segment.part, segment.tests) for segment in shown]
    rows += [(period.name, period.part, 2 * len(result.periods)) for period in result.periods]
    if not rows:
        return None
    caption = (
        f"{len(shown)} of {len(measured)} segments, from the worst to the best for {result.a.label}, then equal "
        "stretches of the held-out time. ▲ and ▼ allow for how many are looked at."
    )
    table = Table(box=box.SIMPLE_HEAD, caption=caption, title="For whom and when", title_justify="left")
    table.add_column("part")
    table.add_column("accounts", justify="right")
    table.add_column("opportunities", justify="right")
    table.add_column("log loss, difference", justify="right", no_wrap=True)
    table.add_column("AUC, difference", justify="right", no_wrap=True)
    for name, part, tests in rows:
        gaps = [_gap(part, metric, digits, tests) for metric, digits in (("log_loss", 4), ("auc", 3))]
        table.add_row(Text(name), f"{part.accounts:,}", f"{part.opportunities:,}", *gaps)
    return table


def origins_table(result: Compared) -> Table | None:
    """Return both scorers at each origin of the backtest that they share; None where they share none."""
    if result.origins is None or not result.origins.origins:
        return None
    a, b = result.a.label, result.b.label
    caption = (
        f"Backtested on the same rows: the figures of {a}, then of {b}, then the paired difference with its 95 % "
        "interval. ▲ better, ▼ worse."
    )
    table = Table(
        box=box.SIMPLE_HEAD, caption=caption, title="At each origin of the backtest", title_justify="left"
    )
    table.add_column("predicted", no_wrap=True)
    for name in ("rows", "opportunities", "log loss", "difference", "AUC", "difference"):
        table.add_column(name, justify="right", no_wrap=True)
    for origin in result.origins.origins:
        found = origin.comparison
        cells: list[str | Text] = [f"{found.n_rows:,}", f"{found.n_opportunities:,}"]
        for metric, digits in (("log_loss", 4), ("auc", 3)):
            own, other = (found.estimates[name][metric].value for name in (a, b))
            cells += [f"{own:.{digits}f}\n{other:.{digits}f}", _origin_gap(found, a, metric, digits)]
        table.add_row(f"{origin.known_until[:10]}\nto {origin.predicted_until[:10]}", *cells)
    return table


def _origin_gap(found: Comparison, a: str, metric: str, digits: int) -> Text:
    gap = found.differences[a][metric]
    mark, style = MARKS[found.standing(a, metric)]
    interval = f"\n{gap.low:.{digits}f} to {gap.high:.{digits}f}"
    return Text.assemble((f"{mark}{gap.value:+.{digits}f}", style), (interval, "dim"))


def _gap(part: Part, metric: str, digits: int, tests: int) -> Text:
    if metric not in part.measures:
        return Text("too few", "dim")
    found = part.measures[metric]
    mark, style = MARKS[found.standing(tests)]
    low, high = (f"{end:.{digits}f}" for end in (found.difference.low, found.difference.high))
    return Text.assemble((f"{mark}{found.difference.value:+.{digits}f}", style), (f"  {low} to {high}", "dim"))


def churn_table(churn: Churn, a: str, b: str) -> Table:
    """Return how many open leads have which grade by the second scorer (rows) and by the first (columns)."""
    table = Table(box=box.SIMPLE_HEAD, title=f"Open leads by grade: from {b} to {a}", title_justify="left")
    table.add_column("from")
    for grade in GRADES:
        table.add_column(f"to {grade}", justify="right")
    for before, row in zip(GRADES, churn.table, strict=True):
        cells = [
            Text(f"{n:,}", "dim" if before == after else "bold") for after, n in zip(GRADES, row, strict=True)
        ]
        table.add_row(before, *cells)
    return table
