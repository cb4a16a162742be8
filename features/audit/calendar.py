"""The time that each table, kind and attribute covers, month by month: the page's picture and the cliffs in it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from features.audit.findings import Finding, Subject
from features.facts.clock import format_moment, parse_moment

if TYPE_CHECKING:
    from features.audit.workspace import Workspace

#: More attributes than this are not drawn; the ones with the most versions are.
MOST_ROWS = 40

#: A kind begins late when its events per recent lead are at once at this share of their usual level, so many
#: months after the first lead, and what lies before is at most this share of what should.
AT_ONCE, MONTHS_LATE, BEFORE = 0.3, 2, 0.05

#: A lead is recent for so many months, and so many events must be missing.
RECENT, FEWEST_EXPECTED = 3, 30.0

#: Kinds with fewer events are too rare for a month to say anything.
FEWEST_EVENTS = 200

#: A month in the middle with so little of the kind's usual count is a hole.
HOLE = 0.02


def draw_calendar(work: Workspace) -> dict[str, Any]:
    """Return ``months`` and, for each row of the picture, its name and counts; nothing for an undated source."""
    if work.undated:
        return {}
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    for table, column in (("leads", "created_at"), ("opportunities", "created_at"), ("verdicts", '"at"')):
        for month, count in work.rows(f"SELECT {_month(column)} AS month, count(*) FROM {table} GROUP BY 1"):
            counted[table][_shown(month)] = count
    for kind, month, count in work.rows(
        f"""SELECT kind, {_month('"at"')} AS month, count(*) FROM happened GROUP BY 1, 2 ORDER BY 1, 2"""
    ):
        counted[f"events: {kind}"][_shown(month)] = count
    attributes: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for entity, name, month, count in work.rows(
        f"""SELECT entity, name, {_month("known_at")} AS month, count(*) FROM attributes
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    ):
        attributes[entity, name][_shown(month)] = count
    drawn = sorted(attributes, key=lambda key: (-sum(attributes[key].values()), key))[:MOST_ROWS]
    counted |= {f"attribute: {entity}.{name}": attributes[entity, name] for entity, name in sorted(drawn)}
    if not counted:
        return {}
    months = _span(min(min(row) for row in counted.values()), max(max(row) for row in counted.values()))
    rows = [{"name": name, "counts": [row.get(month, 0) for month in months]} for name, row in counted.items()]
    return {"months": months, "rows": rows}


def _month(column: str) -> str:
    """SQL for the months since year 0: a number, since writing a text for every row takes ten times as long."""
    return f"(year({column}) * 12 + month({column}) - 1)"


def _shown(month: int) -> str:
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def _span(first: str, last: str) -> list[str]:
    begin, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [_shown(number) for number in range(begin, end + 1)]


def calendar_findings(work: Workspace, calendar: dict[str, Any]) -> list[Finding]:
    """Find kinds that begin late, end early, or have a hole."""
    if not calendar:
        return []
    months = calendar["months"]
    rows = {row["name"]: np.array(row["counts"], dtype=float) for row in calendar["rows"]}
    until = work.dataset.manifest.observed_until[:7]
    last_month = months.index(until) if until in months else len(months) - 1
    found: list[Finding | None] = []
    for name, counts in rows.items():
        if name.startswith("events: ") and counts.sum() >= FEWEST_EVENTS:
            kind = name.removeprefix("events: ")
            found += [
                _begins_late(work, kind, months, counts, rows["leads"]),
                _ends_early(work, kind, months, counts, last_month),
                _hole(work, kind, months, counts),
            ]
    return [finding for finding in found if finding is not None]


