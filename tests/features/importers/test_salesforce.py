"""The Salesforce importer on a tiny export, value by value."""

from __future__ import annotations

import re

import pytest

from features.errors import ConfigError, DataError
from features.importers import import_salesforce
from features.importers.salesforce.objects import SHAPE
from tests.features.importers.salesforce_files import FILES, contact, deal, lead, short


def write(folder, files):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    return folder


def run(tmp_path, files=FILES, **options):
    return import_salesforce(write(tmp_path / "export", files), tmp_path / "out", **options)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return run(tmp_path_factory.mktemp("salesforce"))


def rows(dataset, query):
    frame = dataset.query(query).astype(object)
    return list(frame.where(frame.notna(), None).itertuples(index=False, name=None))


def test_nothing_is_rejected(dataset):
    assert dataset.manifest.rejected == {}


def test_leads_left_after_merges_and_deletions(dataset):
    assert rows(dataset, "SELECT lead_id, account_id FROM leads ORDER BY 1") == [
        (lead(1), "domain:acme.com"),
        (lead(2), "domain:beta.io"),
        (lead(5), "domain:acme.com"),
        (lead(6), None),
    ]
    assert dataset.manifest.skipped["leads merged into another"] == 1
    assert dataset.manifest.skipped["deleted leads"] == 1


def test_opportunities_by_both_routes_and_of_accounts(dataset):
    found = rows(
        dataset,
        """SELECT opportunity_id, lead_id, account_id, strftime(created_at, '%m-%d %H'), amount, won
        FROM opportunities ORDER BY 1""",
    )
    assert found == [
        (deal(1), lead(1), "domain:acme.com", "02-01 10", 100.0, True),
        (deal(2), lead(5), "domain:acme.com", "03-05 10", 50.0, None),
        # A renewal is no lead's outcome, though a lead's contact has a role in it.
        (deal(3), None, "domain:acme.com", "04-05 10", 5.0, None),
    ]
    notes = "\n".join(dataset.manifest.notes)
    assert "1 by their conversion, 1 more by a role of their contact. Converted leads without one: 1;" in notes
    assert "New Business (2), New Customer (1); that do not: Renewal (1)" in notes
    assert dataset.manifest.skipped["opportunities of accounts without leads"] == 1


def test_a_deal_closed_on_the_day_of_the_export_is_closed_by_then(dataset):
    assert rows(dataset, "SELECT closed_at::VARCHAR FROM opportunities WHERE closed_at IS NOT NULL") == [
        ("2025-06-30 12:00:00+00",)
    ]


def test_events_of_leads_their_contacts_and_those_merged_into_them(dataset):
    query = """SELECT event_id, lead_id, kind, strftime("at", '%m-%d %H'), strftime(known_at, '%m-%d %H'), channel,
        value FROM events ORDER BY event_id"""
    assert rows(dataset, query) == [
        ("event:e1", lead(5), "meeting", "01-30 10", "01-30 10", "event", None),
        ("member:m1", lead(1), "web_seminar", "01-20 00", "01-20 00", "campaign", None),
        ("member:m2", lead(2), "campaign", "01-20 00", "01-20 00", "campaign", None),
        ("member:m3", lead(2), "web_seminar", "06-30 08", "06-30 08", "campaign", None),
        ("response:m1", lead(1), "web_seminar_responded", "01-22 23", "01-22 23", "campaign", None),
        # On the day of the export: known when it was made, not at that day's end.
        ("response:m3", lead(2), "web_seminar_responded", "06-30 12", "06-30 12", "campaign", None),
        # The day that a task is due says nothing of when it was done.
        ("task:t1", lead(1), "web_visit", "01-25 08", "01-25 08", "task", None),
        # Done on the 25th, written down on the 26th: known from then on.
        ("task:t2", lead(2), "call", "01-25 23", "01-26 08", "task", 60.0),
        ("task:t4", lead(2), "task", "01-27 08", "01-27 08", "task", None),
    ]
    skipped = dataset.manifest.skipped
    assert skipped["open tasks"] == 1
    assert skipped["tasks of people who are not leads"] == 1
    assert skipped["campaign members of people who are not leads"] == 1
    assert skipped["campaign responses without a date"] == 1
    assert skipped["meetings later than the export"] == 1
    assert (
        "lead's id: 4; by the id of the contact that it became: 4; by the id of a lead merged into it: 1."
        in "\n".join(dataset.manifest.notes)
    )


def test_attributes_as_they_stood(dataset):
    query = """SELECT value, strftime(known_at, '%m-%d') FROM attributes
    WHERE name = '{}' AND entity_id = '{}' ORDER BY 2"""
    assert rows(dataset, query.format("title", lead(2))) == [
        ("Engineer", "01-11"),
        ("VP", "02-01"),
        ("CTO", "03-01"),
    ]
    assert rows(dataset, query.format("title", lead(1))) == [("CEO", "01-10")]
    assert rows(dataset, query.format("email_kind", lead(2))) == [("free", "01-11")]
    assert rows(dataset, query.format("has_phone", lead(1))) == [("true", "01-10")]
    names = {row[0] for row in rows(dataset, "SELECT DISTINCT name FROM attributes")}
    assert names == {"title", "industry", "email_kind", "has_phone"}
    assert dataset.manifest.current_only == ["email_kind", "has_phone", "industry"]


