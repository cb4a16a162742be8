"""Leads of an export: who is left after merges and deletions, which company each belongs to, and by which ids
its activities are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.salesforce.conversions import lay_out_conversions

if TYPE_CHECKING:
    from features.facts.staging import Staging

#: A merged lead may have been merged again, but not without end.
_MERGE_CHAIN = 20


def stage_leads(staging: Staging, converted_status: tuple[str, ...] = ()) -> None:
    """Stage the leads, and leave ``lead_book`` (a row per lead) and ``people`` (whose activities are whose)."""
    _read(staging)
    _follow_merges(staging)
    if converted_status:
        lay_out_conversions(staging, converted_status)
    staging.connection.execute(
        """CREATE OR REPLACE TABLE lead_book AS SELECT * EXCLUDE (nth, deleted, master_id) FROM lead_rows
        WHERE nth = 1 AND NOT deleted"""
    )
    staging.stage(
        "leads",
        """SELECT lead_id, account_id, created_at, _source, _row FROM lead_rows WHERE NOT deleted
        ORDER BY nth, _row""",
    )
    _people(staging)
    _note_accounts(staging)


def _read(staging: Staging) -> None:
    staging.connection.execute(
        """CREATE OR REPLACE TABLE contact_masters AS SELECT sf_id("Id") AS contact_id,
            any_value(sf_id("MasterRecordId")) AS master_id FROM sf_contact
        WHERE is_true("IsDeleted") AND sf_id("MasterRecordId") IS NOT NULL GROUP BY 1"""
    )
    staging.connection.execute(
        """CREATE OR REPLACE TABLE lead_rows AS SELECT *,
            CASE WHEN lead_id IS NULL THEN 1
            ELSE row_number() OVER (PARTITION BY lead_id ORDER BY deleted, _source, _row) END AS nth
        FROM (SELECT sf_id("Id") AS lead_id, account_of("Website", "Email", "Company") AS account_id,
            moment("CreatedDate") AS created_at, instant("CreatedDate") AS created,
            "Status" AS status, later(l."SystemModstamp", l."LastModifiedDate") AS modified,
            is_true("IsDeleted") AS deleted, sf_id("MasterRecordId") AS master_id,
            is_true("IsConverted") AS converted, blank_to_null("ConvertedDate") AS converted_on,
            sf_id("ConvertedOpportunityId") AS opportunity_id,
            coalesce(m.master_id, sf_id("ConvertedContactId")) AS contact_id,
            sf_id("ConvertedAccountId") AS sf_account_id, l._source, l._row
        FROM sf_lead l LEFT JOIN contact_masters m ON m.contact_id = sf_id("ConvertedContactId"))"""
    )


def _follow_merges(staging: Staging) -> None:
    """Make ``lead_masters``: for each lead merged away, the one that is left of it."""
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE lead_masters AS
        WITH RECURSIVE chain(lead_id, master_id, steps) AS (
            SELECT lead_id, master_id, 1 FROM lead_rows
            WHERE nth = 1 AND deleted AND master_id IS NOT NULL AND lead_id IS NOT NULL
            UNION ALL
            SELECT c.lead_id, r.master_id, steps + 1 FROM chain c JOIN lead_rows r ON r.lead_id = c.master_id
            WHERE r.nth = 1 AND r.deleted AND r.master_id IS NOT NULL AND steps < {_MERGE_CHAIN}
        )
        SELECT lead_id, arg_max(master_id, steps) AS master_id FROM chain
        GROUP BY lead_id HAVING arg_max(master_id, steps) IN (SELECT lead_id FROM lead_rows WHERE NOT deleted)"""
    )
    merged = staging.count("lead_masters")
    staging.skip("leads merged into another", merged)
    staging.skip("deleted leads", staging.count("lead_rows", "deleted") - merged)
    if merged:
        dated = staging.count(
            "lead_rows",
            "nth = 1 AND instant(modified) IS NOT NULL AND lead_id IN (SELECT lead_id FROM lead_masters)",
        )
        staging.note(
            f"Leads merged into another: {merged}. What they did keeps its time, and counts for the lead that is "
            f"left only from the merge on, taken to be the last change of the record merged away: known of "
            f"{dated}. Of the other {merged - dated} it counts from when it happened, which may be more than was "
            "known then."
        )


def _people(staging: Staging) -> None:
    """Make ``people``: for each id that an activity may name, the lead whose activity it is, and from when on.

    Conversion moves the lead's activities to its contact, so those of a lead that was converted are found by
    the contact's id. Where one contact came of several leads, each has what happened from its creation to the
    next's.
    """
    staging.connection.execute(
        """CREATE OR REPLACE TABLE people AS
        SELECT lead_id AS who_id, lead_id, 'lead' AS via, TIMESTAMPTZ '-infinity' AS since,
            TIMESTAMPTZ 'infinity' AS until, NULL::TIMESTAMPTZ AS known_from
        FROM lead_book WHERE lead_id IS NOT NULL
        UNION ALL
        SELECT m.lead_id, m.master_id, 'merged', TIMESTAMPTZ '-infinity', TIMESTAMPTZ 'infinity',
            instant(r.modified) FROM lead_masters m JOIN lead_rows r ON r.lead_id = m.lead_id AND r.nth = 1
        UNION ALL
        SELECT contact_id, lead_id, 'contact',
            CASE WHEN lag(lead_id) OVER same IS NULL THEN TIMESTAMPTZ '-infinity' ELSE created END,
            coalesce(lead(created) OVER same - INTERVAL 1 MICROSECOND, TIMESTAMPTZ 'infinity'), NULL
        FROM lead_book WHERE contact_id IS NOT NULL AND created IS NOT NULL
        WINDOW same AS (PARTITION BY contact_id ORDER BY created, lead_id)"""
    )
    staging.connection.execute(
        """INSERT INTO people SELECT m.contact_id, p.lead_id, p.via, p.since, p.until, p.known_from
        FROM contact_masters m JOIN people p ON p.who_id = m.master_id AND p.via = 'contact'"""
    )


def _note_accounts(staging: Staging) -> None:
    by_domain, by_name, neither = staging.rows(
        """SELECT count(*) FILTER (WHERE starts_with(account_id, 'domain:')),
            count(*) FILTER (WHERE starts_with(account_id, 'company:')),
            count(*) FILTER (WHERE account_id IS NULL) FROM lead_book"""
    )[0]
    staging.note(
        f"Leads have no account of their own in Salesforce: {by_domain} are grouped by business domain, "
        f"{by_name} by company name, {neither} stand alone."
    )
