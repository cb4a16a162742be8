"""The Marketo importer on a tiny export, value by value."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from features.errors import DataError
from features.facts import Dataset
from features.importers import import_marketo
from leadquality.cli import app
from tests.features.importers.marketo_files import CALL, FILES, HEADER, TYPES, types_json


def run(tmp_path, files=FILES, **options):
    folder = tmp_path / "export"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return import_marketo(folder, tmp_path / "out", **options)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return run(tmp_path_factory.mktemp("marketo"))


def rows(dataset, query):
    frame = dataset.query(query).astype(object)
    return list(frame.where(frame.notna(), None).itertuples(index=False, name=None))


def notes(dataset):
    return "\n".join(dataset.manifest.notes)


def without(name):
    return {key: value for key, value in FILES.items() if key != name}


def test_nothing_is_rejected_and_the_export_ends_with_its_latest_change(dataset):
    assert dataset.manifest.rejected == {}
    assert dataset.manifest.observed_until == "2025-06-30T00:00:00Z"


def test_leads_are_those_left_and_guessed_companies_join_no_accounts(dataset):
    assert rows(dataset, "SELECT lead_id, account_id FROM leads ORDER BY 1") == [
        ("1", "domain:acme.com"),
        ("2", "domain:beta.io"),
        ("7", None),
        ("8", None),
        ("9", "domain:delta.com"),
    ]
    skipped = dataset.manifest.skipped
    assert skipped["anonymous visitors"] == 1
    assert skipped["deleted leads, whose outcome nobody can tell"] == 1
    assert skipped["leads merged into another"] == 1
    assert skipped["leads that stand in more than one file"] == 1


def test_of_a_lead_in_two_files_the_later_row_stands(dataset):
    assert rows(dataset, "SELECT value FROM attributes WHERE entity_id = '9' AND name = 'title'") == [("Manager",)]


def test_events_with_kind_channel_campaign_value_and_when_they_were_known(dataset):
    query = """SELECT event_id, lead_id, kind, strftime("at", '%m-%d %H'), strftime(known_at, '%m-%d %H'), channel,
        campaign, value FROM events ORDER BY event_id"""
    assert rows(dataset, query) == [
        ("101", "1", "visit_webpage", "01-20 10", "01-20 10", "web", "/pricing", None),
        # Recorded for 3, which was merged into 2 on 10 February: nobody knew before that the two are one.
        ("102", "2", "fill_out_form", "01-21 10", "02-10 10", "form", "Contact", None),
        # Recorded for 4, merged into 3 on 1 February, and so by way of 3.
        ("103", "2", "fill_out_form", "01-22 10", "02-10 10", "form", "Contact", None),
        ("106", "2", "open_email", "01-23 12", "01-23 12", "email", "campaign 55", None),
        ("107", "1", "sales_call", "01-24 12", "01-24 12", "sales", "Hello", 60.0),
        ("120", "1", "fill_out_form", "01-31 12", "01-31 12", "form", "Contact", None),
    ]


def test_what_is_no_event_is_counted_with_its_reason(dataset):
    skipped = dataset.manifest.skipped
    assert skipped["activities that stand in more than one file"] == 2
    assert skipped["activities of the unknown type 777"] == 2
    assert skipped["activities of anonymous visitors"] == 1
    assert skipped["activities of deleted leads"] == 1
    assert skipped["activities of leads that the lead files do not hold"] == 1
    assert skipped["activities Change Score (a score, not a fact)"] == 1
    assert "777 (2 of 1 leads)" in notes(dataset)


def test_overlapping_files_are_named(dataset):
    assert "activities_2025-01.csv and activities_2025-02.csv (2025-01-21 to 2025-01-31)" in notes(dataset)
    assert "2025-01 10, 2025-02 11" in notes(dataset)


def test_values_are_known_from_their_change_on(dataset):
    query = """SELECT entity_id, value, strftime(known_at, '%m-%d %H') FROM attributes WHERE name = 'title'
        ORDER BY entity_id, known_at"""
    assert rows(dataset, query) == [
        ("1", "CEO", "01-10 09"),
        ("2", "Engineer", "01-11 09"),
        ("2", "VP", "02-12 10"),
        ("2", "CTO", "02-20 10"),
        ("9", "Manager", "01-16 09"),
    ]
    # The history begins a month after the first lead, and of industry there is none at all.
    assert {"title", "industry"} <= set(dataset.manifest.current_only)
    assert "fields that are not taken: Lead Status (1)" in notes(dataset)


def test_old_points_and_sales_own_words_are_no_attributes(dataset):
    names = {name for (name,) in rows(dataset, "SELECT DISTINCT name FROM attributes")}
    assert names == {"title", "industry", "employees", "country", "email_kind"}
    text = notes(dataset)
    assert "leadScore (a score as of the export, not a fact)" in text
    assert "leadStatus, rating (tells the outcome)" in text
    assert "inferredCompany (a guess from the network address)" in text
    assert "name them with --take if they help: budget" in text


def test_the_label_is_the_role_and_never_the_conversion(dataset):
    query = """SELECT opportunity_id, lead_id, account_id, strftime(created_at, '%m-%d %H'), amount, won,
        closed_at::VARCHAR FROM opportunities ORDER BY 1"""
    assert rows(dataset, query) == [
        # Closed on the day of the export: closed by then, not at that day's end.
        ("o1", "1", "domain:acme.com", "02-25 10", 100.0, True, "2025-06-30 00:00:00+00"),
        # A renewal is no lead's outcome, though a lead has a role in it.
        ("o2", None, "domain:acme.com", "03-01 10", 50.0, None, None),
    ]
    text = notes(dataset)
    assert "1 by their role in one. Of these Add to Opportunity names 1, 0 of them more than a day apart" in text
    assert "it names 1 leads more, without a role" in text
    assert "Converted leads without an opportunity: 1" in text
    assert "New Business (2); that do not: Renewal (1)" in text
    assert "dates more than a day from their createdAt: 1;" in text
    assert dataset.manifest.skipped["roles of deleted leads"] == 1
    assert dataset.manifest.skipped["roles in opportunities that the export does not hold"] == 1


def test_blank_ids_of_opportunities_and_roles_hide_nothing(tmp_path):
    deals = FILES["opportunities.csv"] + "null,New Business,5,false,false,null,null,2025-03-06T10:00:00Z\n"
    roles = FILES["opportunity_roles.csv"] + "null,1,Buyer,true,null\no1,null,Buyer,true,null\n"
    dataset = run(tmp_path, {**FILES, "opportunities.csv": deals, "opportunity_roles.csv": roles})
    assert dataset.manifest.rejected == {"opportunities": 1}
    found = {what: count for what, count in dataset.manifest.skipped.items() if what.startswith("roles")}
    assert found == {
        "roles of deleted leads": 1,
        "roles of leads that the lead files do not hold": 1,
        "roles in opportunities that the export does not hold": 1,
        "roles that name no opportunity": 1,
    }


def test_without_roles_add_to_opportunity_tells_the_label_and_the_report_says_so(tmp_path):
    dataset = run(tmp_path, without("opportunity_roles.csv"))
    query = "SELECT lead_id, strftime(created_at, '%m-%d') FROM opportunities WHERE lead_id IS NOT NULL ORDER BY 1"
    assert rows(dataset, query) == [("1", "02-25"), ("8", "02-27")]
    assert "2, by Add to Opportunity alone" in notes(dataset)


def test_without_opportunities_a_role_counts_from_when_it_was_made(tmp_path):
    dataset = run(tmp_path, without("opportunities.csv"))
    query = "SELECT opportunity_id, lead_id, strftime(created_at, '%m-%d') FROM opportunities ORDER BY 1"
    assert rows(dataset, query) == [("o1", "1", "02-25"), ("o2", "1", "03-01"), ("o9", "2", "03-05")]


def test_opportunity_types_may_be_chosen(tmp_path):
    dataset = run(tmp_path, opportunity_types=("renewal",))
    assert rows(dataset, "SELECT opportunity_id FROM opportunities WHERE lead_id IS NOT NULL") == [("o2",)]


def test_a_type_may_be_left_out_or_split_by_its_assets(tmp_path):
    dataset = run(tmp_path, leave_out=("Visit Webpage",), split=("fill_out_form",), take=("budget",))
    kinds = rows(dataset, "SELECT kind, count(*) FROM events GROUP BY 1 ORDER BY 1")
    assert kinds == [("fill_out_form_contact", 3), ("open_email", 1), ("sales_call", 1)]
    assert dataset.manifest.skipped["activities Visit Webpage (left out on request)"] == 2
    assert rows(dataset, "SELECT entity_id, value FROM attributes WHERE name = 'budget'") == [("1", "10")]


def test_rows_that_cannot_be_read_are_rejected_as_they_came(tmp_path):
    bad = (
        HEADER
        + """200,1,yesterday,2,null,8,Contact,null