def test_what_was_refused_and_left_is_told(dataset):
    notes = "\n".join(dataset.manifest.notes)
    assert "IsConverted, ConvertedDate" in notes
    assert "OwnerId (filled in by sales at work on the lead)" in notes
    assert "name them with --take if they help: Budget__c." in notes


def test_verdicts_from_the_history_of_status(dataset):
    assert rows(dataset, "SELECT lead_id, verdict, reason FROM verdicts") == [(lead(2), "rejected", "Unqualified")]


def test_custom_fields_on_request(tmp_path):
    dataset = run(tmp_path, take=("budget__C",))
    assert rows(dataset, "SELECT entity_id, value FROM attributes WHERE name = 'budget'") == [(lead(1), "10")]


@pytest.mark.parametrize(
    ("options", "error", "expected"),
    [
        ({"take": ("Status",)}, DataError, "Status cannot be taken: it tells the outcome"),
        ({"take": ("Budgt__c",)}, DataError, "has no column 'Budgt__c' to take; did you mean 'Budget__c'?"),
        ({"opportunity_types": ("New Busines",)}, DataError, "'New Busines'; did you mean 'New Business'?"),
        ({"observed_until": "June"}, ConfigError, "observed_until: 'June' is not a date or time"),
    ],
)
def test_options_that_cannot_be(tmp_path, options, error, expected):
    with pytest.raises(error) as caught:
        run(tmp_path, **options)
    assert expected in caught.value.message


def test_opportunity_types_by_name(tmp_path):
    dataset = run(tmp_path, opportunity_types=("Renewal",))
    found = rows(dataset, "SELECT opportunity_id, lead_id FROM opportunities WHERE lead_id IS NOT NULL")
    assert found == [(deal(3), lead(6))]


def test_only_leads(tmp_path):
    dataset = run(tmp_path, {"LEAD.CSV": FILES["Lead.csv"]})
    # No opportunity's own time is known, so each counts from the end of the day of conversion.
    assert rows(dataset, "SELECT opportunity_id, created_at::VARCHAR FROM opportunities") == [
        (deal(1), "2025-02-01 23:59:59.999999+00")
    ]
    notes = "\n".join(dataset.manifest.notes)
    for name in ("LeadHistory", "Opportunity", "CampaignMember", "Task", "Event"):
        assert f"{name}.csv is not in the export" in notes


def test_an_opportunity_of_two_leads_keeps_both(tmp_path):
    roles = FILES["OpportunityContactRole.csv"] + f"r4,{deal(2)},{contact(6)}\n"
    dataset = run(tmp_path, {**FILES, "OpportunityContactRole.csv": roles})
    found = rows(
        dataset, f"SELECT opportunity_id FROM opportunities WHERE opportunity_id LIKE '{deal(2)}%' ORDER BY 1"
    )
    assert found == [(f"{deal(2)}:{lead(5)}",), (f"{deal(2)}:{lead(6)}",)]
    assert any("Opportunities of more than one lead: 1, of 2 leads" in note for note in dataset.manifest.notes)


def test_a_contact_of_two_leads_shares_its_past_by_time(tmp_path):
    leads = FILES["Lead.csv"].replace(contact(5), contact(1))
    visits = "".join(
        f"v{number},{contact(1)},Visit,,Completed,true,,2025-01-{day}T00:00:00Z,,\n"
        for number, day in ((1, 12), (2, 16))
    )
    dataset = run(tmp_path, {**FILES, "Lead.csv": leads, "Task.csv": FILES["Task.csv"] + visits})
    found = rows(dataset, "SELECT event_id, lead_id FROM events WHERE kind = 'visit' ORDER BY 1")
    assert found == [("task:v1", lead(1)), ("task:v2", lead(5))]


def test_slices_of_one_object(tmp_path):
    head, *lines = FILES["Task.csv"].splitlines(keepends=True)
    sliced = {"Task_1.csv": head + "".join(lines[:2]), "Task_2.csv": head + "".join(lines[1:])}
    files = {name: content for name, content in FILES.items() if name != "Task.csv"}
    dataset = run(tmp_path, {**files, **sliced})
    # The slices overlap in t2, which is taken once.
    assert rows(dataset, "SELECT count(*) FROM events WHERE channel = 'task'") == [(3,)]
    assert dataset.manifest.rejected == {"events": 1}


def test_history_newer_than_the_record_is_counted(tmp_path):
    more = f"5,{lead(1)},Title,CEO,Chair,2025-03-01T00:00:00.000Z\n"
    dataset = run(tmp_path, {**FILES, "LeadHistory.csv": FILES["LeadHistory.csv"] + more})
    assert "Values on record that differ from the last change in the history: 1." in dataset.manifest.notes


