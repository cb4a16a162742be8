"""The label: which leads became an opportunity, and when.

Converted and became an opportunity are two things: conversion makes a contact and an account, and an opportunity
only where the person converting wants one. So ``IsConverted`` is never read as the outcome. An opportunity is a
lead's by one of two routes: ``ConvertedOpportunityId``, or, opened later, a role in it of the contact that the
lead became.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.opportunity_types import kept_type, note_types, stage_claims
from features.importers.sql import text

if TYPE_CHECKING:
    from features.facts.staging import Staging


def stage_opportunities(staging: Staging, observed_until: str, types: tuple[str, ...] | None) -> None:
    """Stage the opportunities of leads, a row per lead and opportunity, and the others of their accounts."""
    _read(staging, observed_until, types)
    _claims(staging, observed_until)
    stage_claims(staging)
    _stage_others(staging)
    _note_routes(staging)


def _read(staging: Staging, observed_until: str, types: tuple[str, ...] | None) -> None:
    """Lay out ``deals``, a row per opportunity, with whether its type is one that leads are judged by."""
    kept = kept_type('"Type"', types)
    closed_at = f'within("CloseDate", {text(observed_until)})'
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE deals AS
        SELECT sf_id("Id") AS opportunity_id, sf_id("AccountId") AS sf_account_id,
            moment("CreatedDate") AS created_at, instant("CreatedDate") AS created, "Amount" AS amount,
            blank_to_null("Type") AS type, {kept} AS kept, is_true("IsDeleted") AS deleted,
            CASE WHEN is_true("IsClosed") THEN {closed_at} END AS closed_at,
            CASE WHEN is_true("IsClosed") THEN is_true("IsWon")::VARCHAR END AS won, _source, _row
        FROM sf_opportunity
        QUALIFY sf_id("Id") IS NULL OR row_number() OVER (PARTITION BY sf_id("Id") ORDER BY _source, _row) = 1"""
    )
    repeated = staging.count("sf_opportunity") - staging.count("deals")
    staging.skip("opportunities that stand twice in the export", repeated)
    # Nobody closes a deal tomorrow: such a day is a plan, or a slip of the pen.
    late = f"instant(closed_at) > TIMESTAMPTZ {text(observed_until)}"
    staging.skip("close dates later than the export", staging.count("deals", late))
    staging.connection.execute(f"UPDATE deals SET closed_at = NULL WHERE {late}")
    note_types(staging, types, "Opportunity.csv")


