"""The label: which contacts became an opportunity, and when.

A deal is a contact's by association, and counts from the deal's own creation. The date on which a contact became
an opportunity is never read as the outcome: HubSpot clears it when somebody moves the stage back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import DataError, did_you_mean
from features.importers.sql import text, texts

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.objects import Export

#: Words of a pipeline's name that say that its deals are with customers.
_CUSTOMERS = (
    *("renewal", "renewals", "renew", "upsell", "upsells", "upselling", "cross", "expansion", "expansions"),
    *("existing", "retention"),
)


def stage_deals(staging: Staging, export: Export, observed_until: str, pipelines: tuple[str, ...] | None) -> None:
    """Stage the deals of contacts, a row per contact and deal, and the others of their accounts.

    Raises
    ------
    DataError
        ``pipelines`` names one that no deal is in.

    """
    if not export.has("deals"):
        _stage_first_deals(staging, "deals.csv")
        return
    _read(staging, observed_until, pipelines)
    _check_pipelines(staging, export, pipelines)
    _links(staging)
    if staging.count("deal_people") == 0:
        # Deals that are nobody's would make everybody negative.
        _stage_first_deals(staging, "any association of deals with contacts")
        return
    staging.connection.execute(
        """CREATE OR REPLACE TABLE claims AS
        SELECT d.*, b.lead_id, b.account_id, b.created AS lead_created
        FROM deal_people k JOIN deal_book d USING (deal_id) JOIN lead_book b USING (lead_id)
        WHERE d.kept AND NOT d.deleted"""
    )
    staging.stage(
        "opportunities",
        """SELECT CASE WHEN count(*) OVER (PARTITION BY deal_id) > 1
            THEN deal_id || ':' || lead_id ELSE deal_id END AS opportunity_id,
            lead_id, account_id, created_at, amount, closed_at, won, _source, _row FROM claims""",
    )
    _stage_others(staging)
    _note_routes(staging)
    _note_disagreement(staging)


def _stage_first_deals(staging: Staging, missing: str) -> None:
    """Without deals of contacts: the creation of a contact's first deal, which HubSpot keeps on the contact."""
    rows = staging.stage(
        "opportunities",
        """SELECT 'first_deal:' || lead_id AS opportunity_id, lead_id, account_id, first_deal_at AS created_at,
            _source, _row FROM lead_book WHERE first_deal_at IS NOT NULL""",
    )
    if rows:
        staging.note(
            f"Without {missing} the label is first_deal_created_date, of {rows} contacts: a renewal cannot be "
            "told from new business, and a deal that was removed is not seen."
        )
    else:
        staging.note(
            f"Without {missing} and first_deal_created_date there is no label: nothing can be learnt yet."
        )


