"""Leads of an export: who is left after merges, deletions and anonymous visitors, and which company each is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.facts.staging import Staging


def stage_leads(staging: Staging, observed_until: str) -> None:
    """Stage the leads; leave ``lead_book``, a row per lead, and ``anonymous`` (lead_id)."""
    until = f"TIMESTAMPTZ '{observed_until}'"
    # The company is told by what the lead gave. Whom its network address belongs to (inferredCompany) tells none.
    staging.connection.execute(
        """CREATE OR REPLACE TEMP TABLE lead_rows AS SELECT *, CASE WHEN lead_id IS NULL THEN 1 ELSE
            row_number() OVER (PARTITION BY lead_id ORDER BY changed DESC NULLS LAST, _source, _row) END AS nth
        FROM (SELECT id AS lead_id, account_of(website, email, company) AS account_id,
            moment("createdAt") AS created_at, instant("createdAt") AS created, instant("updatedAt") AS changed,
            is_true("isAnonymous") AS anonymous, id IN (SELECT lost_id FROM merges) AS lost,
            id IN (SELECT lead_id FROM deleted) AS gone, _source, _row FROM given_leads)"""
    )
    staging.skip("leads that stand in more than one file", staging.count("lead_rows", "nth > 1"))
    staging.connection.execute("DELETE FROM lead_rows WHERE nth > 1")
    staging.skip("anonymous visitors", staging.count("lead_rows", "anonymous"))
    staging.skip("leads merged into another", staging.count("lead_rows", "NOT anonymous AND lost"))
    kept = "NOT anonymous AND NOT coalesce(lost, false) AND NOT coalesce(gone, false)"
    staging.skip("leads created after the end of the export", staging.count("lead_rows", _late(kept, until)))
    staging.connection.execute(f"DELETE FROM lead_rows WHERE {_late(kept, until)}")
    deleted = staging.count("lead_rows", "NOT anonymous AND NOT lost AND gone")
    staging.skip("deleted leads, whose outcome nobody can tell", deleted)
    staging.connection.execute(
        """CREATE OR REPLACE TEMP TABLE anonymous AS SELECT lead_id FROM lead_rows
        WHERE anonymous AND lead_id IS NOT NULL"""
    )
    staging.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE lead_book AS SELECT * EXCLUDE (nth) FROM lead_rows WHERE {kept}"
    )
    staging.stage("leads", "SELECT lead_id, account_id, created_at, _source, _row FROM lead_book ORDER BY _row")
    staging.connection.execute("DELETE FROM lead_book WHERE lead_id IS NULL OR created IS NULL")
    _note(staging)


def _late(kept: str, until: str) -> str:
    return f"{kept} AND created > {until}"


def _note(staging: Staging) -> None:
    by_domain, by_name, neither = staging.rows(
        """SELECT count(*) FILTER (WHERE starts_with(account_id, 'domain:')),
            count(*) FILTER (WHERE starts_with(account_id, 'company:')),
            count(*) FILTER (WHERE account_id IS NULL) FROM lead_book"""
    )[0]
    staging.note(
        f"Accounts are told by what leads gave: {by_domain} leads by business domain, {by_name} by company name, "
        f"{neither} stand alone. inferredCompany is never used."
    )
    gone = staging.count("deleted")
    if gone:
        staging.note(
            f"Deleted leads: {gone}. They are left out with all they did; whoever deletes the leads that came to "
            "nothing makes the others look better."
        )
