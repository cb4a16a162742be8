"""Every trap of a real HubSpot export is there, and columns are those that the vendor names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.simulation.hubspot_export import write_hubspot_export
from features.simulation.parameters import KINDS

EXTRACT = pd.Timestamp("2026-07-01", tz="UTC")


@pytest.fixture(scope="module")
def hubspot(market, tmp_path_factory):
    files = write_hubspot_export(market, tmp_path_factory.mktemp("hubspot"))
    return {file.stem: pd.read_csv(file, dtype=str) for file in files if file.suffix == ".csv"}


@pytest.fixture(scope="module")
def contacts(hubspot):
    return hubspot["contacts"].query("archived == 'false'").set_index("hs_object_id")


def test_every_object_has_its_files(hubspot):
    assert set(hubspot) == {
        "contacts", "contact_property_history", "companies", "company_property_history", "deals", "deal_pipelines",
        "deal_contact", "deal_company", "form_submissions", "email_events_1", "email_events_2", "engagements",
        "engagement_contact",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("file", "columns"),
    [
        (
            "contacts",
            "hs_object_id createdate lastmodifieddate email jobtitle company industry numemployees country "
            "associatedcompanyid lifecyclestage hs_lifecyclestage_lead_date hs_lifecyclestage_opportunity_date "
            "hs_lifecyclestage_salesqualifiedlead_date hs_lifecyclestage_customer_date first_deal_created_date "
            "num_associated_deals hs_analytics_source hs_latest_source hs_analytics_num_page_views "
            "hs_analytics_num_visits hs_analytics_first_timestamp hs_analytics_last_timestamp "
            "num_conversion_events first_conversion_date recent_conversion_date hs_sales_email_last_opened "
            "notes_last_contacted hs_predictivecontactscore_v2 hubspotscore hs_calculated_merged_vids "
            "hs_merged_object_ids",
        ),
        ("contact_property_history", "contact_id name value source source_id timestamp"),
        ("company_property_history", "company_id name value source source_id timestamp"),
        ("companies", "domain industry annualrevenue numberofemployees country"),
        ("deals", "createdate dealstage pipeline amount closedate"),
        ("form_submissions", "contact_id form_id timestamp page_url title"),
        ("email_events_1", "type created recipient email_campaign_id"),
        ("engagements", "type timestamp"),
    ],
)
def test_columns_as_the_vendor_names_them(hubspot, file, columns):
    assert set(columns.split()) <= set(hubspot[file].columns)


def test_ids_are_one_to_a_record(hubspot):
    for name in ("contacts", "companies", "deals"):
        assert hubspot[name]["hs_object_id"].is_unique
    assert hubspot["engagements"]["id"].is_unique


def test_stage_dates_were_cleared_and_set_by_hand(contacts, market):
    has_deal = contacts["first_deal_created_date"].notna()
    dated = contacts["hs_lifecyclestage_opportunity_date"].notna()

    assert has_deal.sum() == np.isfinite(market.opportunity).sum()
    assert 0.05 < (~dated[has_deal]).mean() < 0.5
    assert (dated & ~has_deal).sum() > 10


def test_the_history_still_has_what_was_cleared(hubspot, contacts):
    history = hubspot["contact_property_history"]
    reached = history.query("name == 'lifecyclestage' and value == 'opportunity'")["contact_id"]
    assert set(contacts.index[contacts["first_deal_created_date"].notna()]) <= set(reached)


def test_history_leads_to_the_values_on_record(hubspot, contacts):
    history = hubspot["contact_property_history"].sort_values("timestamp", kind="stable")
    last = history.groupby(["contact_id", "name"])["value"].last()
    for field in ("jobtitle", "lifecyclestage", "hs_lead_status", "country", "lead_source"):
        values = last.xs(field, level="name")
        assert (contacts.loc[values.index, field] == values).all()
        assert contacts[field].notna().sum() == len(values)
    emails = last.xs("email", level="name")
    assert (contacts.loc[emails.index, "email"].str.lower() == emails).all()
    assert (contacts["email"] != contacts["email"].str.lower()).any()


def test_scores_and_counters_give_the_outcome_away(contacts):
    has_deal = contacts["first_deal_created_date"].notna()
    score = contacts["hubspotscore"].astype(float)
    assert score[has_deal].mean() > score[~has_deal].mean() + 30
    assert contacts["hs_analytics_num_page_views"].astype(float).sum() > 0


def test_some_contacts_were_merged_and_some_of_them_without_a_time(hubspot, contacts):
    lost = contacts["hs_merged_object_ids"].dropna()
    timed = contacts["hs_calculated_merged_vids"].dropna()
    assert 20 < len(lost) < 200
    assert not lost.isin(hubspot["contacts"]["hs_object_id"]).any()
    assert timed.str.fullmatch(r"\d+:\d{13}").all()
    assert 0.4 < len(timed) / len(lost) < 0.9
    assert hubspot["form_submissions"]["contact_id"].isin(lost).any()
    assert hubspot["deal_contact"]["contact_id"].isin(lost).any()


def test_mail_goes_to_addresses_that_change_and_to_strangers(hubspot, contacts):
    mails = pd.concat([hubspot["email_events_1"], hubspot["email_events_2"]])
    present = set(contacts["email"].str.lower())
    former = set(hubspot["contact_property_history"].query("name == 'email'")["value"]) - present
    assert mails["recipient"].isin(former).sum() > 100
    assert (~mails["recipient"].isin(present | former)).sum() > 100
    assert mails["id"].duplicated().sum() > 0
    assert (mails["filtered_event"] == "true").sum() > 0


def test_events_are_the_markets_but_for_page_visits(hubspot, market):
    kinds = pd.Series(market.events.kind).value_counts()
    mails = pd.concat([hubspot["email_events_1"], hubspot["email_events_2"]]).drop_duplicates("id")
    mails = mails[(mails["filtered_event"] == "false") & ~mails["id"].str.startswith("gone")][
        "type"
    ].value_counts()
    assert mails["OPEN"] == kinds[KINDS.index("email_open")]
    assert mails["CLICK"] == kinds[KINDS.index("email_click")]
    forms = ("content_download", "form_submit", "demo_request", "webinar", "trade_show")
    assert len(hubspot["form_submissions"]) == sum(kinds[KINDS.index(kind)] for kind in forms)
    assert (hubspot["engagements"]["type"] == "CALL").sum() == kinds[KINDS.index("call")]


def test_tasks_are_due_and_meetings_planned_after_the_export(hubspot):
    engagements = hubspot["engagements"]
    waiting = engagements.query("type == 'TASK' and status == 'NOT_STARTED'")
    assert len(waiting) > 20
    assert (pd.to_datetime(waiting["timestamp"]) > EXTRACT).all()
    assert (pd.to_datetime(engagements["createdate"]) <= EXTRACT).all()
    planned = engagements.query("type == 'MEETING'")
    assert (pd.to_datetime(planned["timestamp"]) > EXTRACT).any()


def test_renewals_and_upsells_stand_among_the_deals(hubspot, market):
    deals = hubspot["deals"]
    renewal = deals["pipeline"] == "75893"
    upsell = ~renewal & (deals["dealtype"] == "existingbusiness")
    assert renewal.sum() > 10
    assert upsell.sum() > 10
    assert renewal.sum() + upsell.sum() == len(market.other_business)
    # A renewal has a contact, whose outcome it is not.
    assert deals.loc[renewal, "hs_object_id"].isin(hubspot["deal_contact"]["deal_id"]).all()


def test_moments_are_written_as_the_vendor_does(hubspot):
    for frame, column in (("contacts", "createdate"), ("deals", "createdate"), ("engagements", "timestamp")):
        assert hubspot[frame][column].str.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z").all()
    assert hubspot["deals"]["closedate"].str.fullmatch(r"\d{4}-\d{2}-\d{2}").any()


def test_company_and_contact_contradict_each_other_now_and_then(hubspot, contacts):
    companies = hubspot["companies"].set_index("hs_object_id")["industry"]
    both = contacts[contacts["industry"].notna() & contacts["associatedcompanyid"].notna()]
    theirs = both["associatedcompanyid"].map(companies).str.upper().str.replace(" ", "_")
    assert 0.05 < (theirs != both["industry"]).mean() < 0.5
    assert contacts["numemployees"].dropna().str.fullmatch(r"\d+-\d+|\d+\+").all()


def test_the_same_market_gives_the_same_bytes(market, tmp_path):
    one, other = (write_hubspot_export(market, tmp_path / name) for name in ("one", "other"))
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in other]