def test_two_changes_at_one_moment(tmp_path):
    more = f"5,{lead(1)},Title,a,b,2025-03-01T00:00:00.000Z\n6,{lead(1)},Title,b,CEO,2025-03-01T00:00:00.000Z\n"
    dataset = run(tmp_path, {**FILES, "LeadHistory.csv": FILES["LeadHistory.csv"] + more})
    query = f"SELECT value FROM attributes WHERE name = 'title' AND entity_id = '{lead(1)}' ORDER BY known_at"
    assert rows(dataset, query) == [("a",), ("CEO",)]
    assert dataset.manifest.rejected == {}


def test_unreadable_values_are_rejected_as_they_came(tmp_path):
    bad = FILES["Task.csv"] + f"t9,{lead(2)},Call,,Completed,true,,yesterday,,x\n"
    dataset = run(tmp_path, {**FILES, "Task.csv": bad})
    assert dataset.manifest.rejected == {"events": 1}
    line = (dataset.path / "rejected" / "events.csv").read_text(encoding="utf-8").splitlines()[1]
    assert line.startswith("events,Task.csv,6,at,yesterday,is not a time")


def test_an_opportunity_without_an_id_is_rejected_whatever_its_account(tmp_path):
    # One of an account with leads, one of an account without.
    blank = "".join(
        f",{account},New Business,2025-04-07T10:00:00.000Z,,false,false,7\n" for account in ("001A", "001Z")
    )
    dataset = run(tmp_path, {**FILES, "Opportunity.csv": FILES["Opportunity.csv"] + blank})
    assert dataset.manifest.rejected == {"opportunities": 2}
    lines = (dataset.path / "rejected" / "opportunities.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [line.split(",")[1:6] for line in lines] == [
        ["Opportunity.csv", row, "opportunity_id", "", "is missing"] for row in ("5", "6")
    ]
    assert dataset.manifest.skipped["opportunities of accounts without leads"] == 1
    assert rows(dataset, "SELECT count(*) FROM opportunities") == [(3,)]


def test_malformed_lines_are_rejected(tmp_path):
    dataset = run(tmp_path, {**FILES, "Event.csv": FILES["Event.csv"] + "e9,only two\n"})
    assert dataset.manifest.rejected == {"events": 1}


def test_the_end_of_the_export_can_be_given(tmp_path):
    dataset = run(tmp_path, observed_until="2025-09-30")
    assert dataset.manifest.observed_until == "2025-09-30T23:59:59.999999Z"
    assert "meetings later than the export" not in dataset.manifest.skipped


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, "holds no Lead.csv; none are known", id="an empty folder"),
        pytest.param({"Leads.csv": "Id\n"}, "holds no Lead.csv; did you mean 'Leads.csv'?", id="another name"),
        pytest.param({"Lead.csv": ""}, "is empty; expected a header line", id="empty"),
        pytest.param({"Lead.csv": FILES["Lead.csv"].splitlines()[0] + "\n"}, "no usable row", id="header only"),
        pytest.param(
            {"Lead.csv": "Id,Created\n1,2\n"}, "has no column 'CreatedDate'; did you", id="column missing"
        ),
        pytest.param({"Lead.csv": b"Id\n\xfc\n"}, "line 2: b'\\xfc' is not utf-8", id="latin-1"),
        pytest.param({"Lead.csv": b"Id\n\x00\n"}, "holds a NUL byte", id="NUL byte"),
        pytest.param({"Lead.csv": "Id,Id\n1,2\n"}, "'Id' stands twice", id="a column twice"),
        pytest.param({**FILES, "Task.csv": "Id,Who\n1,2\n"}, "Task.csv: has no column 'WhoId'", id="of a task"),
        pytest.param(
            {"Lead.csv": "Id,CreatedDate,ConvertedOpportunityId\n1,never,\n"},
            "no row has a CreatedDate that can be read",
            id="no time at all",
        ),
    ],
)
def test_an_export_that_cannot_be_read(tmp_path, files, expected):
    with pytest.raises(DataError) as caught:
        run(tmp_path, files)
    assert expected in caught.value.message
    assert "\n" not in caught.value.message


def test_the_docstring_names_every_file_that_is_read():
    read = {f"{each.name}.csv" for each in SHAPE.objects}
    assert read == set(re.findall(r"\w+\.csv", import_salesforce.__doc__))


def test_no_folder(tmp_path):
    with pytest.raises(DataError, match=r"no such folder; expected one with Lead\.csv"):
        import_salesforce(tmp_path / "none", tmp_path / "out")
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match=r"is a file; expected the folder with Lead\.csv"):
        import_salesforce(tmp_path / "file", tmp_path / "out")


def test_a_folder_in_the_place_of_a_file(tmp_path):
    write(tmp_path / "export", FILES)
    (tmp_path / "export" / "Task.csv").unlink()
    (tmp_path / "export" / "Task.csv").mkdir()
    with pytest.raises(DataError, match=r"Task\.csv: is a folder; expected a CSV file"):
        import_salesforce(tmp_path / "export", tmp_path / "out")


def test_windows_files_read_the_same(tmp_path, dataset):
    windows = {name: b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode() for name, content in FILES.items()}
    assert run(tmp_path, windows).manifest.digest == dataset.manifest.digest


def test_short_ids_are_the_same_records():
    assert short(lead(1)) != lead(1)
