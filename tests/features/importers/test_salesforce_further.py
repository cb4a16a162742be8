"""What a Salesforce export says between the lines: statuses, merges, e-mails, other routes to an opportunity."""

# ruff: noqa: E501 - a line is a row

from __future__ import annotations

import pytest

from features.errors import DataError
from tests.features.importers.salesforce_files import FILES, contact, deal, lead
from tests.features.importers.test_salesforce import rows, run


def notes(dataset):
    return "\n".join(dataset.manifest.notes)


def with_columns(name, **columns):
    """Give a file further columns: a value per line."""
    head, *lines = FILES[name].splitlines()
    for column, values in columns.items():
        head += f",{column}"
        lines = [f"{line},{value}" for line, value in zip(lines, values, strict=True)]
    return {**FILES, name: "\n".join([head, *lines]) + "\n"}


def test_what_a_merged_lead_did_is_known_only_from_the_merge_on(tmp_path):
    # Lead 3 was merged into lead 2 in March; its meeting in January keeps its time.
    files = with_columns("Lead.csv", SystemModstamp=["", "", "2025-03-10T10:00:00.000Z", "", "", ""])
    visit = f"t9,{lead(3)},Demo,,Completed,true,,2025-01-20T10:00:00.000Z,,\n"
    dataset = run(tmp_path, {**files, "Task.csv": FILES["Task.csv"] + visit})
    query = """SELECT lead_id, strftime("at", '%m-%d'), strftime(known_at, '%m-%d %H') FROM events
    WHERE event_id = 'task:t9'"""
    assert rows(dataset, query) == [(lead(2), "01-20", "03-10 10")]
    assert "merged away: known of 1. Of the other 0" in notes(dataset)


def test_a_campaign_status_counts_from_when_it_is_known(tmp_path):
    members = f"""Id,CampaignId,LeadId,ContactId,Status,HasResponded,FirstRespondedDate,CreatedDate,LastModifiedDate
n1,c1,{lead(2)},,Attended,true,2025-02-03,2025-02-01T00:00:00.000Z,2025-02-03T18:00:00.000Z
n2,c2,{lead(2)},,Attended,true,2025-02-03,2025-02-01T00:00:00.000Z,2025-03-05T18:00:00.000Z
n3,c3,{lead(2)},,Registered,true,2025-02-03,2025-02-01T00:00:00.000Z,
n4,c4,{lead(2)},,Sent,false,,2025-02-01T00:00:00.000Z,2025-02-03T18:00:00.000Z
,c5,{lead(2)},,Responded,true,2025-02-03,2025-02-01T00:00:00.000Z,2025-02-03T18:00:00.000Z
"""
    dataset = run(tmp_path, {**FILES, "CampaignMember.csv": members})
    query = """SELECT event_id, kind, strftime("at", '%m-%d %H'), strftime(known_at, '%m-%d %H') FROM events
    WHERE event_id LIKE 'status:%' ORDER BY 1"""
    assert rows(dataset, query) == [
        ("status:n1", "campaign_attended", "02-03 23", "02-03 23"),
        ("status:n2", "campaign_attended", "02-03 23", "03-05 18"),
    ]
    assert "1 in force since the day of the response; 1 known only" in notes(dataset)
    # A member without an id is known by campaign and person, wherever it stands in the next export.
    assert rows(dataset, "SELECT count(*) FROM events WHERE event_id LIKE 'member:c5%:00Q%'") == [(1,)]


def test_emails_by_lead_or_address_and_not_twice(tmp_path):
    emails = f"""Id,RelatedToId,ActivityId,FromAddress,ToAddress,Incoming,MessageDate,FirstOpenedDate
x1,{lead(2)},,us@we.com,any@one.com,false,2025-02-10T10:00:00.000Z,2025-02-11T10:00:00.000Z
x2,,,Eve@Acme.com,us@we.com,true,2025-02-12T10:00:00.000Z,
x3,{lead(2)},t2,us@we.com,bob@gmail.com,false,2025-02-13T10:00:00.000Z,
x4,,,stranger@x.org,us@we.com,true,2025-02-12T10:00:00.000Z,
"""
    dataset = run(tmp_path, {**FILES, "EmailMessage.csv": emails})
    query = "SELECT event_id, lead_id, kind FROM events WHERE channel = 'email' ORDER BY 1"
    assert rows(dataset, query) == [
        ("email:x1", lead(2), "email_sent"),
        ("email:x1:open", lead(2), "email_opened"),
        ("email:x2", lead(5), "email_received"),
    ]
    assert dataset.manifest.skipped["e-mails that have a task"] == 1
    assert dataset.manifest.skipped["e-mails of people who are not leads"] == 1