def _begins_late(
    work: Workspace, kind: str, months: list[str], counts: np.ndarray, leads: np.ndarray
) -> Finding | None:
    first_lead = int(np.flatnonzero(leads)[0])
    recent = np.convolve(leads, np.ones(RECENT))[: len(leads)]
    # Against the leads that were there to do something: a market that grows from nothing has no cliff.
    density = counts / np.maximum(recent, 1.0)
    usual_density = float(np.median(density[counts > 0]))
    start = int(np.argmax(density >= AT_ONCE * usual_density))
    expected, kept = usual_density * float(recent[:start].sum()), float(counts[:start].sum())
    if start - first_lead < MONTHS_LATE or expected < FEWEST_EXPECTED or kept > BEFORE * expected:
        return None
    usual = float(np.median(counts[start:]))
    before = work.one("count(*) FROM cohort WHERE month < ?", [months[start]])[0]
    first = work.one(
        'epoch_us(min("at")) FROM happened WHERE kind = ? AND "at" >= ?::TIMESTAMPTZ',
        [kind, f"{months[start]}-01"],
    )[0]
    observed = work.dataset.observed_from.get(kind)
    repaired = observed is not None and observed >= parse_moment(f"{months[start]}-01")
    return Finding(
        check="retention_cliff",
        severity="note" if repaired else "warning",
        subject=Subject("events", kind),
        sentence=(
            f"{kind} events begin in {months[start]}, {start - first_lead} months after the first lead, and at "
            "once at "
            f"their usual number: they were deleted or not recorded before. {before:,} leads came earlier."
            + (" Windows that reach back before are unknown, not zero." if repaired else "")
        ),
        evidence={
            "first event kept": format_moment(int(first)),
            "events in the first month": float(counts[start]),
            "usual events a month": usual,
            "events before": kept,
            "events expected before": expected,
            "months without": start - first_lead,
        },
        leads=int(before),
        months=work.months("month < ?", [months[start]]),
        done="repaired" if repaired else "left",
        decide=None
        if repaired
        else f"If {kind} was not recorded before, say so in observed_from: {{{kind}: {months[start]}-01}}.",
    )


def _ends_early(
    work: Workspace, kind: str, months: list[str], counts: np.ndarray, last_month: int
) -> Finding | None:
    end = int(np.flatnonzero(counts)[-1])
    usual = float(np.median(counts[counts > 0]))
    if (
        last_month - end < MONTHS_LATE
        or usual * (last_month - end) < 30
        or counts[end - 1 : end + 1].max() < AT_ONCE * usual
    ):
        return None
    touched = work.one("count(*) FROM cohort WHERE month > ?", [months[end]])[0]
    return Finding(
        check="ends_early",
        severity="warning",
        subject=Subject("events", kind),
        sentence=(
            f"{kind} events stop in {months[end]}, {last_month - end} months before the end of the observed "
            "period: "
            "recent leads look as if they did nothing."
        ),
        evidence={"months without": last_month - end, "usual events a month": usual},
        leads=int(touched),
        months=work.months("month > ?", [months[end]]),
        decide=f"Is {kind} still recorded? If not, leave it out or end the observed period in {months[end]}.",
    )


def _hole(work: Workspace, kind: str, months: list[str], counts: np.ndarray) -> Finding | None:
    inside = np.flatnonzero(counts > HOLE * np.median(counts[counts > 0]))
    if len(inside) < 4:
        return None
    middle = np.arange(inside[0], inside[-1] + 1)
    empty = [int(i) for i in middle if counts[i] <= HOLE * np.median(counts[inside])]
    # Several holes are a season (a trade show), not a slice that is missing.
    if not empty or empty[-1] - empty[0] >= len(empty) or np.median(counts[inside]) < FEWEST_EXPECTED:
        return None
    touched = work.one("count(*) FROM cohort WHERE month BETWEEN ? AND ?", [months[empty[0]], months[empty[-1]]])[
        0
    ]
    return Finding(
        check="hole",
        severity="warning",
        subject=Subject("events", kind),
        sentence=(
            f"{kind} has next to no events in {months[empty[0]]}"
            f"{'' if len(empty) == 1 else f' to {months[empty[-1]]}'}, and its usual number before and after: "
            "a slice of the export is "
            "missing, or it was not recorded."
        ),
        evidence={"empty months": len(empty), "usual events a month": float(np.median(counts[inside]))},
        leads=int(touched),
        months=(months[empty[0]], months[empty[-1]]),
        decide="Export the missing months, or leave this kind out: an empty window there is unknown, not zero.",
    )
