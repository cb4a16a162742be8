"""A duel as tables for the terminal."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from training.duel.cost import QUARTER, times
from training.duel.rounding import show, show_estimate
from training.tables import MARKS

if TYPE_CHECKING:
    from training.comparison import Estimate
    from training.duel.finds import DuelFind
    from training.duel.measures import Kind
    from training.duel.result import Duel

#: So many segments at either end are printed, and so many leads that only one found.
ENDS, LEADS = 4, 3
#: What there is more of the more weeks there are.
_GROWING = frozenset({"opportunities", "money", "calls"})
_FINEST = {"opportunities": 1.0, "days": 0.1, "money": 1.0, "calls": 1.0, "share": 0.001}


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
        kind = measure.kind
        by = share if kind.unit in _GROWING else 1.0
        mark, style = MARKS[measure.standing()]
        gap = _cell(times(measure.difference, by), kind, sign=True, mark=mark, style=style)
        table.add_row(kind.label, _cell(times(measure.a, by), kind), _cell(times(measure.b, by), kind), gap)
    return table


def curve_table(duel: Duel) -> Table:
    """Return one row a capacity."""
    table = Table(
        box=box.SIMPLE_HEAD, title="At other capacities: opportunities found a quarter", title_justify="left"
    )
    for name in ("calls a week", duel.a.label, duel.b.label, "difference"):
        table.add_column(name, justify="right")
    share = QUARTER / len(duel.counted)
    for point in duel.curve:
        found = point.part.measures["found"]
        mark, style = MARKS[found.standing()]
        capacity = Text(f"{point.capacity:,}", "bold" if point.capacity == duel.capacity else "")
        if point.exhausted:
            table.add_row(capacity, Text("everybody is called", "dim"), "", "")
            continue
        gap = _cell(times(found.difference, share), found.kind, sign=True, mark=mark, style=style)
        sides = [_cell(times(side, share), found.kind) for side in (found.a, found.b)]
        table.add_row(capacity, *sides, gap)
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
        gap = _cell(found.difference, found.kind, sign=True, mark=mark, style=style)
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


def _cell(figure: Estimate, kind: Kind, *, sign: bool = False, mark: str = "", style: str = "") -> Text:
    if not isfinite(figure.value):
        return Text("–", "dim")
    if kind.unit == "share":
        ends = f"  {figure.low:.1%} to {figure.high:.1%}" if isfinite(figure.low) else ""
        return Text.assemble(
            (f"{mark}{figure.value:{'+' if sign else ''}.1%}", style), (ends.replace("-", "−"), "dim")
        )
    value, ends = show_estimate(figure, _FINEST[kind.unit], sign=sign)
    if not ends:
        value = show(figure.value, _FINEST[kind.unit], sign=sign)
    return Text.assemble((f"{mark}{value}", style), (f"  {ends}" if ends else "", "dim"))
