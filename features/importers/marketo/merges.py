"""Merges and deletions, which Marketo writes down as activities.

A merged lead's activities count for the lead that is left, but only from the merge on: nobody knew before that the
two are one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.marketo.types import DELETE, MERGE, numbers_in, of_role

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.marketo.types import ActivityType

#: A merged lead may have been merged again, but not without end.
_CHAIN = 20


def read_merges(staging: Staging, types: dict[int, ActivityType]) -> None:
    """Make ``merges`` (lost_id, winner_id, merged) in the order of time, and ``deleted`` (lead_id)."""
    merge, delete = (numbers_in(of_role(types, role)) for role in (MERGE, DELETE))
    # The winner's id may stand among the merged ones, and a merge in two files; a lead is lost once, at first.
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE merges AS
        SELECT lost_id, arg_min(winner_id, (merged, winner_id)) AS winner_id, min(merged) AS merged FROM (
            SELECT unnest(regexp_extract_all(losers, '\\d+')) AS lost_id, lead_id AS winner_id, happened AS merged
            FROM activity WHERE type IN ({merge}) AND lead_id IS NOT NULL AND happened IS NOT NULL)
        WHERE lost_id <> winner_id GROUP BY lost_id"""
    )
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE deleted AS SELECT DISTINCT lead_id FROM activity
        WHERE type IN ({delete}) AND lead_id IS NOT NULL AND lead_id NOT IN (SELECT lost_id FROM merges)"""
    )
    blind = staging.count("activity", f"type IN ({merge}) AND regexp_extract(coalesce(losers, ''), '\\d+') = ''")
    if blind:
        staging.note(f"Merges that do not say which leads were merged: {blind}; these leads cannot be followed.")


def follow_merges(staging: Staging) -> None:
    """Make ``people``: for each id that an activity may name, the lead that it is, and from when that is known."""
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE people AS
        WITH RECURSIVE chain(who_id, lead_id, since, steps) AS (
            SELECT lost_id, winner_id, merged, 1 FROM merges
            UNION ALL
            SELECT who_id, m.winner_id, greatest(since, merged), steps + 1
            FROM chain c JOIN merges m ON m.lost_id = c.lead_id WHERE steps < {_CHAIN}
        )
        SELECT lead_id AS who_id, lead_id, NULL::TIMESTAMPTZ AS since FROM lead_book
        UNION ALL
        SELECT who_id, arg_max(lead_id, steps), arg_max(since, steps) FROM chain GROUP BY who_id
        HAVING arg_max(lead_id, steps) IN (SELECT lead_id FROM lead_book)"""
    )
    merged = staging.count("people", "since IS NOT NULL")
    lost = staging.count("merges") - merged
    if merged or lost:
        staging.note(
            f"Leads merged into another: {merged}, each followed from its merge on"
            + (f"; {lost} more into leads that the export does not hold." if lost else ".")
            + " Activities that Marketo had moved before the export count from their own time."
        )
