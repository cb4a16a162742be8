"""A duel as tables for the terminal."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from training.duel.cost import QUARTER, times
from training.duel.rounding import matching, show, show_estimate
from training.tables import MARKS

if TYPE_CHECKING:
    from training.comparison import Estimate
    from training.duel.finds import DuelFind
    from training.duel.measures import Measure
    from training.duel.result import Duel

#: So many segments at either end are printed, and so many leads that only one found.
ENDS, LEADS = 4, 3
#: What there is more of the more weeks there are.
_GROWING = frozenset({"opportunities", "money", "calls"})
_FINEST = {"opportunities": 0.1, "days": 0.1, "money": 1.0, "calls": 1.0, "share": 0.001}


def measures_table(duel: Duel) -> Table:
    """Return one row a figure: both sides with their intervals, and ``a`` minus ``b``."""
    share = QUARTER / len(duel.counted)
    table = Table(
        box=box.SIMPLE_HEAD,
        title=f"A quarter of {QUARTER} weeks, by {len(duel.counted)} counted ones with "
        f"{duel.whole.opportunities:,} opportunities",
        title_justify="left",
        caption=(
            f"Beside each figure its 95 % interval ({duel.replicates:,} resamples of accounts, the calls held "
            f"fixed). ▲ better, ▼ worse than {duel.b.label}."
        ),
    )
    table.add_column("measure")
    for side in (duel.a, duel.b):
        table.add_column(side.label, justify="right")
    table.add_column("difference", justify="right")
    for measure in duel.measures.values():
        by = share if measure.kind.unit in _GROWING else 1.0
        table.add_row(measure.kind.label, *_cells(measure, by, measure.standing()))
    return table


def curve_table(duel: Duel) -> Table:
    """Return one row a capacity."""
    table = Table(
        box=box.SIMPLE_HEAD,
        title="At other capacities: opportunities found a quarter",
        title_justify="left",
        caption="Each interval is for its capacity by itself; ▲ and ▼ allow for how many are looked at.",
    )
    for name in ("calls a week", duel.a.label, duel.b.label, "difference"):
        table.add_column(name, justify="right")
    share = QUARTER / len(duel.counted)
    for point in duel.curve:
        capacity = Text(f"{point.capacity:,}", "bold" if point.capacity == duel.capacity else "")
        if point.exhausted:
            table.add_row(capacity, Text("everybody is called", "dim"), "", "")
            continue
        table.add_row(capacity, *_cells(point.part.measures["found"], share, point.standing))
    return table


def segments_table(duel: Duel) -> Table | None:
    """Return the segments where ``a`` loses and gains most opportunities; None without any."""
    every = [s for s in duel.segments if s.kind != "grade" and s.part.opportunities]
    every.sort(key=lambda segment: segment.part.measures["found"].difference.value)
    if not every:
        return None
    shown = every if len(every) <= 2 * ENDS else [*every[:ENDS], *every[-ENDS:]]
    shown += [s for s in duel.segments if s.kind == "grade" and s.label.endswith(duel.b.label)]
    table = Table(
        box=box.SIMPLE_HEAD,
        title=f"For whom: opportunities found in the {len(duel.counted)} counted weeks",
        title_justify="left",
        caption=(
            f"{min(len(every), 2 * ENDS)} of {len(every)} segments, from the worst to the best for "
            f"{duel.a.label}, then by grade. ▲ and ▼ allow for how many are looked at."
        ),
    )
    for name in ("part", "opportunities", duel.a.label, duel.b.label, "difference"):
        table.add_column(name, justify="left" if name == "part" else "right")
    for segment in shown:
        found = segment.part.measures["found"]
        mark, style = MARKS[segment.standing]
        gap = _count_cell(found.difference, mark, style)
        counts = [f"{figure.value:,.0f}" for figure in (found.a, found.b)]
        table.add_row(Text(segment.name), f"{segment.part.opportunities:,}", *counts, gap)
    return table


def leads_table(duel: Duel) -> Table | None:
    """Return a few of the leads that only one side found, with that side's reasons; None without any."""
    if not duel.only_a and not duel.only_b:
        return None
    table = Table(box=box.SIMPLE_HEAD, title="Found by one alone, the most valuable first", title_justify="left")
    for name in ("found by", "lead", "called", "days to the opportunity", "amount", "why"):
        table.add_column(name)
    for side, finds, view in ((duel.a, duel.only_a, "a"), (duel.b, duel.only_b, "b")):
        for find in finds[:LEADS]:
            table.add_row(side.label, Text(find.lead_id), find.week, *_worth(find), Text(_why(find, view)))
    return table


def _worth(find: DuelFind) -> tuple[str, str]:
    return f"{find.days_early:.0f}", "–" if find.amount is None else f"{find.amount:,.0f}"


def _why(find: DuelFind, view: str) -> str:
    return "; ".join(getattr(find, view).reasons[:2])


def _cells(measure: Measure, by: float, standing: str) -> tuple[Text, Text, Text]:
    """Return both sides' cells and the difference's, a whole quarter's by ``by``, so that the figures add up."""
    unit, (mark, style) = measure.kind.unit, MARKS[standing]
    # Shares are shown as percent.
    scale = by * (100 if unit == "share" else 1)
    finest, end = (0.1, "%") if unit == "share" else (_FINEST[unit], "")
    a, b, gap = (times(figure, scale) for figure in (measure.a, measure.b, measure.difference))
    *shown, step = matching(a, b, gap, finest)
    if unit == "share" and all(map(isfinite, shown)):
        # Notes say both shares to a tenth of a percent: here the difference follows.
        step = finest
        first, second = (round(figure.value / step) for figure in (a, b))
        shown = [first * step, second * step, (first - second) * step]
    cells = [_cell(value, figure, step, finest, end) for value, figure in zip(shown, (a, b), strict=False)]
    return cells[0], cells[1], _cell(shown[2], gap, step, finest, end, sign=True, mark=mark, style=style)


def _cell(
    value: float,
    figure: Estimate,
    step: float,
    finest: float,
    end: str = "",
    *,
    sign: bool = False,
    mark: str = "",
    style: str = "",
) -> Text:
    """Return a shown value with the figure's own interval after it."""
    if not isfinite(value):
        return Text("–", "dim")
    ends = show_estimate(figure, finest)[1].replace(" to ", f"{end} to ")
    own = show(value, step, sign=sign)
    return Text.assemble((f"{mark}{own}{end}", style), (f"  {ends}{end}" if ends else "", "dim"))


def _count_cell(gap: Estimate, mark: str, style: str) -> Text:
    """Return the difference of two counts, whole as these are; an interval of no width tells nothing."""
    ends = show_estimate(gap)[1] if gap.high > gap.low else "too few to tell"
    return Text.assemble((f"{mark}{show(gap.value, sign=True)}", style), (f"  {ends}", "dim"))