201,null,2025-02-01T10:00:00Z,2,null,8,Contact,null
202,2,2025-02-01T10:00:00Z,13,null,20,Job Title,{broken
203,2,2025-02-01T10:00:00Z,2,null,8,Contact,{broken
"""
    )
    dataset = run(tmp_path, {**FILES, "activities_2025-03.csv": bad})
    found = (dataset.path / "rejected" / "events.csv").read_text()
    assert dataset.manifest.rejected == {"events": 3}
    assert "activities_2025-03.csv,1,at,yesterday,is not a time" in found
    assert "activities_2025-03.csv,2,lead_id,,is missing" in found
    assert "activities_2025-03.csv,3,attributes,{broken,is not JSON" in found
    # Of a form nothing inside the attributes is read.
    assert rows(dataset, "SELECT count(*) FROM events WHERE event_id = '203'") == [(1,)]


def test_attributes_of_any_shape_stop_nothing(tmp_path):
    cells = ("5", '"x"', "{}", '["a"]', "[]", '{"Merge IDs":[4]}', '{"New Value":{"a":1}}', '{"Seconds":"long"}')
    quoted = [cell.replace('"', '""') for cell in cells]
    lines = [
        f'{300 + 10 * n + kind % 7},2,2025-02-13T10:00:{n:02}Z,{kind},null,20,Job Title,"{cell}"'
        for n, cell in enumerate(quoted)
        for kind in (13, 32, 100001, 1)
    ]
    dataset = run(tmp_path, {**FILES, "activities_2025-03.csv": HEADER + "\n".join(lines) + "\n"})
    assert dataset.manifest.rejected == {"events": 1}
    assert "value,long,is not a finite number" in (dataset.path / "rejected" / "events.csv").read_text()
    assert "Merges that do not say which leads were merged: 7;" in notes(dataset)


def test_one_guid_with_two_contents_is_not_one_activity(tmp_path):
    other = HEADER + "101,1,2025-02-20T10:00:00Z,1,null,7,/other,null\n"
    dataset = run(tmp_path, {**FILES, "activities_2025-03.csv": other})
    assert dataset.manifest.rejected == {"events": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"activity_types.json": None}, r"activity_types\.json: no such file"),
        ({"activity_types.json": "{"}, r"activity_types\.json: cannot be read"),
        ({"activity_types.json": "[]"}, "holds no list of types"),
        ({"activity_types.json": '{"success": false, "errors": [{"code": "601"}]}'}, "reports an error"),
        ({"activity_types.json": '[{"id": "x"}]'}, "without id and name"),
        ({"activity_types.json": '[{"id": 1, "name": "A"}, {"id": 1, "name": "B"}]'}, "two types have the id 1"),
        ({"activities_2025-01.csv": None, "activities_2025-02.csv": None}, r"holds no activities\.csv"),
        ({"activities_2025-01.csv": "marketoGUID,leadId\n1,2\n"}, "has no column 'activityDate'"),
        ({"leads_1.csv": "id\n1\n"}, "has no column 'createdAt'"),
    ],
)
def test_files_that_cannot_be_used_are_refused(tmp_path, change, message):
    files = {name: text for name, text in {**FILES, **change}.items() if text is not None}
    with pytest.raises(DataError, match=message):
        run(tmp_path, files)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"take": ("leadScore",)}, "leadScore cannot be taken: a score"),
        ({"take": ("bugdet",)}, "did you mean 'budget'"),
        ({"leave_out": ("Visit Webpages",)}, "did you mean 'visit_webpage'"),
        ({"split": ("Change Score",)}, "has no behaviour of that name"),
        ({"opportunity_types": ("Fresh",)}, "no opportunity has the type 'Fresh'"),
    ],
)
def test_options_that_name_nothing_are_refused(tmp_path, options, message):
    with pytest.raises(DataError, match=message):
        run(tmp_path, **options)


def test_ids_mean_what_the_types_file_says(tmp_path):
    # In this subscription 1 and 2 have changed places.
    types = json.loads(types_json({**TYPES, 1: "Fill Out Form", 2: "Visit Webpage"}, extra=[CALL]))
    dataset = run(tmp_path, {**FILES, "activity_types.json": json.dumps(types)})
    assert rows(dataset, "SELECT kind FROM events WHERE event_id = '101'") == [("fill_out_form",)]


def test_a_split_into_too_many_kinds_is_refused(tmp_path):
    many = HEADER + "".join(f"{900 + n},1,2025-02-01T10:00:00Z,1,null,7,/page{n},null\n" for n in range(60))
    with pytest.raises(DataError, match="62 different assets, more than 50"):
        run(tmp_path, {**FILES, "activities_2025-03.csv": many}, split=("Visit Webpage",))


def test_the_command_imports_and_says_what_it_left_out(tmp_path):
    run(tmp_path)
    arguments = ["import", "marketo", str(tmp_path / "export"), "--into", str(tmp_path / "data")]
    done = CliRunner().invoke(app, [*arguments, "--leave-out", "Visit Webpage", "--split", "Fill Out Form"])
    assert done.exit_code == 0
    kinds = rows(Dataset.open(tmp_path / "data"), "SELECT DISTINCT kind FROM events ORDER BY 1")
    assert kinds == [("fill_out_form_contact",), ("open_email",), ("sales_call",)]
