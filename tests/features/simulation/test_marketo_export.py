"""The Marketo export has the vendor's own shape, as the field lists give it, and every trap of real ones."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pandas as pd
import pytest

from features.simulation import simulate_market
from features.simulation.marketo_export import write_marketo_export
from features.simulation.marketo_types import MERGE, NEW_LEAD, SHORT_KEPT, UNKNOWN_TYPE

# From the field lists: REST names of a lead, and the header of a bulk activity extract.
LEAD_FIELDS = (
    *(
        "id",
        "email",
        "company",
        "industry",
        "annualRevenue",
        "numberOfEmployees",
        "title",
        "leadRole",
        "department",
    ),
    *("leadSource", "leadStatus", "rating", "sicCode", "website", "city", "state", "country", "inferredCompany"),
    *("inferredCountry", "unsubscribed", "emailInvalid", "isAnonymous", "createdAt", "updatedAt", "leadScore"),
    *("relativeScore", "urgency", "priority"),
)
ACTIVITY_HEADER = (
    "marketoGUID,leadId,activityDate,activityTypeId,campaignId,primaryAttributeValueId,"
    "primaryAttributeValue,attributes"
)
CONFIRMED = {
    1: "Visit Webpage", 2: "Fill Out Form", 6: "Send Email", 9: "Unsubscribe Email", 10: "Open Email",
    11: "Click Email", 13: "Change Data Value", 29: "Delete Lead", 32: "Merge Leads",
}  # fmt: skip


@pytest.fixture(scope="module")
def market():
    return simulate_market(2000, 5)


@pytest.fixture(scope="module")
def folder(market, tmp_path_factory):
    folder = tmp_path_factory.mktemp("marketo")
    write_marketo_export(market, folder)
    return folder


def read(folder, name):
    # Nothing is guessed: "null" stays the text that the vendor writes.
    files = sorted(folder.glob(f"{name}*.csv"))
    frames = [pd.read_csv(file, dtype=str, keep_default_na=False).assign(file=file.name) for file in files]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def activities(folder):
    return read(folder, "activities_")


@pytest.fixture(scope="module")
def leads(folder):
    return read(folder, "leads_")


def test_leads_have_the_fields_of_the_vendor(leads):
    assert set(leads.columns) - {"file"} == set(LEAD_FIELDS)
    assert leads["createdAt"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()


def test_activity_files_have_the_vendors_header_and_json_in_a_cell(folder, activities):
    files = sorted(folder.glob("activities_*.csv"))
    assert {file.read_text(encoding="utf-8").split("\n", 1)[0] for file in files} == {ACTIVITY_HEADER}
    assert activities["activityDate"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()
    cells = activities.loc[activities["attributes"] != "null", "attributes"]
    assert len(cells) > 1000
    assert cells.map(lambda cell: isinstance(json.loads(cell), dict)).all()
    with files[-1].open(encoding="utf-8", newline="") as file:
        assert {len(row) for row in csv.reader(file)} == {8}


def test_the_types_file_has_the_vendors_shape_and_its_confirmed_ids(folder):
    answer = json.loads((folder / "activity_types.json").read_text(encoding="utf-8"))
    names = {each["id"]: each["name"] for each in answer["result"]}
    assert answer["success"] is True
    assert names.items() >= CONFIRMED.items()
    assert UNKNOWN_TYPE not in names
    assert all(set(each) >= {"id", "name", "primaryAttribute", "attributes"} for each in answer["result"])


def test_a_file_is_no_longer_than_the_vendor_allows(activities):
    when = pd.to_datetime(activities["activityDate"])
    span = when.groupby(activities["file"]).agg(lambda times: times.max() - times.min())
    assert span.max() <= pd.Timedelta(days=32)


def test_months_overlap_by_a_day_and_one_is_missing(activities):
    assert activities["marketoGUID"].duplicated().sum() > 100
    months = {re.sub(r"\D+$", "", name.removeprefix("activities_")) for name in activities["file"]}
    assert len(months) == 23
    assert "2024-08" not in months
    once = activities.drop(columns="file").drop_duplicates()
    assert once["marketoGUID"].is_unique


def test_what_is_deleted_early_is_gone_and_new_leads_stay(activities):
    when, number = pd.to_datetime(activities["activityDate"]), activities["activityTypeId"].astype(int)
    first = when.groupby(number).min()
    cliff = pd.Timestamp("2026-07-01", tz="UTC") - pd.Timedelta(days=90)
    present = [each for each in SHORT_KEPT if each in first.index]
    assert len(present) == 5
    assert (first[present] >= cliff).all()
    assert (first[present] < cliff + pd.Timedelta(days=2)).all()
    assert first[NEW_LEAD] < pd.Timestamp("2024-08-01", tz="UTC")


def test_strangers_are_among_the_leads(leads, activities):
    anonymous = leads[leads["isAnonymous"] == "true"]
    assert len(anonymous) == 100
    assert (anonymous["email"] == "null").all()
    merges = activities[activities["activityTypeId"] == str(MERGE)]
    lost = {json.loads(cell)["Merge IDs"].strip("[]") for cell in merges["attributes"]}
    assert len(lost & set(leads["id"])) > 5
    assert len(lost & set(activities["leadId"])) > 5
    assert not lost & set(merges["leadId"])


def test_the_guess_at_the_company_would_join_strangers(leads):
    known = leads[leads["isAnonymous"] == "false"]
    by_guess = known[known["inferredCompany"] == "Comcast Cable"]["email"].str.split("@").str[1]
    assert by_guess.nunique() > 100


def test_points_and_rating_give_the_outcome_away(leads, folder, market):
    roles = pd.read_csv(folder / "opportunity_roles.csv", dtype=str)
    deals = pd.read_csv(folder / "opportunities.csv", dtype=str)
    new = set(roles.merge(deals[deals["type"] == "New Business"], on="externalOpportunityId")["leadId"])
    assert len(new) == np.isfinite(market.opportunity).sum()
    known = leads[leads["isAnonymous"] == "false"]
    score = known["leadScore"].astype(float)
    assert score[known["id"].isin(new)].mean() > 2 * score[~known["id"].isin(new)].mean()
    assert (known.loc[known["id"].isin(new), "rating"] == "Hot").mean() > 0.8


def test_the_same_market_gives_the_same_bytes(market, folder, tmp_path):
    for file in write_marketo_export(market, tmp_path / "again"):
        assert file.read_bytes() == (folder / file.name).read_bytes()