def _claims(staging: Staging, observed_until: str) -> None:
    """Lay out ``claims``: a row per lead and opportunity, by whichever route, the direct one first."""
    # A lead without an id is rejected, so it claims nothing: a NULL here would empty every NOT IN below.
    # Without the opportunity's own time, the day of conversion is all that is known.
    converted = f"within(b.converted_on, {text(observed_until)})"
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE claims AS
        SELECT b.opportunity_id, b.lead_id, b.account_id, b.created, 'conversion' AS route,
            d.opportunity_id IS NULL AS undated,
            CASE WHEN d.opportunity_id IS NULL THEN {converted} ELSE d.created_at END AS created_at,
            d.amount, d.closed_at, d.won, coalesce(d._source, b._source) AS _source,
            coalesce(d._row, b._row) AS _row
        FROM lead_book b LEFT JOIN deals d USING (opportunity_id)
        WHERE b.opportunity_id IS NOT NULL AND b.lead_id IS NOT NULL AND coalesce(d.kept, true)
        UNION ALL
        SELECT DISTINCT ON (d.opportunity_id, b.lead_id) d.opportunity_id, b.lead_id, b.account_id, b.created,
            'contact', false, d.created_at, d.amount, d.closed_at, d.won, d._source, d._row
        FROM sf_opportunitycontactrole r JOIN deals d ON d.opportunity_id = sf_id(r."OpportunityId")
        LEFT JOIN contact_masters m ON m.contact_id = sf_id(r."ContactId")
        JOIN lead_book b ON b.contact_id = coalesce(m.master_id, sf_id(r."ContactId"))
        WHERE d.kept AND NOT d.deleted AND NOT is_true(r."IsDeleted") AND d.created > b.created
            AND b.lead_id IS NOT NULL AND b.opportunity_id IS DISTINCT FROM d.opportunity_id"""
    )
    if staging.rows("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'status_conversions'")[0][0]:
        staging.connection.execute(
            """INSERT INTO claims BY NAME SELECT 'status:' || b.lead_id AS opportunity_id, b.lead_id, b.account_id,
                b.created, 'status' AS route, false AS undated, s.created_at, s._source, s._row
            FROM status_conversions s JOIN lead_book b USING (lead_id)
            WHERE b.lead_id NOT IN (SELECT lead_id FROM claims)"""
        )


def _stage_others(staging: Staging) -> None:
    """Stage the opportunities that no lead has, where their account has leads."""
    staging.connection.execute(
        """CREATE OR REPLACE TABLE account_map AS
        SELECT sf_account_id, arg_min(account_id, rank) AS account_id FROM (
            SELECT sf_account_id, mode(account_id) AS account_id, 1 AS rank FROM lead_book
            WHERE sf_account_id IS NOT NULL AND account_id IS NOT NULL GROUP BY sf_account_id
            UNION ALL
            SELECT sf_id("Id"), 'domain:' || web_domain("Website"), 2 FROM sf_account
            WHERE 'domain:' || web_domain("Website") IN (SELECT account_id FROM lead_book)
        ) GROUP BY sf_account_id"""
    )
    staging.connection.execute(
        """CREATE OR REPLACE TABLE others AS SELECT d.*, m.account_id
        FROM deals d LEFT JOIN account_map m USING (sf_account_id)
        WHERE NOT d.deleted AND (d.opportunity_id IS NULL
            OR d.opportunity_id NOT IN (SELECT opportunity_id FROM claims))"""
    )
    staging.skip("deleted opportunities", staging.count("deals", "deleted"))
    # Whatever its account, one without an id goes on to the common checks, which reject it.
    nobody = "opportunity_id IS NOT NULL AND account_id IS NULL"
    staging.skip("opportunities of accounts without leads", staging.count("others", nobody))
    staging.stage(
        "opportunities",
        f"""SELECT opportunity_id, account_id, created_at, amount, closed_at, won, _source, _row FROM others
        WHERE NOT ({nobody})""",
    )


def _note_routes(staging: Staging) -> None:
    direct, later, by_status, undated, early, idle = staging.rows(
        """SELECT count(DISTINCT lead_id) FILTER (WHERE route = 'conversion'),
            count(DISTINCT lead_id) FILTER (WHERE route = 'contact'
                AND lead_id NOT IN (SELECT lead_id FROM claims WHERE route = 'conversion')),
            count(DISTINCT lead_id) FILTER (WHERE route = 'status'),
            count(*) FILTER (WHERE undated), count(*) FILTER (WHERE instant(created_at) < created),
            (SELECT count(*) FROM lead_book WHERE converted
                AND lead_id NOT IN (SELECT lead_id FROM claims)) FROM claims"""
    )[0]
    staging.note(
        f"Leads with an opportunity: {direct} by their conversion, {later} more by a role of their contact. "
        f"Converted leads without one: {idle}; they do not count as positive."
    )
    if by_status:
        staging.note(f"Leads converted by a status that you named, from its first stamp on: {by_status}.")
    _note_account_route(staging)
    _note_conversion_days(staging)
    if undated:
        staging.note(
            f"Opportunities that Opportunity.csv does not hold: {undated}; each counts from the end of the day of "
            "its lead's conversion."
        )
    if early:
        staging.note(f"Opportunities earlier than their lead's creation: {early}, kept as they came.")


def _note_account_route(staging: Staging) -> None:
    """Count the leads that a third route would add, opportunities opened later for the account: not taken."""
    leads, taken = staging.rows(
        """SELECT count(DISTINCT b.lead_id), count(DISTINCT b.lead_id) FILTER (
            WHERE b.lead_id IN (SELECT lead_id FROM claims))
        FROM lead_book b JOIN deals d ON d.sf_account_id = b.sf_account_id
        WHERE b.converted AND d.kept AND NOT d.deleted AND d.created > b.created"""
    )[0]
    if leads:
        staging.note(
            f"Converted leads whose account has a later opportunity: {leads}; {leads - taken} have none by the "
            "other routes and do not count as positive, since it may have come of somebody else."
        )


def _note_conversion_days(staging: Staging) -> None:
    """Hold ConvertedDate, a date, against the opportunity's own time."""
    both, apart = staging.rows(
        """SELECT count(*), count(*) FILTER (WHERE abs(date_diff('day', instant(b.converted_on), d.created)) > 1)
        FROM lead_book b JOIN deals d USING (opportunity_id) WHERE instant(b.converted_on) IS NOT NULL"""
    )[0]
    if apart:
        staging.note(
            f"Opportunities created more than a day from their lead's ConvertedDate: {apart} of {both}; the "
            "opportunity's own time counts."
        )