def _read(staging: Staging, observed_until: str, pipelines: tuple[str, ...] | None) -> None:
    """Lay out ``deal_book``, a row per deal, with whether it is one that contacts are judged by."""
    until = text(observed_until)
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE deal_book AS
        SELECT hs_id(hs_object_id) AS deal_id, hs_time(createdate) AS created_at,
            hs_instant(createdate) AS created, amount, coalesce(p.label, trim(d.pipeline), '') AS pipeline,
            blank_to_null(d.pipeline) AS pipeline_id,
            coalesce(snake(dealtype) IN ('existingbusiness', 'existing_business'), false) AS existing,
            is_true(archived) AS deleted,
            CASE WHEN is_true(hs_is_closed) OR is_true(hs_is_closed_won) THEN
                CASE WHEN length(trim(closedate)) = 10 THEN within(closedate, {until}) ELSE hs_time(closedate) END
                END AS closed_at,
            CASE WHEN is_true(hs_is_closed) OR is_true(hs_is_closed_won)
                THEN is_true(hs_is_closed_won)::VARCHAR END AS won, _source, _row
        FROM hs_deals d LEFT JOIN (SELECT hs_id(pipeline_id) AS id, any_value(trim(label)) AS label
            FROM hs_deal_pipelines GROUP BY 1) p ON p.id = hs_id(d.pipeline)
        QUALIFY hs_id(hs_object_id) IS NULL OR row_number() OVER (PARTITION BY hs_id(hs_object_id)
            ORDER BY hs_instant(lastmodifieddate) DESC NULLS LAST, _source, _row) = 1"""
    )
    repeated = staging.count("hs_deals") - staging.count("deal_book")
    staging.skip("deals that stand more than once in the export", repeated)
    merged = "deal_id IN (SELECT loser_id FROM deals_merges)"
    staging.skip("deals merged into another", staging.count("deal_book", merged))
    staging.connection.execute(f"DELETE FROM deal_book WHERE {merged}")
    staging.skip("deleted deals", staging.count("deal_book", "deleted"))
    # Nobody closes a deal tomorrow: such a day is a plan, or a slip of the pen.
    late = f"instant(closed_at) > TIMESTAMPTZ {until}"
    staging.skip("close dates later than the export", staging.count("deal_book", late))
    staging.connection.execute(f"UPDATE deal_book SET closed_at = NULL WHERE {late}")
    staging.connection.execute("ALTER TABLE deal_book ADD COLUMN kept BOOLEAN")
    staging.connection.execute(f"UPDATE deal_book SET kept = {_kept(pipelines)}")


def _kept(pipelines: tuple[str, ...] | None) -> str:
    if pipelines is None:
        of_customers = f"list_has_any(string_split(coalesce(snake(pipeline), ''), '_'), [{texts(_CUSTOMERS)}])"
        return f"NOT existing AND NOT {of_customers}"
    wanted = texts([name.strip().casefold() for name in pipelines]) or "NULL"
    return f"NOT existing AND (lower(pipeline) IN ({wanted}) OR coalesce(lower(pipeline_id) IN ({wanted}), false))"


def _check_pipelines(staging: Staging, export: Export, pipelines: tuple[str, ...] | None) -> None:
    """List the pipelines kept and dropped."""
    counts = staging.rows(
        """SELECT pipeline, any_value(coalesce(pipeline_id, '')), count(*), count(*) FILTER (WHERE kept),
            count(*) FILTER (WHERE existing) FROM deal_book WHERE NOT deleted GROUP BY 1 ORDER BY 3 DESC, 1"""
    )
    known = {key.casefold() for row in counts for key in row[:2]}
    for name in pipelines or ():
        if name.strip().casefold() not in known:
            message = f"{export.files['deals'][0]}: no deal is in a pipeline {name!r}"
            raise DataError(f"{message}; {did_you_mean(name, [row[0] for row in counts])}")
    kept = ", ".join(f"{name or '(blank)'} ({count})" for name, _, _, count, _ in counts if count) or "none"
    dropped = [f"{name or '(blank)'} ({rows})" for name, _, rows, count, _ in counts if not count]
    existing = sum(row[4] for row in counts if row[3])
    staging.note(
        f"Pipelines whose deals count as a lead's outcome: {kept}; that do not: {', '.join(dropped) or 'none'}; "
        f"deals of existing business (dealtype) in the former, which do not either: {existing}. "
        "Choose with --pipeline."
    )


def _links(staging: Staging) -> None:
    """Make ``deal_people`` (deal and lead) and ``deal_accounts`` (deal and account), merged ids followed."""
    for entity, book, mine, column in (
        ("contact", "people", "who_id", "lead_id"),
        ("company", "company_book", "company_id", "account_id"),
    ):
        table = "deal_people" if entity == "contact" else "deal_accounts"
        listed = f"hs_list(associated_{entity if entity == 'contact' else 'company'}_ids)"
        staging.connection.execute(
            f"""CREATE OR REPLACE TABLE {table} AS
            WITH pairs AS (
                SELECT hs_id(deal_id) AS deal_id, hs_id({entity}_id) AS other_id FROM hs_deal_{entity}
                WHERE NOT is_true(archived)
                UNION ALL SELECT hs_id(hs_object_id), hs_id(unnest({listed})) FROM hs_deals
            ),
            followed AS (
                SELECT coalesce(m.survivor_id, p.deal_id) AS deal_id, other_id FROM pairs p
                LEFT JOIN deals_merges m ON m.loser_id = p.deal_id WHERE other_id IS NOT NULL
            )
            SELECT DISTINCT f.deal_id, b.{column} FROM followed f JOIN {book} b ON b.{mine} = f.other_id
            WHERE b.{column} IS NOT NULL"""
        )


def _stage_others(staging: Staging) -> None:
    """Stage the deals that are no lead's outcome, where their account has leads."""
    staging.connection.execute(
        """CREATE OR REPLACE TABLE others AS
        SELECT d.*, coalesce(a.account_id, p.account_id) AS account_id FROM deal_book d
        LEFT JOIN (SELECT deal_id, min(account_id) AS account_id FROM deal_accounts
            WHERE account_id IN (SELECT account_id FROM lead_book) GROUP BY 1) a USING (deal_id)
        LEFT JOIN (SELECT deal_id, min(b.account_id) AS account_id FROM deal_people k
            JOIN lead_book b USING (lead_id) GROUP BY 1) p USING (deal_id)
        WHERE NOT d.deleted AND (d.deal_id IS NULL OR d.deal_id NOT IN (SELECT deal_id FROM claims))"""
    )
    staging.skip(
        "deals of neither a contact nor a company with contacts",
        staging.count("others", "account_id IS NULL AND deal_id IS NOT NULL"),
    )
    staging.stage(
        "opportunities",
        """SELECT deal_id AS opportunity_id, account_id, created_at, amount, closed_at, won, _source, _row
        FROM others WHERE account_id IS NOT NULL OR deal_id IS NULL""",
    )


