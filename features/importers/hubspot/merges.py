"""Merged records: the export keeps one row for all, and names in it the ids that were merged into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.facts.staging import Staging

#: A merged record may have been merged again, but not without end.
_MERGE_CHAIN = 20


def follow_merges(staging: Staging, what: str) -> None:
    """Make ``<what>_merges``: for each id merged away, the id left and when they were merged, where that is known.

    ``hs_calculated_merged_vids``, of contacts, holds ``id:milliseconds``, and ``hs_merged_object_ids`` ids alone.
    """
    with_times = (
        "UNION ALL SELECT hs_id(hs_object_id), unnest(hs_list(hs_calculated_merged_vids)) FROM hs_contacts"
    )
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE {what}_merges AS
        WITH RECURSIVE named AS (
            SELECT hs_id(hs_object_id) AS survivor_id, unnest(hs_list(hs_merged_object_ids)) AS pair FROM hs_{what}
            {with_times if what == "contacts" else ""}
        ),
        direct AS (
            SELECT hs_id(string_split(pair, ':')[1]) AS loser_id, survivor_id,
                max(hs_instant(string_split(pair, ':')[2])) AS merged_at FROM named GROUP BY ALL
            HAVING loser_id IS NOT NULL AND loser_id <> survivor_id
        ),
        chain(loser_id, survivor_id, merged_at, steps) AS (
            SELECT *, 1 FROM direct
            UNION ALL
            SELECT c.loser_id, d.survivor_id, greatest(c.merged_at, d.merged_at), steps + 1
            FROM chain c JOIN direct d ON d.loser_id = c.survivor_id
            WHERE steps < {_MERGE_CHAIN} AND d.survivor_id <> c.loser_id
        )
        SELECT loser_id, arg_max(survivor_id, (steps, survivor_id)) AS survivor_id, max(merged_at) AS merged_at
        FROM chain GROUP BY loser_id"""
    )


def note_contact_merges(staging: Staging) -> None:
    """Say how many contacts were merged, and what their history can and cannot tell."""
    merged, dated = staging.rows(
        """SELECT count(*), count(merged_at) FROM contacts_merges
        WHERE survivor_id IN (SELECT lead_id FROM lead_book)"""
    )[0]
    if merged:
        staging.note(
            f"Contacts merged into another: {merged}. What {dated} of them did counts for the contact left from "
            f"the merge on; when the other {merged - dated} were merged is not in the export, so theirs may show "
            "more than was known at the time."
        )
