"""Every trap of a real export is there, and what can be recovered from it is what the market holds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.simulation.parameters import KINDS

EXTRACT = pd.Timestamp("2026-07-01", tz="UTC")


def _short(ids):
    return ids.str[:15]


def test_every_object_has_its_file(export):
    assert set(export) == {
        "Lead", "LeadHistory", "Account", "Contact", "Opportunity", "OpportunityContactRole", "Campaign",
        "CampaignMember", "Task", "Event",
    }  # fmt: skip
    assert "AccountId" not in export["Lead"]
    assert all(frame["Id"].is_unique and (frame["Id"].str.len() == 18).all() for frame in export.values())


def test_converted_leads_come_with_and_without_an_opportunity(export):
    lead = export["Lead"]
    converted = lead["IsConverted"] == "true"

    assert lead.loc[converted, "ConvertedContactId"].notna().all()
    assert lead.loc[converted, "ConvertedAccountId"].isin(export["Account"]["Id"]).all()
    assert lead.loc[~converted, "ConvertedOpportunityId"].isna().all()
    assert 0.1 < lead.loc[converted, "ConvertedOpportunityId"].isna().mean() < 0.6


def test_every_lead_led_opportunity_is_found_through_the_lead_or_the_contact(export, market):
    lead, roles = export["Lead"], export["OpportunityContactRole"]
    direct = set(_short(lead["ConvertedOpportunityId"].dropna()))
    attached = set(roles["OpportunityId"]) - direct
    new = export["Opportunity"].query("Type == 'New Business'")

    assert len(attached) > 50
    assert direct | attached == set(_short(new["Id"]))
    assert len(new) == np.isfinite(market.opportunity).sum()
    assert (export["Opportunity"]["Type"] == "Existing Business").sum() == len(market.other_business)


def test_attached_opportunities_follow_the_conversion(export):
    lead, roles = export["Lead"], export["OpportunityContactRole"]
    found = roles.merge(lead.assign(ContactId=_short(lead["ConvertedContactId"])), on="ContactId")
    later = found[found["ConvertedOpportunityId"].isna()]

    assert (later["ConvertedDate"] <= later["CreatedDate_x"].str[:10]).all()


def test_conversion_moves_activities_and_members_to_the_contact(export):
    converted = export["Lead"].query("IsConverted == 'true'")
    contacts = set(converted["ConvertedContactId"])
    for name in ("Task", "Event"):
        who = export[name]["WhoId"]
        assert not who.isin(converted["Id"]).any()
        assert who.str[:3].isin(["00Q", "003"]).all()
        assert who[who.str.startswith("003")].isin(contacts).all()
    member = export["CampaignMember"]
    assert (member["LeadId"].isna() != member["ContactId"].isna()).all()
    assert not member["LeadId"].isin(_short(converted["Id"])).any()
    born = dict(zip(converted["ConvertedContactId"], converted["ConvertedDate"], strict=True))
    task = export["Task"]
    moved = task[task["WhoId"].isin(contacts)]
    assert (moved["CreatedDate"].str[:10] < moved["WhoId"].map(born)).mean() > 0.3


def test_activities_are_the_markets_events(export, market):
    done = export["Task"].query("IsClosed == 'true'")
    kinds = done["Type"].str.lower().str.replace(" ", "_").value_counts()
    for kind in (
        "web_visit",
        "pricing_page_visit",
        "email_open",
        "email_click",
        "content_download",
        "call",
        "email",
    ):
        assert kinds[kind] == (market.events.kind == KINDS.index(kind)).sum()
    assert len(export["Event"]) == (market.events.kind == KINDS.index("meeting")).sum()
    member = export["CampaignMember"].merge(
        export["Campaign"].assign(CampaignId=_short(export["Campaign"]["Id"])), on="CampaignId"
    )
    assert set(member["Type"]) == {"Webinar", "Trade Show", "Demo Request"}
    assert len(member) == len(export["CampaignMember"])


def test_a_campaign_member_is_one_pair_once(export):
    assert not export["CampaignMember"].duplicated(["CampaignId", "LeadId", "ContactId"]).any()


def test_dates_without_time_and_due_dates_in_the_future(export):
    for name, column in (
        ("Lead", "ConvertedDate"),
        ("Lead", "LastActivityDate"),
        ("CampaignMember", "FirstRespondedDate"),
        ("Task", "ActivityDate"),
    ):
        assert export[name][column].dropna().str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()
    task = export["Task"]
    waiting = task[task["IsClosed"] == "false"]
    assert len(waiting) > 50
    assert waiting["CompletedDateTime"].isna().all()
    assert (waiting["ActivityDate"] > "2026-07-01").any()
    assert (task["ActivityDate"] != task["CreatedDate"].str[:10]).any()


def test_moments_are_written_as_data_loader_does_and_none_lies_after_the_export(export):
    for frame in export.values():
        created = frame["CreatedDate"]
        assert created.str.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+0000").all()
        assert (pd.to_datetime(created) <= EXTRACT).all()


def test_ids_come_in_both_lengths(export):
    assert (export["CampaignMember"]["CampaignId"].str.len() == 15).all()
    assert (export["OpportunityContactRole"]["ContactId"].str.len() == 15).all()
    assert (export["Task"]["WhoId"].str.len() == 18).all()


def test_a_few_leads_were_merged_into_others(export):
    lead = export["Lead"]
    lost = lead[lead["IsDeleted"] == "true"]

    assert 20 < len(lost) < 200
    assert lost["MasterRecordId"].isin(lead.loc[lead["IsDeleted"] == "false", "Id"]).all()


def test_status_and_rating_give_the_outcome_away(export):
    lead = export["Lead"]
    has_one = lead["ConvertedOpportunityId"].notna()

    assert (lead.loc[has_one, "Status"] == "Closed - Converted").all()
    assert (lead.loc[has_one, "Rating"] == "Hot").mean() > 0.8
    assert (lead.loc[~has_one, "Rating"] == "Hot").mean() < 0.1


def test_history_leads_to_the_values_on_the_lead(export):
    lead, history = export["Lead"].set_index("Id"), export["LeadHistory"]
    born = pd.to_datetime(lead["CreatedDate"])
    changed = history[history["Field"].isin(["Title", "NumberOfEmployees", "AnnualRevenue", "Industry"])]
    last = changed.sort_values("CreatedDate", kind="stable").groupby(["LeadId", "Field"])["NewValue"].last()

    assert set(changed["Field"]) == {"Title", "NumberOfEmployees", "AnnualRevenue", "Industry"}
    assert (pd.to_datetime(history["CreatedDate"]).to_numpy() >= history["LeadId"].map(born).to_numpy()).all()
    for field in ("Title", "NumberOfEmployees", "AnnualRevenue", "Industry"):
        values = last.xs(field, level="Field")
        assert (lead.loc[values.index, field] == values).all()


def test_accounts_can_be_told_by_domain_but_not_free_mail(export, market):
    lead = export["Lead"].query("IsDeleted == 'false'").reset_index(drop=True)
    domain = lead["Email"].str.split("@").str[1]
    account = market.people.account

    known = account >= 0
    assert (
        pd.DataFrame({"domain": domain[known], "account": account[known]}).drop_duplicates()["account"].is_unique
    )
    assert domain[known].nunique() == len(np.unique(account[known]))
    assert (lead.loc[~known, "Company"].isna() | (lead.loc[~known, "Company"] == "n/a")).any()
    assert lead.loc[~known, "Website"].isna().all()
