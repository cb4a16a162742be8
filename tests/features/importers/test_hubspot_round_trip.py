"""A simulated market, written as a HubSpot export and read again, must come back as far as HubSpot can hold it.

HubSpot exports no page visits; everything else that the market knows must be the same, with every trap in the way.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from features.facts import Dataset
from features.importers import import_hubspot
from features.simulation import import_simulated, simulate_market
from features.simulation.hubspot_text import hubspot_ids

LEADS, SEED = 1500, 11
NOT_EXPORTED = ("web_visit", "pricing_page_visit")
EXTRA = ("email_sent", "task")


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    folder = tmp_path_factory.mktemp("round_trip")
    import_simulated(LEADS, SEED, folder / "simulated", hubspot=folder / "export")
    import_hubspot(folder / "export", folder / "imported", stages=folder / "export" / "stages.yaml")
    return folder


@pytest.fixture(scope="module")
def imported(export):
    return Dataset.open(export / "imported")


@pytest.fixture(scope="module")
def compare(export, imported):
    """Return a function that queries both: s_<table> is the market's, i_<table> what came back, by market ids."""
    market = simulate_market(LEADS, SEED)
    names = pd.DataFrame(
        {
            "hubspot_id": hubspot_ids("contact", np.arange(LEADS)).astype(str),
            "lead_id": market.lead_ids.astype(str),
        }
    )
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("names", names)
        for prefix, dataset in (("s", Dataset.open(export / "simulated")), ("i", imported)):
            for table in ("leads", "events", "opportunities", "attributes", "verdicts"):
                key = "entity_id" if table == "attributes" else "lead_id"
                file = dataset.file(table)
                own = f"coalesce((SELECT n.lead_id FROM names n WHERE n.hubspot_id = t.{key}), t.{key})"
                select = f"SELECT * REPLACE ({own} AS {key}) FROM read_parquet('{file}') t"
                connection.execute(f"CREATE TABLE {prefix}_{table} AS {select}")
        yield lambda query: connection.execute(query).fetchall()


def test_nothing_is_rejected(imported):
    assert imported.manifest.rejected == {}


def test_every_lead_comes_back_when_it_was_created(compare):
    query = """SELECT count(*), count(*) FILTER (WHERE s.created_at = i.created_at)
    FROM s_leads s FULL JOIN i_leads i USING (lead_id)"""
    assert compare(query) == [(LEADS, LEADS)]


def test_every_opportunity_of_a_lead_is_found_at_its_time_and_no_other(compare):
    query = """SELECT count(*), count(*) FILTER (WHERE s.created_at = i.created_at AND s.amount = i.amount
        AND s.closed_at IS NOT DISTINCT FROM i.closed_at AND s.won IS NOT DISTINCT FROM i.won)
    FROM (SELECT * FROM s_opportunities WHERE lead_id IS NOT NULL) s
    FULL JOIN (SELECT * FROM i_opportunities WHERE lead_id IS NOT NULL) i USING (lead_id)"""
    ((rows, same),) = compare(query)
    assert rows == same > 100


def test_the_date_of_the_stage_would_have_missed_some_and_made_up_others(export):
    contacts = pd.read_csv(export / "export" / "contacts.csv", dtype=str)
    by_date = contacts["hs_lifecyclestage_opportunity_date"].notna()
    by_deal = contacts["first_deal_created_date"].notna()
    assert (by_deal & ~by_date).sum() > 10
    assert (by_date & ~by_deal).sum() > 2


def test_every_event_that_hubspot_keeps_comes_back_with_its_lead_kind_and_time(compare):
    query = f"""SELECT count(*), count(*) FILTER (WHERE s."at" IS NOT NULL AND i."at" IS NOT NULL)
    FROM (SELECT * FROM s_events WHERE kind NOT IN {NOT_EXPORTED}) s
    FULL JOIN (SELECT * FROM i_events WHERE kind NOT IN {EXTRA}) i
    ON s.lead_id = i.lead_id AND s.kind = i.kind AND s."at" = i."at" """
    ((rows, same),) = compare(query)
    assert rows == same > 10_000


