"""The label: which leads became an opportunity, and when.

A lead has an opportunity where it has a role in one; it counts from the opportunity's creation. The activities Add
to Opportunity and Convert Lead tell of the same by another route: they are counted against the roles, and only
where there are no roles at all does Add to Opportunity take their place. Convert Lead never does: a lead can be
converted without an opportunity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.marketo.types import ADD_TO_OPPORTUNITY, CONVERT, numbers_in, of_role
from features.importers.opportunity_types import kept_type, note_types, stage_claims
from features.importers.sql import text

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.marketo.types import ActivityType
    from features.importers.objects import Export


def stage_opportunities(
    staging: Staging,
    export: Export,
    types: dict[int, ActivityType],
    observed_until: str,
    chosen: tuple[str, ...] | None,
) -> None:
    """Stage a row per lead and opportunity, and the other business of accounts that have leads.

    Raises DataError where ``chosen`` names a type of opportunity that there is not.
    """
    _read_deals(staging, export, observed_until, chosen)
    _read_activities(staging, types, observed_until)
    if export.has("opportunity_roles"):
        _claims_by_role(staging)
    else:
        _claims_by_activity(staging)
    stage_claims(staging)
    _stage_others(staging)
    _note_routes(staging, by_role=export.has("opportunity_roles"))


def _read_deals(staging: Staging, export: Export, observed_until: str, chosen: tuple[str, ...] | None) -> None:
    """Lay out ``deals``: a row per opportunity, from its own file or, without it, from the roles alone."""
    until, kept = text(observed_until), kept_type("type", chosen)
    source = """SELECT "externalOpportunityId" AS id, "createdAt" AS stamp, "externalCreatedDate" AS outside,
        "closeDate" AS closing, "isClosed" AS closed, "isWon" AS is_won, amount, type, _source, _row
        FROM given_opportunities"""
    if not export.has("opportunities"):
        source = """SELECT "externalOpportunityId" AS id,
            arg_min("externalCreatedDate", instant("externalCreatedDate")) AS stamp, NULL AS outside,
            NULL AS closing, NULL AS closed, NULL AS is_won, NULL AS amount, NULL AS type,
            min(_source) AS _source, min(_row) AS _row FROM given_opportunity_roles
            WHERE "externalOpportunityId" IS NOT NULL GROUP BY 1"""
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE deals AS
        SELECT id AS opportunity_id, moment(stamp) AS created_at, instant(stamp) AS created,
            instant(outside) AS outside, amount, type, {kept} AS kept,
            CASE WHEN is_true(closed) THEN within(closing, {until}) END AS closed_at,
            CASE WHEN is_true(closed) THEN is_true(is_won)::VARCHAR END AS won, _source, _row FROM ({source})
        QUALIFY id IS NULL OR row_number() OVER (PARTITION BY id ORDER BY created NULLS LAST, _source, _row) = 1"""
    )
    if export.has("opportunities"):
        repeated = staging.count("given_opportunities") - staging.count("deals")
        staging.skip("opportunities that stand twice in the export", repeated)
    late = f"instant(closed_at) > TIMESTAMPTZ {until}"
    staging.skip("close dates later than the export", staging.count("deals", late))
    staging.connection.execute(f"UPDATE deals SET closed_at = NULL WHERE {late}")
    after = f"created > TIMESTAMPTZ {until}"
    staging.skip("opportunities later than the end of the export", staging.count("deals", after))
    staging.connection.execute(f"DELETE FROM deals WHERE {after}")
    note_types(staging, chosen, "opportunities.csv")
    apart = staging.count("deals", "abs(date_diff('hour', outside, created)) > 24")
    if apart:
        staging.note(
            f"Opportunities that the CRM dates more than a day from their createdAt: {apart}; they count from "
            "createdAt, when Marketo came to know them."
        )


