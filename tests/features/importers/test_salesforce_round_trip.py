"""A simulated market, written as a Salesforce export and read again, must come back as it was.

The export has the traps of real ones (activities moved to the contact on conversion, opportunities that only the
contact leads to, merged leads, ids of 15 characters), and here the truth is known.
"""

from __future__ import annotations

import duckdb
import pytest

from features.importers import import_salesforce
from features.simulation import import_simulated

LEADS = 1500


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("round_trip")
    simulated = import_simulated(LEADS, 11, folder / "simulated", salesforce=folder / "export")
    return simulated, import_salesforce(folder / "export", folder / "imported")


def compare(pair, query):
    """Run a query over both datasets: s_<table> is the market's, i_<table> what was imported."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for prefix, dataset in zip("si", pair, strict=True):
            for table in ("leads", "events", "opportunities", "attributes"):
                file = dataset.file(table)
                connection.execute(f"CREATE VIEW {prefix}_{table} AS SELECT * FROM read_parquet('{file}')")
        return connection.execute(query).fetchall()


def test_nothing_is_rejected(pair):
    assert pair[1].manifest.rejected == {}


def test_every_lead_comes_back_when_it_was_created(pair):
    query = """SELECT count(*), count(*) FILTER (WHERE s.created_at = i.created_at)
    FROM s_leads s FULL JOIN i_leads i USING (lead_id)"""
    assert compare(pair, query) == [(LEADS, LEADS)]


def test_every_opportunity_of_a_lead_is_found_at_its_time_and_no_other(pair):
    query = """SELECT count(*), count(*) FILTER (WHERE s.created_at = i.created_at)
    FROM (SELECT * FROM s_opportunities WHERE lead_id IS NOT NULL) s
    FULL JOIN (SELECT * FROM i_opportunities WHERE lead_id IS NOT NULL) i USING (lead_id)"""
    ((rows, same),) = compare(pair, query)
    assert rows == same > 100


def test_every_activity_comes_back_with_its_lead_kind_and_time(pair):
    query = """SELECT count(*), count(*) FILTER (WHERE s."at" IS NOT NULL AND i."at" IS NOT NULL)
    FROM s_events s FULL JOIN (SELECT * FROM i_events WHERE NOT ends_with(kind, '_responded')) i
    ON s.lead_id = i.lead_id AND s.kind = i.kind AND s."at" = i."at" """
    ((rows, same),) = compare(pair, query)
    assert rows == same > 10_000


@pytest.mark.parametrize("dataset", ["s", "i"])
def test_activity_just_before_the_opportunity_is_kept_for_positives(pair, dataset):
    query = f"""SELECT count(*) FILTER (WHERE n > 0) / count(*) FROM (
        SELECT o.lead_id, count(e.event_id) AS n FROM {dataset}_opportunities o
        LEFT JOIN {dataset}_events e ON e.lead_id = o.lead_id
            AND e."at" BETWEEN o.created_at - INTERVAL 30 DAY AND o.created_at
        WHERE o.lead_id IS NOT NULL GROUP BY o.lead_id)"""
    assert compare(pair, query)[0][0] > 0.8


def test_leads_of_one_account_stay_together_and_others_apart(pair):
    query = """SELECT count(DISTINCT s.account_id), count(DISTINCT i.account_id),
        count(DISTINCT (s.account_id, i.account_id))
    FROM s_leads s JOIN i_leads i USING (lead_id) WHERE s.account_id IS NOT NULL"""
    ((simulated, imported, together),) = compare(pair, query)
    assert simulated == imported == together
    alone = """SELECT count(*) FROM s_leads s JOIN i_leads i USING (lead_id)
    WHERE (s.account_id IS NULL) <> (i.account_id IS NULL)"""
    assert compare(pair, alone) == [(0,)]


def test_business_with_customers_is_no_lead_s_outcome(pair):
    query = """SELECT count(*), count(*) FILTER (WHERE s.created_at = i.created_at)
    FROM (SELECT * FROM s_opportunities WHERE lead_id IS NULL) s
    FULL JOIN (SELECT * FROM i_opportunities WHERE lead_id IS NULL) i USING (opportunity_id)"""
    ((rows, same),) = compare(pair, query)
    assert rows == same > 0


@pytest.mark.parametrize("name", ["title", "industry", "employees", "annual_revenue"])
def test_values_at_any_time_are_those_of_the_market(pair, name):
    # A day after creation, and at the end: a converted lead is read-only from then on, so that one is left out.
    export = pair[1].path.parent / "export" / "Lead.csv"
    query = f"""WITH moments AS (
        SELECT lead_id, account_id, created_at + INTERVAL 1 DAY AS as_of FROM s_leads
        UNION ALL
        SELECT lead_id, account_id, TIMESTAMPTZ '2100-01-01' FROM s_leads
        JOIN read_csv('{export}', all_varchar = true) ON Id = lead_id WHERE IsConverted = 'false'),
    wanted AS (SELECT m.lead_id, m.as_of, arg_max(a.value, a.known_at) AS value FROM moments m
        JOIN s_attributes a ON a.name = '{name}' AND a.known_at < m.as_of
            AND a.entity_id = CASE a.entity WHEN 'lead' THEN m.lead_id ELSE m.account_id END
        GROUP BY ALL),
    found AS (SELECT m.lead_id, m.as_of, arg_max(a.value, a.known_at) AS value FROM moments m
        JOIN i_attributes a ON a.name = '{name}' AND a.known_at < m.as_of AND a.entity_id = m.lead_id
        GROUP BY ALL)
    SELECT count(*), count(*) FILTER (WHERE w.value IS DISTINCT FROM f.value)
    FROM wanted w LEFT JOIN found f USING (lead_id, as_of)"""
    ((rows, different),) = compare(pair, query)
    assert rows > LEADS
    assert different == 0
