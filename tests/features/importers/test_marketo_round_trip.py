"""A simulated market, written as a Marketo export and read again, comes back as far as Marketo can hold it.

Here the truth is known: what was deleted by the vendor and what no file holds must come back as unknown,
never as zero.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from features.facts import Dataset
from features.facts.clock import parse_moment
from features.importers import import_marketo
from features.simulation import import_simulated, simulate_market
from features.simulation.marketo_activities import AS_MARKETO
from features.simulation.marketo_export import write_marketo_export
from features.simulation.marketo_strangers import marketo_lead_ids
from features.simulation.marketo_types import types_file
from features.simulation.parameters import DAYS, KINDS

LEADS, SEED = 1500, 11
SHORT = {"visit_webpage", "send_email", "email_delivered"}
CLIFF = parse_moment("2026-07-01") - 90 * 86_400_000_000


@pytest.fixture(scope="module")
def market():
    return simulate_market(LEADS, SEED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, market):
    base = tmp_path_factory.mktemp("marketo")
    import_simulated(LEADS, SEED, base / "simulated", marketo=base / "export")
    write_marketo_export(market, base / "monthly", kept_days=(DAYS, DAYS), missing=())
    import_marketo(base / "export", base / "late")
    import_marketo(base / "monthly", base / "whole")
    return base


@pytest.fixture(scope="module")
def late(folder):
    """Return the market as fetched on the day of export, with its cliffs, and one month missing."""
    return Dataset.open(folder / "late")


@pytest.fixture(scope="module")
def whole(folder):
    """Return the market as fetched month by month from the start."""
    return Dataset.open(folder / "whole")


@pytest.fixture(scope="module")
def compare(folder, market, whole):
    """Query the market's tables (s_*) beside the imported ones (i_*); ids and kinds lead from one to the other."""
    names = {each["id"]: each["name"].lower().replace(" ", "_") for each in types_file()["result"]}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        ids = [
            (old.decode(), str(new)) for old, new in zip(market.lead_ids, marketo_lead_ids(market), strict=True)
        ]
        connection.execute("CREATE TABLE ids (lead_id VARCHAR, id VARCHAR)")
        connection.executemany("INSERT INTO ids VALUES (?, ?)", ids)
        connection.execute("CREATE TABLE kinds (kind VARCHAR, name VARCHAR)")
        connection.executemany("INSERT INTO kinds VALUES (?, ?)", [(k, names[AS_MARKETO[k][0]]) for k in KINDS])
        for table in ("leads", "events", "opportunities", "attributes"):
            simulated = Dataset.open(folder / "simulated").file(table)
            connection.execute(f"CREATE VIEW s_{table} AS SELECT * FROM read_parquet('{simulated}')")
            connection.execute(f"CREATE VIEW i_{table} AS SELECT * FROM read_parquet('{whole.file(table)}')")
        yield lambda query: connection.execute(query).fetchall()


def test_nothing_is_rejected(late, whole):
    assert late.manifest.rejected == whole.manifest.rejected == {}


def test_every_lead_comes_back_when_it_was_created_and_nobody_else(compare):
    query = """SELECT count(*), count(*) FILTER (WHERE date_trunc('second', s.created_at) = i.created_at)
    FROM (s_leads JOIN ids USING (lead_id)) s FULL JOIN i_leads i ON i.lead_id = s.id"""
    assert compare(query) == [(LEADS, LEADS)]


def test_every_event_comes_back_with_its_lead_type_and_time(compare):
    query = """WITH s AS (SELECT id, name, date_trunc('second', "at") AS moment, count(*) AS n
        FROM s_events JOIN ids USING (lead_id) JOIN kinds USING (kind) GROUP BY ALL),
    i AS (SELECT lead_id AS id, kind AS name, "at" AS moment, count(*) AS n FROM i_events
        WHERE kind IN (SELECT name FROM kinds) GROUP BY ALL)
    SELECT sum(coalesce(s.n, 0)), sum(coalesce(i.n, 0)), count(*) FILTER (WHERE s.n IS DISTINCT FROM i.n)
    FROM s FULL JOIN i USING (id, name, moment)"""
    ((simulated, imported, different),) = compare(query)
    assert simulated == imported > 10_000
    assert different == 0


def test_calls_keep_their_length(compare):
    query = """SELECT (SELECT sum(value) FROM s_events WHERE kind = 'call'),
        (SELECT sum(value) FROM i_events WHERE kind = 'sales_call')"""
    ((simulated, imported),) = compare(query)
    assert simulated == imported > 0


def test_every_opportunity_of_a_lead_is_found_at_its_time_and_no_other(compare):
    query = """SELECT count(*), count(*) FILTER (WHERE date_trunc('second', s.created_at) = i.created_at)
    FROM (SELECT o.*, id FROM s_opportunities o JOIN ids USING (lead_id)) s
    FULL JOIN (SELECT * FROM i_opportunities WHERE lead_id IS NOT NULL) i ON i.lead_id = s.id"""
    ((rows, same),) = compare(query)
    assert rows == same > 100


def test_business_with_customers_is_no_lead_s_outcome(compare):
    query = """SELECT count(*), count(*) FILTER (WHERE date_trunc('second', s.created_at) = i.created_at)
    FROM (SELECT * FROM s_opportunities WHERE lead_id IS NULL) s
    FULL JOIN (SELECT * FROM i_opportunities WHERE lead_id IS NULL) i USING (opportunity_id)"""
    ((rows, same),) = compare(query)
    assert rows == same > 0