def test_a_status_that_means_converted_counts_from_its_stamp(tmp_path):
    history = FILES["LeadHistory.csv"] + f"8,{lead(2)},Status,Working,Won by phone,2025-04-01T10:00:00.000Z\n"
    leads = FILES["Lead.csv"].replace(",Working,", ",Won by phone,")
    extra = f"{lead(7)},false,,Zeta,z@zeta.com,,,,,2025-01-16T09:00:00.000Z,false,,,,,Won by phone,x,,\n"
    files = {**FILES, "Lead.csv": leads + extra, "LeadHistory.csv": history}
    dataset = run(tmp_path, files, converted_status=("won by Phone",))
    found = rows(
        dataset,
        f"SELECT opportunity_id, strftime(created_at, '%m-%d %H') FROM opportunities WHERE lead_id = '{lead(2)}'",
    )
    assert found == [(f"status:{lead(2)}", "04-01 10")]
    # Lead 7 has the status and no stamp: neither positive nor negative.
    assert rows(dataset, f"SELECT count(*) FROM leads WHERE lead_id = '{lead(7)}'") == [(0,)]
    assert dataset.manifest.skipped["leads of a converted status without its time"] == 1
    with pytest.raises(DataError, match="no lead has the status 'Won by fone'; did you mean 'Won by phone'"):
        run(tmp_path, files, converted_status=("Won by fone",))


def test_blank_ids_elsewhere_do_not_hide_a_converted_status(tmp_path):
    # A stamp of nobody, and a lead without an id that has an opportunity; lead 2 has a stamp, lead 7 has none.
    won = "Status,Working,Won by phone,2025-04-01T10:00:00.000Z\n"
    leads = FILES["Lead.csv"].replace(",Working,", ",Won by phone,")
    leads += f"{lead(7)},false,,Zeta,z@zeta.com,,,,,2025-01-16T09:00:00.000Z,false,,,,,Won by phone,x,,\n"
    leads += f",false,,Eta,y@eta.com,,,,,2025-01-17T09:00:00.000Z,true,2025-03-01,{deal(4)},,001Z,Qualified,x,,\n"
    history = FILES["LeadHistory.csv"] + f"8,{lead(2)},{won}9,,{won}"
    files = {**FILES, "Lead.csv": leads, "LeadHistory.csv": history}
    dataset = run(tmp_path, files, converted_status=("Won by phone",))
    assert dataset.manifest.skipped["leads of a converted status without its time"] == 1
    assert rows(dataset, f"SELECT opportunity_id FROM opportunities WHERE lead_id = '{lead(2)}'") == [
        (f"status:{lead(2)}",)
    ]
    assert "Converted leads without one: 1;" in notes(dataset)
    # The lead itself with its company and status, and the opportunity of an account that no lead is left of.
    assert dataset.manifest.rejected == {"leads": 1, "attributes": 2, "opportunities": 1}


def test_other_routes_and_days_are_counted(tmp_path):
    more = f"{deal(8)},001B,New Business,2025-03-20T10:00:00.000Z,,false,false,\n"
    leads = FILES["Lead.csv"].replace("true,2025-02-01", "true,2025-01-25")
    dataset = run(tmp_path, {**FILES, "Opportunity.csv": FILES["Opportunity.csv"] + more, "Lead.csv": leads})
    # Leads 1 and 5 of account 001A have theirs; lead 6 of 001B has none of its own.
    assert "Converted leads whose account has a later opportunity: 3; 1 have none by the other routes" in notes(
        dataset
    )
    assert "more than a day from their lead's ConvertedDate: 1 of 1" in notes(dataset)


def test_the_report_counts_rows_by_month_and_activity_before_outcomes(tmp_path):
    dataset = run(tmp_path)
    rows_read = dataset.manifest.report["rows"]
    assert rows_read["Lead"]["rows"] == 6
    assert rows_read["Lead"]["months"] == {"2025-01": 6}
    assert rows_read["LeadHistory"]["gaps"] == []
    assert rows_read["Opportunity"]["repeated"] == 0
    before = dataset.manifest.report["activity_before_outcome"]
    assert before["days"] == 30
    assert before["leads_with_opportunity"]["leads"] == 2
    assert before["leads_with_opportunity"]["events_per_lead"] > 0
    assert before["leads_with_opportunity"]["events_per_lead_by_lead_id_alone"] == 0
    assert "(0.00 by the lead's id alone)" in notes(dataset)


def test_a_later_export_merges(tmp_path):
    first = run(tmp_path)
    again = run(tmp_path, merge=True)
    assert again.manifest == first.manifest
    titled = FILES["Lead.csv"].replace(",CEO,Tech,", ",CEO,Banking,").replace("2025-06-30T12", "2025-07-31T12")
    later = run(tmp_path, {**FILES, "Lead.csv": titled}, merge=True)
    query = f"""SELECT value, strftime(known_at, '%m-%d') FROM attributes
    WHERE name = 'industry' AND entity_id = '{lead(1)}' ORDER BY known_at"""
    assert rows(later, query) == [("Tech", "01-10"), ("Banking", "07-31")]
    assert later.manifest.history_from["industry"] == "2025-06-30T12:00:00Z"
    assert contact(1) not in str(rows(later, "SELECT lead_id FROM events"))


def test_rejections_of_leads_that_are_not_there_are_counted(tmp_path):
    history = FILES["LeadHistory.csv"] + f"8,{lead(4)},Status,Open,Unqualified,2025-04-01T10:00:00.000Z\n"
    dataset = run(tmp_path, FILES | {"LeadHistory.csv": history})
    assert dataset.manifest.skipped["rejections of deleted, merged or unknown leads"] == 1
    assert dataset.manifest.counts["verdicts"] == 1
