"""Evidence in time that a value said to be of the lead's start is of the day of export instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from features.audit.evidence import STRONG_AUC, Evidence
from features.audit.reading import load

if TYPE_CHECKING:
    from features.audit.reading import Field
    from features.audit.workspace import Workspace

#: Rank correlation of a number with the lead's age among converted leads, and by how much it must exceed that
#: among the others (also by so many standard errors).
GROWS, GROWS_MORE, GROWS_ERRORS = 0.25, 0.2, 4.0

#: A number equals what was counted up to the export for this share of the leads that it can be told apart for.
RECONCILED = 0.9
TOLD_APART = 30

#: A date lies after the moment from which it counts as known, for this share of the filled and so many leads.
LATER_SHARE, LATER_LEADS = 0.05, 20


# Dates as people write them. With months and days either way round, a day above 12 soon tells which it is.
_DATES = (
    r"CASE WHEN regexp_matches(value, '^\d{4}-\d{2}-\d{2}') THEN TRY_CAST(value AS TIMESTAMPTZ) END",
    *(
        f"try_strptime(regexp_extract(value, '^[^ ,T]+'), '{way}')::TIMESTAMPTZ"
        for way in ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d")
    ),
)


def time_evidence(work: Workspace, found: Field) -> list[Evidence]:
    """Evidence from dates and events; nothing for a source without dates or a field with a history."""
    if work.undated or not found.without_history or found.filled == 0:
        return []
    load(work, found.entity, found.name)
    pieces = [_reconciled(work), _grows(work, found), _later_dates(work, found)]
    return [piece for piece in pieces if piece is not None]


def written_as(work: Workspace, found: Field) -> str | None:
    """SQL that reads the loaded field's values as dates, or None where they are none."""
    if found.levels.numeric or not found.filled:
        return None
    return next((how for how in _DATES if work.one(f"count({how}) FROM field")[0] >= 0.9 * found.filled), None)


def prepare_totals(work: Workspace) -> None:
    """Lay out ``totals``: per lead and kind (and all kinds), what was counted by the export, start and outcome."""
    work.run(
        """CREATE OR REPLACE TEMP TABLE totals AS
        WITH one AS (
            SELECT position, e.kind::VARCHAR AS kind, count(*) AS counted, sum(e.value) AS summed,
                tally(e.known_at <= c.created_at + INTERVAL 1 DAY) AS counted_start,
                coalesce(sum(e.value) FILTER (e.known_at <= c.created_at + INTERVAL 1 DAY), 0) AS summed_start,
                tally(c.outcome_at IS NOT NULL AND e."at" > c.outcome_at) AS after
            FROM happened e JOIN cohort c USING (position) GROUP BY ALL
        )
        FROM one UNION ALL
        SELECT position, '(all kinds)', sum(counted), sum(summed), sum(counted_start),
            sum(summed_start), sum(after)
        FROM one GROUP BY position"""
    )


def _reconciled(work: Workspace) -> Evidence | None:
    """Weigh a number that is the count, or the sum, of a kind's events up to the export."""
    rows = work.rows(
        f"""SELECT kind, how, avg((abs(number - total) <= 1e-6 * greatest(1, abs(total)))::INTEGER) AS same,
            count(*) AS leads, avg((abs(number - start) <= 1e-6 * greatest(1, abs(start)))::INTEGER),
            tally(after > 0), sum(after)
        FROM (
            SELECT f.number, t.kind, 'number' AS how, t.counted AS total, t.counted_start AS start, t.after
            FROM field f JOIN totals t USING (position) WHERE f.number IS NOT NULL AND t.counted > t.counted_start
            UNION ALL
            SELECT f.number, t.kind, 'sum', t.summed, t.summed_start, t.after
            FROM field f JOIN totals t USING (position)
            WHERE f.number IS NOT NULL AND t.summed > t.summed_start
        ) GROUP BY kind, how HAVING count(*) >= {TOLD_APART} AND same >= {RECONCILED}
        ORDER BY same DESC, leads DESC, kind, how LIMIT 1"""
    )
    if not rows:
        return None
    kind, how, same, leads, start, touched, after = rows[0]
    sentence = (
        f"it equals the {how} of all {kind} events up to the export for {same:.0%} of {leads:,} leads that had "
        "more "
        f"after their first day, and that of the first day for {start:.0%}; {int(after):,} of these events, of "
        f"{touched:,} leads, came after the outcome"
    )
    numbers = {
        "equal to the total at export": same,
        "equal to the total at the start": start,
        "leads told apart": float(leads),
        "leads with events after the outcome": float(touched),
    }
    return Evidence("reconciled", 3, sentence, numbers)