def test_leads_of_one_account_stay_together_and_others_apart(compare):
    query = """SELECT count(DISTINCT s.account_id), count(DISTINCT i.account_id),
        count(DISTINCT (s.account_id, i.account_id)) FILTER (WHERE s.account_id IS NOT NULL),
        count(*) FILTER (WHERE (s.account_id IS NULL) <> (i.account_id IS NULL))
    FROM s_leads s JOIN ids USING (lead_id) JOIN i_leads i ON i.lead_id = id"""
    ((simulated, imported, together, apart),) = compare(query)
    assert simulated == imported == together
    assert apart == 0


@pytest.mark.parametrize("name", ["title", "industry", "employees", "annual_revenue"])
def test_values_a_day_after_creation_are_those_of_the_market(compare, name):
    query = f"""WITH wanted AS (SELECT id, arg_max(a.value, a.known_at) AS value
        FROM s_leads l JOIN ids USING (lead_id) JOIN s_attributes a ON a.name = '{name}'
            AND a.known_at < l.created_at + INTERVAL 1 DAY
            AND a.entity_id = CASE a.entity WHEN 'lead' THEN l.lead_id ELSE l.account_id END GROUP BY id),
    found AS (SELECT lead_id AS id, arg_max(a.value, a.known_at) AS value
        FROM i_leads l JOIN i_attributes a ON a.name = '{name}' AND a.entity_id = l.lead_id
            AND a.known_at < l.created_at + INTERVAL 1 DAY GROUP BY id)
    SELECT count(*), count(*) FILTER (WHERE w.value IS DISTINCT FROM f.value)
    FROM wanted w LEFT JOIN found f USING (id)"""
    ((rows, different),) = compare(query)
    assert rows > 500
    assert different == 0


def test_fetched_month_by_month_nothing_is_hidden(whole):
    text = "\n".join(whole.manifest.notes)
    assert "begin later" not in text
    assert "No activity of any type" not in text
    first = min(whole.observed_from.values())
    # Rare kinds may come late; what is daily business is observed from the market's first weeks on.
    assert whole.observed_from["visit_webpage"] - first < 7 * 86_400_000_000
    assert not {"title", "industry", "employees"} & set(whole.manifest.current_only)
    assert "country" in whole.manifest.current_only


def test_a_cliff_is_found_for_each_type_that_is_deleted_early(late):
    found = late.observed_from
    assert {kind for kind, moment in found.items() if moment >= CLIFF} == SHORT
    (note,) = [note for note in late.manifest.notes if "begin later than New Lead" in note]
    for name in ("Visit Webpage", "Send Email", "Email Delivered", "Change Data Value", "Change Score"):
        assert f"{name} from 2026-04-02 (after 90 days;" in note
    assert "Open Email" not in note
    older = late.rows("SELECT count(*) FROM leads WHERE created_at < '2026-04-02'")[0][0]
    assert f"{older:,} leads are older" in note
    (advice,) = [note for note in late.manifest.notes if "--leave-out" in note]
    assert '--leave-out "Visit Webpage"' in advice
    assert "Change Data Value" not in advice


def test_windows_before_a_cliff_are_unknown_and_not_zero(late):
    first = late.rows("""SELECT epoch_us(min("at")) FROM events WHERE kind = 'visit_webpage'""")[0][0]
    assert late.observed_from["visit_webpage"] >= CLIFF
    # Anybody's first visit on file may be a stranger's, so it is never later than that of a lead.
    assert late.observed_from["visit_webpage"] <= first


def test_a_missing_month_hides_what_was_before_for_every_type(late):
    (note,) = [note for note in late.manifest.notes if "No activity of any type" in note]
    assert "from 2024-08-02 to 2024-0" in note
    assert all(moment >= parse_moment("2024-09-01") for moment in late.observed_from.values())


def test_the_25_month_cliff_is_found_too(market, tmp_path):
    # The market is 24 months long; what the vendor does after 25 is done here after 13.
    write_marketo_export(market, tmp_path / "export", kept_days=(90, 395), missing=())
    dataset = import_marketo(tmp_path / "export", tmp_path / "data")
    cliff = parse_moment("2026-07-01") - 395 * 86_400_000_000
    assert all(moment >= cliff for moment in dataset.observed_from.values())
    (note,) = [note for note in dataset.manifest.notes if "begin later than New Lead" in note]
    assert "Open Email from 2025-06-" in note
    assert "Fill Out Form from 2025-06-" in note


def test_without_history_attributes_are_marked_as_of_the_export(late):
    assert {"title", "industry", "employees", "annual_revenue", "country"} <= set(late.manifest.current_only)


def test_what_a_merged_lead_did_is_known_from_the_merge_on(late, whole, market):
    moved = whole.rows("""SELECT count(*), count(DISTINCT lead_id) FROM events WHERE known_at > "at" """)[0]
    assert moved[0] > 10
    assert moved[1] > 3
    notes = "\n".join(whole.manifest.notes)
    assert f"known for the lead that is left from then on: {moved[0]}." in notes


def test_strangers_are_left_out_and_counted(whole):
    skipped = whole.manifest.skipped
    assert skipped["anonymous visitors"] == round(LEADS * 0.05)
    assert skipped["deleted leads, whose outcome nobody can tell"] == np.ceil(round(LEADS * 0.01) / 2)
    assert skipped["activities of the unknown type 100099"] == LEADS / 50


def test_the_routes_to_the_label_disagree_and_the_report_counts_it(whole, market):
    (note,) = [note for note in whole.manifest.notes if "by their role in one" in note]
    assert f"Leads with an opportunity: {np.isfinite(market.opportunity).sum()} by their role" in note
    assert "leads more, without a role, which do not count as positive" in note