def _note_routes(staging: Staging) -> None:
    deals, by_contact, by_company, leads, shared, early = staging.rows(
        """SELECT count(*), count(*) FILTER (WHERE deal_id IN (SELECT deal_id FROM claims)),
            count(*) FILTER (WHERE deal_id NOT IN (SELECT deal_id FROM claims)
                AND deal_id IN (SELECT deal_id FROM others WHERE account_id IS NOT NULL)),
            (SELECT count(DISTINCT lead_id) FROM claims),
            (SELECT count(*) FROM (SELECT deal_id FROM claims GROUP BY 1 HAVING count(*) > 1)),
            (SELECT count(*) FROM claims WHERE created < lead_created)
        FROM deal_book WHERE kept AND NOT deleted"""
    )[0]
    alone = staging.rows(
        """SELECT count(DISTINCT lead_id) FROM lead_book b JOIN others o USING (account_id)
        WHERE o.kept AND b.lead_id NOT IN (SELECT lead_id FROM claims)"""
    )[0][0]
    staging.note(
        f"Of {deals} deals that count, {by_contact} belong to a contact ({leads} contacts have one) and "
        f"{by_company} to a company alone; the {alone} contacts of those companies do not count as positive. "
        "When a contact was associated with a deal is not in any export."
    )
    if shared:
        staging.note(f"Deals of more than one contact: {shared}; each contact keeps its own row.")
    if early:
        staging.note(
            f"Deals created before their contact: {early}, kept as they came; such a contact is no open lead."
        )


def _note_disagreement(staging: Staging) -> None:
    """Hold the association against what HubSpot keeps on the contact itself."""
    dated, dateless, unlinked = staging.rows(
        """SELECT count(*) FILTER (WHERE opportunity_date IS NOT NULL AND NOT has_claim),
            count(*) FILTER (WHERE opportunity_date IS NULL AND has_claim),
            count(*) FILTER (WHERE (first_deal IS NOT NULL OR has_deals) AND NOT has_link)
        FROM (SELECT *, lead_id IN (SELECT lead_id FROM claims) AS has_claim,
            lead_id IN (SELECT lead_id FROM deal_people) AS has_link FROM lead_book)"""
    )[0]
    if dated or dateless:
        staging.note(
            "hs_lifecyclestage_opportunity_date is not the label. Contacts with that date and no deal that "
            f"counts: {dated}, not positive; with a deal and no such date: {dateless}, positive."
        )
    if unlinked:
        staging.note(
            f"Contacts that have deals by their own properties and none in the export: {unlinked}. "
            "The export of deals or of their associations is not complete; these contacts look negative."
        )