def test_an_event_is_known_when_it_happens_but_for_merged_contacts(compare):
    query = f"""SELECT count(*), count(DISTINCT i.lead_id) FROM i_events i
    WHERE known_at <> "at" AND kind NOT IN {EXTRA}"""
    ((later, leads),) = compare(query)
    assert 0 < later < 200
    assert 0 < leads < 0.01 * LEADS


def test_calls_keep_their_length(compare):
    query = """SELECT count(*), max(abs(s.value - i.value)) FROM s_events s JOIN i_events i
    ON s.lead_id = i.lead_id AND s.kind = i.kind AND s."at" = i."at" WHERE s.kind = 'call'"""
    ((calls, off),) = compare(query)
    assert calls > 100
    assert off == 0


def test_leads_of_one_account_stay_together_and_others_apart(compare):
    query = """SELECT count(DISTINCT s.account_id), count(DISTINCT i.account_id),
        count(DISTINCT (s.account_id, i.account_id))
    FROM s_leads s JOIN i_leads i USING (lead_id) WHERE s.account_id IS NOT NULL"""
    ((simulated, imported, together),) = compare(query)
    assert simulated == imported == together
    alone = """SELECT count(*) FROM s_leads s JOIN i_leads i USING (lead_id)
    WHERE (s.account_id IS NULL) <> (i.account_id IS NULL)"""
    assert compare(alone) == [(0,)]


def test_business_with_customers_is_no_lead_s_outcome(compare):
    query = """SELECT count(*), count(*) FILTER (WHERE s.amount = i.amount)
    FROM (SELECT * FROM s_opportunities WHERE lead_id IS NULL) s
    FULL JOIN (SELECT * FROM i_opportunities WHERE lead_id IS NULL) i USING (created_at)"""
    ((rows, same),) = compare(query)
    assert rows == same > 0


def test_every_verdict_comes_back(compare):
    query = """SELECT count(*), count(*) FILTER (WHERE s.verdict = i.verdict)
    FROM s_verdicts s FULL JOIN i_verdicts i USING (lead_id, "at")"""
    ((rows, same),) = compare(query)
    assert rows == same > 500


@pytest.mark.parametrize("name", ["title", "lead_source", "country", "industry", "employees", "annual_revenue"])
def test_values_at_any_time_are_those_of_the_market(compare, name):
    # A day after creation, half a year later, and at the end.
    of_lead = "m.lead_id" if name in {"title", "lead_source", "country"} else "m.account_id"
    query = f"""WITH moments AS (
        SELECT lead_id, account_id, created_at + INTERVAL (days) DAY AS as_of
        FROM s_leads, (VALUES (1), (180), (10000)) AS d(days)),
    wanted AS (SELECT m.lead_id, m.as_of, arg_max(a.value, a.known_at) AS value FROM moments m
        JOIN s_attributes a ON a.name = '{name}' AND a.known_at < m.as_of AND a.entity_id = {of_lead}
        GROUP BY ALL),
    found AS (SELECT m.lead_id, m.as_of, arg_max(a.value, a.known_at) AS value FROM moments m
        JOIN i_attributes a ON a.name = '{name}' AND a.known_at < m.as_of AND a.entity_id = m.lead_id
        GROUP BY ALL)
    SELECT count(*), count(*) FILTER (WHERE w.value IS DISTINCT FROM f.value)
    FROM wanted w FULL JOIN found f USING (lead_id, as_of)"""
    ((rows, different),) = compare(query)
    assert rows > LEADS
    assert different == 0


def test_no_attribute_of_the_day_of_export_but_those_said_to_be(compare, imported):
    names = {row[0] for row in compare("SELECT DISTINCT name FROM i_attributes")}
    assert names == {
        *("title", "lead_source", "country", "industry", "employees", "annual_revenue"),
        *("email_kind", "original_source", "employees_range"),
    }
    assert imported.manifest.current_only == ["employees_range"]
