"""Contacts, who are the leads: who is left after merges and deletions, and which company each belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.hubspot.merges import follow_merges, note_contact_merges

if TYPE_CHECKING:
    from features.facts.staging import Staging


def stage_contacts(staging: Staging) -> None:
    """Stage the leads, and leave ``lead_book`` (a row per lead) and ``people`` (whose id is whose)."""
    for what in ("contacts", "companies", "deals"):
        follow_merges(staging, what)
    _read(staging)
    _companies(staging)
    _book(staging)
    staging.stage(
        "leads",
        """SELECT lead_id, account_id, created_at, _source, _row FROM lead_book
        UNION ALL BY NAME SELECT lead_id, created_at, _source, _row FROM contact_rows WHERE lead_id IS NULL""",
    )
    staging.connection.execute(
        """CREATE OR REPLACE TABLE people AS
        SELECT lead_id AS who_id, lead_id, NULL::TIMESTAMPTZ AS merged_at, 'own' AS via FROM lead_book
        UNION ALL
        SELECT loser_id, survivor_id, merged_at, 'merged' FROM contacts_merges
        WHERE survivor_id IN (SELECT lead_id FROM lead_book)"""
    )
    note_contact_merges(staging)
    _note_accounts(staging)


def _read(staging: Staging) -> None:
    staging.connection.execute(
        """CREATE OR REPLACE TABLE contact_rows AS SELECT hs_id(hs_object_id) AS lead_id,
            hs_time(createdate) AS created_at, hs_instant(createdate) AS created, is_true(archived) AS deleted,
            hs_id(hs_list(associatedcompanyid)[1]) AS company_id, mail_address(email) AS email,
            account_of(website, email, company) AS own_account, blank_to_null(lifecyclestage) AS stage,
            hs_instant(first_deal_created_date) AS first_deal, hs_time(first_deal_created_date) AS first_deal_at,
            hs_instant(hs_lifecyclestage_opportunity_date) AS opportunity_date,
            coalesce(TRY_CAST(num_associated_deals AS DOUBLE), 0) > 0 AS has_deals, _source, _row
        FROM hs_contacts
        QUALIFY hs_id(hs_object_id) IS NULL OR row_number() OVER (PARTITION BY hs_id(hs_object_id)
            ORDER BY hs_instant(lastmodifieddate) DESC NULLS LAST, _source, _row) = 1"""
    )
    repeated = staging.count("hs_contacts") - staging.count("contact_rows")
    staging.skip("contacts that stand more than once in the export", repeated)


def _companies(staging: Staging) -> None:
    """Make ``company_book``, each company's account (companies of one domain are one), and ``domain_accounts``."""
    staging.connection.execute(
        """CREATE OR REPLACE TABLE company_rows AS
        SELECT hs_id(hs_object_id) AS company_id, web_domain("domain") AS domain,
            hs_instant(createdate) AS created, is_true(archived) AS deleted, _source, _row
        FROM hs_companies WHERE hs_id(hs_object_id) IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY hs_id(hs_object_id)
            ORDER BY hs_instant(lastmodifieddate) DESC NULLS LAST, _source, _row) = 1"""
    )
    staging.connection.execute(
        """CREATE OR REPLACE TABLE company_book AS
        WITH ids AS (
            SELECT company_id FROM company_rows
            UNION SELECT company_id FROM contact_rows WHERE company_id IS NOT NULL
            UNION SELECT loser_id FROM companies_merges
        ),
        followed AS (
            SELECT i.company_id, coalesce(m.survivor_id, i.company_id) AS kept_id
            FROM ids i LEFT JOIN companies_merges m ON m.loser_id = i.company_id
        ),
        first_of AS (
            SELECT domain, arg_min(company_id, (length(company_id), company_id)) AS first_id
            FROM company_rows WHERE domain IS NOT NULL AND NOT deleted GROUP BY domain
        )
        SELECT f.company_id, 'hubspot:' || coalesce(first_id, kept_id) AS account_id, c.domain
        FROM followed f LEFT JOIN company_rows c ON c.company_id = f.kept_id
        LEFT JOIN first_of o ON o.domain = c.domain"""
    )
    staging.connection.execute(
        """CREATE OR REPLACE TABLE domain_accounts AS
        SELECT domain_key, arg_min(account_id, (rank, -votes, account_id)) AS account_id FROM (
            SELECT 'domain:' || domain AS domain_key, account_id, 1 AS rank, count(*) AS votes
            FROM company_book WHERE domain IS NOT NULL GROUP BY ALL
            UNION ALL
            SELECT own_account, b.account_id, 2, count(*)
            FROM contact_rows c JOIN company_book b USING (company_id)
            WHERE starts_with(own_account, 'domain:') GROUP BY ALL
        ) GROUP BY domain_key"""
    )


def _book(staging: Staging) -> None:
    staging.connection.execute(
        """CREATE OR REPLACE TABLE lead_book AS
        SELECT c.* EXCLUDE (own_account, deleted), coalesce(b.account_id, d.account_id, own_account) AS account_id,
            CASE WHEN b.account_id IS NOT NULL THEN 'company' WHEN d.account_id IS NOT NULL THEN 'domain of one'
                WHEN starts_with(own_account, 'domain:') THEN 'domain' WHEN own_account IS NOT NULL THEN 'name'
                ELSE 'none' END AS account_by
        FROM contact_rows c LEFT JOIN company_book b USING (company_id)
        LEFT JOIN domain_accounts d ON d.domain_key = c.own_account
        WHERE lead_id IS NOT NULL AND NOT deleted AND lead_id NOT IN (SELECT loser_id FROM contacts_merges)"""
    )
    in_file = "lead_id IN (SELECT loser_id FROM contacts_merges)"
    staging.skip("contacts merged into another", staging.count("contact_rows", in_file))
    # A contact without an id is rejected, deleted or not, and counted there.
    deleted = f"deleted AND lead_id IS NOT NULL AND NOT coalesce({in_file}, false)"
    staging.skip("deleted contacts", staging.count("contact_rows", deleted))


def _note_accounts(staging: Staging) -> None:
    found = dict(staging.rows("SELECT account_by, count(*) FROM lead_book GROUP BY 1"))
    staging.note(
        f"Accounts: {found.get('company', 0)} contacts by their associated company, "
        f"{found.get('domain of one', 0)} more by such a company's domain, "
        f"{found.get('domain', 0)} by a business domain alone, "
        f"{found.get('name', 0)} by company name; {found.get('none', 0)} stand alone."
    )
    shared, accounts = staging.rows(
        """SELECT coalesce(sum(n), 0), count(*) FROM (SELECT count(*) AS n FROM company_book b
        JOIN company_rows USING (company_id) WHERE NOT deleted GROUP BY account_id HAVING count(*) > 1)"""
    )[0]
    if shared:
        staging.note(f"Companies that share a domain: {shared}, taken as {accounts} accounts.")