def _read_activities(staging: Staging, types: dict[int, ActivityType], observed_until: str) -> None:
    """Make ``added`` and ``converted``: the first such activity of each lead, with its lead after merges."""
    for table, role in (("added", ADD_TO_OPPORTUNITY), ("converted", CONVERT)):
        staging.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {table} AS
            SELECT p.lead_id, min(happened) AS happened, arg_min(name, (happened, row)) AS _source,
                arg_min(row, (happened, row)) AS _row
            FROM activity a JOIN people p ON p.who_id = a.lead_id JOIN activity_files USING (file)
            WHERE type IN ({numbers_in(of_role(types, role))}) AND happened <= TIMESTAMPTZ {text(observed_until)}
            GROUP BY p.lead_id"""
        )


def _claims_by_role(staging: Staging) -> None:
    """Lay out ``roles``, with the lead of each after merges, and ``claims``: those of new business."""
    staging.connection.execute(
        """CREATE OR REPLACE TEMP TABLE roles AS
        SELECT r."externalOpportunityId" AS opportunity_id, r."leadId" AS who_id, p.lead_id, b.account_id,
            b.created, r._source, r._row
        FROM given_opportunity_roles r LEFT JOIN people p ON p.who_id = r."leadId"
        LEFT JOIN lead_book b ON b.lead_id = p.lead_id"""
    )
    deleted = "lead_id IS NULL AND coalesce(who_id IN (SELECT lead_id FROM deleted), false)"
    staging.skip("roles of deleted leads", staging.count("roles", deleted))
    staging.skip(
        "roles of leads that the lead files do not hold",
        staging.count("roles", f"lead_id IS NULL AND NOT ({deleted})"),
    )
    staging.skip(
        "roles in opportunities that the export does not hold",
        staging.count(
            "roles", "opportunity_id NOT IN (SELECT opportunity_id FROM deals WHERE opportunity_id IS NOT NULL)"
        ),
    )
    staging.skip("roles that name no opportunity", staging.count("roles", "opportunity_id IS NULL"))
    staging.connection.execute(
        """CREATE OR REPLACE TEMP TABLE claims AS
        SELECT DISTINCT ON (d.opportunity_id, r.lead_id) d.opportunity_id, r.lead_id, r.account_id,
            r.created AS born, d.created_at, d.created, d.amount, d.closed_at, d.won, d._source, d._row
        FROM roles r JOIN deals d USING (opportunity_id) WHERE d.kept AND r.lead_id IS NOT NULL"""
    )


def _claims_by_activity(staging: Staging) -> None:
    staging.connection.execute(
        "CREATE OR REPLACE TEMP TABLE roles (opportunity_id VARCHAR, lead_id VARCHAR, account_id VARCHAR)"
    )
    staging.connection.execute(
        """CREATE OR REPLACE TEMP TABLE claims AS
        SELECT 'added:' || a.lead_id AS opportunity_id, a.lead_id, b.account_id, b.created AS born,
            a.happened::VARCHAR AS created_at, a.happened AS created, NULL::VARCHAR AS amount,
            NULL::VARCHAR AS closed_at, NULL::VARCHAR AS won, a._source, a._row
        FROM added a JOIN lead_book b USING (lead_id)"""
    )


def _stage_others(staging: Staging) -> None:
    """Stage the business that is no lead's outcome, where a role tells whose account it is of."""
    staging.connection.execute(
        """CREATE OR REPLACE TEMP TABLE others AS
        SELECT d.*, m.account_id FROM deals d LEFT JOIN (
            SELECT opportunity_id, mode(account_id ORDER BY account_id) AS account_id FROM roles
            WHERE account_id IS NOT NULL GROUP BY opportunity_id) m USING (opportunity_id)
        WHERE d.opportunity_id IS NULL OR d.opportunity_id NOT IN (SELECT opportunity_id FROM claims)"""
    )
    nobody = "opportunity_id IS NOT NULL AND account_id IS NULL"
    staging.skip("opportunities in which no lead with an account has a role", staging.count("others", nobody))
    staging.stage(
        "opportunities",
        f"""SELECT opportunity_id, account_id, created_at, amount, closed_at, won, _source, _row FROM others
        WHERE NOT ({nobody})""",
    )


def _note_routes(staging: Staging, *, by_role: bool) -> None:
    label = "(SELECT lead_id, min(created) AS created FROM claims GROUP BY lead_id)"
    both, role_only, added_only, apart = staging.rows(
        f"""SELECT count(*) FILTER (WHERE c.lead_id IS NOT NULL AND a.lead_id IS NOT NULL),
            count(*) FILTER (WHERE a.lead_id IS NULL), count(*) FILTER (WHERE c.lead_id IS NULL),
            count(*) FILTER (WHERE abs(date_diff('second', c.created, a.happened)) > 86400)
        FROM {label} c FULL JOIN added a USING (lead_id)"""
    )[0]
    idle = staging.count("converted", "lead_id NOT IN (SELECT lead_id FROM claims)")
    unconverted = staging.rows(
        "SELECT count(DISTINCT lead_id) FROM claims WHERE lead_id NOT IN (SELECT lead_id FROM converted)"
    )[0][0]
    if by_role:
        staging.note(
            f"Leads with an opportunity: {both + role_only} by their role in one. Of these Add to Opportunity "
            f"names {both}, {apart} of them more than a day apart; it names {added_only} leads more, without a "
            "role, which do not count as positive."
        )
    else:
        staging.note(
            f"Leads with an opportunity: {both}, by Add to Opportunity alone, whatever its type; what is older "
            "than the activities kept is missing, and such leads count as open. Export the opportunity roles."
        )
    staging.note(
        f"Converted leads without an opportunity: {idle}; they do not count as positive. Leads with an "
        f"opportunity and no Convert Lead: {unconverted}."
    )
    early = staging.count("claims", "created < born")
    if early:
        staging.note(f"Opportunities earlier than their lead's creation: {early}, kept as they came.")
