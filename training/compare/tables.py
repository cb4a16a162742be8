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
