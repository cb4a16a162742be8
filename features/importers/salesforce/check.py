"""The re-parenting check: what a lead did must not vanish because it was converted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.facts.staging import Staging

_DAYS = 30


def activity_before_outcomes(staging: Staging) -> dict[str, Any]:
    """Return, and note, how many events leads had in the 30 days before their opportunity, and others at that age.

    Other leads are looked at at the same age as a lead with an opportunity: the ages are spread over them in order
    of id. ``by_lead_id`` is what would be found without the contacts' ids.
    """
    for name in ("events", "opportunities"):
        parts = " UNION ALL BY NAME ".join(f"SELECT * FROM {part}" for part in staging.parts(name))
        staging.connection.execute(f"CREATE OR REPLACE TEMP VIEW all_{name} AS {parts}")
    staging.connection.execute(
        """CREATE OR REPLACE TEMP TABLE looks AS
        WITH positive AS (SELECT b.lead_id, min(instant(o.created_at)) AS until, any_value(b.created) AS created
            FROM all_opportunities o JOIN lead_book b USING (lead_id) GROUP BY 1),
        ages AS (SELECT row_number() OVER (ORDER BY lead_id) - 1 AS n, until - created AS age FROM positive
            WHERE until > created),
        others AS (SELECT lead_id, created, row_number() OVER (ORDER BY lead_id) - 1 AS n FROM lead_book
            WHERE created IS NOT NULL AND lead_id NOT IN (SELECT lead_id FROM positive))
        SELECT lead_id, until, true AS positive FROM positive WHERE until > created
        UNION ALL SELECT o.lead_id, o.created + a.age, false FROM others o
            JOIN ages a ON a.n = o.n % (SELECT greatest(count(*), 1) FROM ages)"""
    )
    rows = staging.rows(
        f"""WITH own AS (SELECT l.lead_id, any_value(l.positive) AS positive, count(e.lead_id) AS events,
                count(e.lead_id) FILTER (WHERE e.by_lead_id) AS by_lead_id
            FROM looks l LEFT JOIN (SELECT lead_id, instant("at") AS moment, via = 'lead' AS by_lead_id
                FROM found_times) e
            ON e.lead_id = l.lead_id AND e.moment < l.until AND e.moment >= l.until - INTERVAL {_DAYS} DAY
            GROUP BY l.lead_id)
        SELECT positive, count(*), avg(events), avg(by_lead_id), avg((events > 0)::INT) FROM own GROUP BY 1"""
    )
    found = {
        "leads_with_opportunity" if positive else "other_leads": {
            "leads": leads,
            "events_per_lead": round(events, 3),
            "events_per_lead_by_lead_id_alone": round(by_lead_id, 3),
            "share_with_an_event": round(share, 3),
        }
        for positive, leads, events, by_lead_id, share in rows
    }
    _note(staging, found)
    return {"days": _DAYS, **found}


def _note(staging: Staging, found: dict[str, Any]) -> None:
    own = found.get("leads_with_opportunity")
    if own is None:
        return
    other = found.get("other_leads")
    beside = f"; other leads at the same ages {other['events_per_lead']:.2f}" if other else ""
    staging.note(
        f"Events per lead in the {_DAYS} days before its opportunity: {own['events_per_lead']:.2f} "
        f"({own['events_per_lead_by_lead_id_alone']:.2f} by the lead's id alone){beside}."
    )
    if other and own["events_per_lead"] < other["events_per_lead"] / 2:
        staging.note(
            "Leads with an opportunity did less before it than others at the same age: their activities may have "
            "moved to records that the export does not hold (check WhoId of Task and Event, and ContactId of "
            "CampaignMember)."
        )
