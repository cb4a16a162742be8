"""Behaviour that knows the outcome: kinds that vanish for converted leads, or come only with the outcome.

In several CRMs activities move to the contact when a lead is converted. Read through the lead alone they are
then missing for converted leads only, and their absence tells the outcome. So the converted leads' events in
their last four full weeks before the outcome are held against those of other leads of the same month of
creation at the same age.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.audit.findings import Finding, Subject

if TYPE_CHECKING:
    from features.audit.workspace import Workspace

#: A kind has vanished at this share of the events expected, and is suspicious at that; with so many expected.
VANISHED, SUSPICIOUS, EXPECTED = 0.02, 0.2, 50.0

#: A kind comes only with the outcome: this share of its leads converted, this share of outcomes covered.
ONLY_CONVERTED, COVERED = 0.9, 0.1

#: Or: for this share of the leads that have it, the outcome follows within a day.
WITHIN_A_DAY = 0.5

FEWEST_LEADS = 30

_WEEK = "INTERVAL 7 DAY"


def behaviour_findings(work: Workspace) -> list[Finding]:
    """Compare behaviour before the outcome with that of other leads; nothing for an undated source."""
    if work.undated or work.positives < FEWEST_LEADS:
        return []
    return [*_vanished(work), *_only_with_outcome(work), *_after_outcome(work)]


def _vanished(work: Workspace) -> list[Finding]:
    found = []
    kinds = _before_outcome(work)
    for kind, seen, expected, leads in kinds:
        if expected < EXPECTED or seen > SUSPICIOUS * expected:
            continue
        convicted = seen <= VANISHED * expected
        found.append(
            Finding(
                check="re_parented",
                severity="convicted" if convicted else "warning",
                subject=Subject("events", kind),
                sentence=(
                    f"Converted leads have {seen:,} {kind} events in their last four weeks before the outcome, "
                    "where "
                    f"other leads of the same age have {expected:,.0f}: "
                    + (
                        "the activity was moved away from them, or cleared, because they converted."
                        if convicted
                        else "either it keeps leads from converting, or part of it was moved away at conversion."
                    )
                ),
                evidence={"events": seen, "events expected": expected, "ratio": seen / expected},
                leads=int(leads),
                months=work.months("y = 1"),
                done="quarantined" if convicted else "left",
                decide=(
                    f"Export {kind} by the contact id as well as by the lead id. "
                    "If it truly never comes before an outcome, trust it."
                ),
            )
        )
    return found


def _before_outcome(work: Workspace) -> list[tuple[str, int, float, int]]:
    """Per kind: events of converted leads in their last four full weeks, those expected, and the leads."""
    until = f"TIMESTAMPTZ '{work.dataset.manifest.observed_until}'"
    work.run(
        f"""CREATE OR REPLACE TEMP TABLE weeks AS
        SELECT position, month, y, created_at, outcome_at,
            0::BIGINT AS first_week,
            floor(epoch((CASE WHEN y = 1 THEN outcome_at ELSE {until} END) - created_at) / 604800)::BIGINT AS
            end_week
        FROM cohort"""
    )
    work.run("UPDATE weeks SET first_week = greatest(0, end_week - 4) WHERE y = 1")
    work.run(
        f"""CREATE OR REPLACE TEMP TABLE weekly AS
        SELECT w.y, w.month, e.kind, floor(epoch(e."at" - w.created_at) / 604800)::BIGINT AS week, count(*) AS
        events
        FROM happened e JOIN weeks w USING (position)
        WHERE e."at" >= w.created_at + w.first_week * {_WEEK} AND e."at" < w.created_at + w.end_week * {_WEEK}
        GROUP BY ALL"""
    )
    work.run(
        """CREATE OR REPLACE TEMP TABLE at_risk AS
        SELECT y, month, week, count(*) AS leads FROM (
            SELECT y, month, unnest(range(first_week, end_week)) AS week FROM weeks WHERE end_week > first_week
        ) GROUP BY ALL"""
    )
    return [
        (kind, int(seen or 0), float(expected or 0), int(leads or 0))
        for kind, seen, expected, leads in work.rows(
            """WITH rate AS (
                SELECT w.kind, w.month, w.week, w.events / r.leads AS a_lead FROM weekly w JOIN at_risk r
                ON r.y = 0 AND w.y = 0 AND r.month = w.month AND r.week = w.week
            ), expected AS (
                SELECT kind, sum(a_lead * r.leads) AS events FROM rate JOIN at_risk r
                ON r.y = 1 AND r.month = rate.month AND r.week = rate.week GROUP BY kind
            ), seen AS (SELECT kind, sum(events) AS events FROM weekly WHERE y = 1 GROUP BY kind)
            SELECT x.kind, s.events, x.events, (SELECT count(*) FROM weeks WHERE y = 1 AND end_week > first_week)
            FROM expected x LEFT JOIN seen s USING (kind) ORDER BY x.kind"""
        )
    ]


def _only_with_outcome(work: Workspace) -> list[Finding]:
    rows = work.rows(
        """SELECT kind, count(*), sum(y), tally(y = 1 AND last_before >= outcome_at - INTERVAL 1 DAY) FROM (
            SELECT e.kind, position, c.y, c.outcome_at, max(e."at") AS last_before
            FROM happened e JOIN cohort c USING (position)
            WHERE c.outcome_at IS NULL OR e.known_at < c.outcome_at GROUP BY ALL
        ) GROUP BY kind ORDER BY kind"""
    )
    found = []
    for kind, leads, converted, within in rows:
        rate = converted / leads
        only = rate >= ONLY_CONVERTED and converted >= COVERED * work.positives and work.base_rate < 0.6
        at_once = within / leads >= WITHIN_A_DAY
        if leads < FEWEST_LEADS or not (only or at_once):
            continue
        found.append(
            Finding(
                check="comes_with_outcome",
                severity="convicted",
                subject=Subject("events", kind),
                sentence=(
                    f"Of {leads:,} leads with {kind} before their outcome {rate:.1%} converted (of all leads "
                    f"{work.base_rate:.1%}), {within / leads:.0%} within a day of it: it is part of the "
                    "conversion."
                ),
                evidence={
                    "leads with it": leads,
                    "of them converted": converted,
                    "outcome within a day": within,
                    "share of all outcomes": converted / work.positives,
                },
                leads=int(leads),
                months=work.months("position IN (SELECT position FROM happened WHERE kind = ?)", [kind]),
                done="quarantined",
                decide=f"Can {kind} happen without an opportunity being prepared already? Then trust it.",
            )
        )
    return found


def _after_outcome(work: Workspace) -> list[Finding]:
    after, leads, whole = work.one(
        """tally(e."at" > c.outcome_at), count(DISTINCT position) FILTER (e."at" > c.outcome_at), count(*)
        FROM happened e JOIN cohort c USING (position) WHERE c.y = 1"""
    )
    if after == 0:
        return []
    return [
        Finding(
            check="events_after_outcome",
            severity="note",
            subject=Subject("table", "events"),
            sentence=(
                f"{after:,} of the {whole:,} events of converted leads lie after the outcome. They are not "
                "read for "
                "rows before it; totals as of the export would hold them."
            ),
            evidence={"events after the outcome": after, "events of converted leads": whole},
            leads=int(leads),
            months=work.months("y = 1"),
            done="repaired",
        )
    ]