def _grows(work: Workspace, found: Field) -> Evidence | None:
    """Weigh a number that is larger for older leads, but only where they converted: it went on afterwards."""
    if not found.levels.numeric:
        return None
    rows = {
        y: (rho, leads)
        for y, rho, leads in work.rows(
            """SELECT y, corr(value_rank, age_rank), count(*) FROM (
                SELECT f.y, rank() OVER (PARTITION BY f.y ORDER BY f.number) AS value_rank,
                    rank() OVER (PARTITION BY f.y ORDER BY c.created_at DESC) AS age_rank
                FROM field f JOIN cohort c USING (position) WHERE f.number IS NOT NULL
            ) GROUP BY y"""
        )
        if rho is not None and np.isfinite(rho) and leads > 50
    }
    if len(rows) < 2:
        return None
    (others, n0), (converted, n1) = rows[0], rows[1]
    limit = 0.999
    gap = np.arctanh(np.clip(converted, -limit, limit)) - np.arctanh(np.clip(others, -limit, limit))
    errors = float(gap / np.sqrt(1 / (n1 - 3) + 1 / (n0 - 3)))
    if converted < GROWS or converted - others < GROWS_MORE or errors < GROWS_ERRORS:
        if min(converted, others) < GROWS:
            return None
        sentence = f"it is the larger the older a lead is (rank correlation {others:.2f} without an outcome)"
        numbers = {"correlation with age, converted": converted, "the others": others}
        # A drift over the calendar looks the same, so it weighs nothing and is told as a running total.
        return Evidence("older", 0, sentence, numbers)
    auc = found.levels.auc()
    sentence = (
        f"it is the larger the older a converted lead is (rank correlation {converted:.2f}), which does not "
        "hold for "
        f"the others ({others:.2f}): it went on growing after the outcome"
    )
    numbers = {"correlation with age, converted": converted, "the others": others, "AUC alone": auc}
    return Evidence("grows", 3 if auc >= STRONG_AUC else 2, sentence, numbers)


def _later_dates(work: Workspace, found: Field) -> Evidence | None:
    """Weigh dates that lie after the moment from which they are said to be known, and never after the export."""
    written = written_as(work, found)
    if written is None:
        return None
    later, filled, beyond, after = work.one(
        f"""tally(date > created_at + INTERVAL 1 DAY), count(date), tally(date > ?::TIMESTAMPTZ),
        tally(date >= outcome_at) FROM (
            SELECT {written} AS date, c.created_at, c.outcome_at FROM field f JOIN cohort c USING (position)
        )""",
        [work.dataset.manifest.observed_until],
    )
    # Plans lie in the future too, but then some lie beyond the export.
    if later < LATER_LEADS or later < LATER_SHARE * filled or beyond > 0.01 * later or filled < 0.9 * found.filled:
        return None
    sentence = (
        f"{later:,} of {filled:,} values are dates after the moment from which they count as known, and none lies "
        f"after the export; {after:,} are not before their lead's outcome: it was written later"
    )
    numbers = {
        "dates later than known": float(later),
        "dates": float(filled),
        "not before the outcome": float(after),
    }
    return Evidence("later_dates", 3, sentence, numbers)
