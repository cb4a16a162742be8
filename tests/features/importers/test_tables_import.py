"""Importing mapped files: small ones written here, expected values worked out by hand."""

from __future__ import annotations

import duckdb
import pytest

from features.errors import DataError, MappingError
from features.importers import import_tables

FILES = {
    "people.csv": "id,firm,made,size,stage,won,amt\n"
    "1,A,2024-01-01,10,x,2024-02-01,5\n"
    "2,A,2024-01-03T10:00:00Z,Select,x,,\n"
    "3,B,2023-06-01,30,x,,\n",
    "acts.csv": "who,what,when,n\n1,Page View,2024-01-05T08:00:00Z,2\n2,call,2024-01-06,\n3,call,2023-07-01,1\n",
}
MAPPING = """
version: 1
source: test
observed_until: 2024-12-31
files:
  people: {paths: people.csv}
  acts: {paths: acts.csv}
leads: {file: people, id: id, account: firm, created_at: made}
attributes:
  - {file: people, at: export, blank_values: Select, columns: {size: employees}}
events:
  - {file: acts, lead: who, at: when, kind_column: what, kinds: {call: phone_call}, value: n}
opportunities:
  - {file: people, created_at: won, amount: amt, blank_created_at: no_opportunity}
refuse:
  people: {stage: tells the outcome}
"""


def run(tmp_path, files=FILES, mapping=MAPPING, **options):
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    path = tmp_path / "map.yaml"
    path.write_text(mapping, encoding="utf-8")
    return import_tables(path, tmp_path / "out", **options)


def texts(dataset, query):
    return [tuple(str(cell) for cell in row) for row in dataset.query(query).itertuples(index=False)]


def test_dates_count_at_the_end_of_their_day(tmp_path):
    dataset = run(tmp_path)
    assert texts(dataset, "SELECT lead_id, account_id, created_at::VARCHAR FROM leads ORDER BY 1") == [
        ("1", "A", "2024-01-01 23:59:59.999999+00"),
        ("2", "A", "2024-01-03 10:00:00+00"),
        ("3", "B", "2023-06-01 23:59:59.999999+00"),
    ]
    assert texts(dataset, "SELECT lead_id, created_at::VARCHAR, amount FROM opportunities") == [
        ("1", "2024-02-01 23:59:59.999999+00", "5.0")
    ]


def test_blank_values_are_left_out_and_the_rest_is_marked_as_of_export(tmp_path):
    dataset = run(tmp_path)
    assert texts(dataset, "SELECT entity_id, name, value FROM attributes ORDER BY 1") == [
        ("1", "employees", "10"),
        ("3", "employees", "30"),
    ]
    assert dataset.manifest.current_only == ["employees"]


def test_kinds_are_renamed_or_snake_case_and_the_others_are_told(tmp_path):
    dataset = run(tmp_path)
    assert texts(dataset, "SELECT lead_id, kind, value FROM events ORDER BY 1")[:2] == [
        ("1", "page_view", "2.0"),
        ("2", "phone_call", "nan"),
    ]
    notes = "\n".join(dataset.manifest.notes)
    assert "Page View (1)" in notes
    assert "stage (tells the outcome)" in notes


def test_columns_not_mapped_are_told(tmp_path):
    dataset = run(tmp_path, mapping=MAPPING.replace("refuse:\n  people: {stage: tells the outcome}\n", ""))
    assert "Columns of people.csv neither mapped nor refused: stage." in dataset.manifest.notes


def test_leads_before_the_start_are_counted_with_what_hangs_on_them(tmp_path):
    dataset = run(
        tmp_path, mapping=MAPPING.replace("created_at: made", "created_at: made, created_from: 2024-01-01")
    )
    assert dataset.manifest.counts["leads"] == 2
    assert dataset.manifest.skipped == {"leads created before 2024-01-01": 1, "events of leads left out": 1}
    assert dataset.manifest.rejected == {}


def test_a_repeated_lead_is_rejected_with_its_attributes(tmp_path):
    files = {**FILES, "people.csv": FILES["people.csv"] + "1,Z,2024-05-05,99,x,2024-06-01,\n"}
    dataset = run(tmp_path, files)
    assert dataset.manifest.rejected == {"leads": 1}
    rejected = (dataset.path / "rejected" / "leads.csv").read_text(encoding="utf-8")
    assert "repeats the key of people.csv row 1" in rejected
    assert dataset.manifest.counts["opportunities"] == 1
    assert dataset.query("SELECT value FROM attributes WHERE entity_id = '1'")["value"].tolist() == ["10"]


def test_bad_values_are_rejected_with_file_and_row_as_they_came(tmp_path):
    files = {
        **FILES,
        "acts.csv": FILES["acts.csv"] + "1,call,tomorrow,\n9,call,2024-01-06,\n1,call,2024-01-06,many\n",
    }
    dataset = run(tmp_path, files)
    lines = (dataset.path / "rejected" / "events.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [line.split(",")[1:6] for line in lines] == [
        ["acts.csv", "4", "at", "tomorrow", "is not a time"],
        ["acts.csv", "5", "lead_id", "9", "no such lead in leads"],
        ["acts.csv", "6", "value", "many", "is not a finite number"],
    ]


TOTALS = """
version: 1
source: totals
observed_until: 2024-12-31
files: {firms: {paths: firms.csv}, use: {paths: "use_*.csv"}}
leads: {file: firms, id: id, created: first_event}
events:
  - {file: use, lead: id, at: week, period: 7d, known_after: 6d, totals: {clicks: click, saves: save}}
"""
TOTALS_FILES = {
    "firms.csv": "id\n1\n2\n3\n",
    "use_1.csv": "id,week,clicks,saves\n1,2024-01-01,0,0\n1,2024-01-08 00:00:00,5,0\n",
    "use_2.csv": "id,week,clicks,saves\n2,2024-01-15,0,2\n",
}


def test_totals_are_known_only_when_their_period_is_nearly_over(tmp_path):
    dataset = run(tmp_path, TOTALS_FILES, TOTALS)
    assert texts(
        dataset, 'SELECT lead_id, kind, "at"::VARCHAR, known_at::VARCHAR, value FROM events ORDER BY 1'
    ) == [
        ("1", "click", "2024-01-14 00:00:00+00", "2024-01-14 00:00:00+00", "5.0"),
        ("2", "save", "2024-01-21 00:00:00+00", "2024-01-21 00:00:00+00", "2.0"),
    ]


def test_a_total_of_zero_is_no_event_but_was_watched(tmp_path):
    dataset = run(tmp_path, TOTALS_FILES, TOTALS)
    # The first week of lead 1 had no activity; it existed all the same, and both kinds were being counted.
    created = texts(dataset, "SELECT lead_id, created_at::VARCHAR FROM leads ORDER BY 1")
    assert created == [("1", "2024-01-07 00:00:00+00"), ("2", "2024-01-21 00:00:00+00")]
    assert set(dataset.manifest.observed_from.values()) == {"2024-01-01T00:00:00Z"}
    assert dataset.manifest.skipped == {"leads without any event": 1}


def test_zero_totals_on_request(tmp_path):
    dataset = run(tmp_path, TOTALS_FILES, TOTALS.replace("period: 7d", "period: 7d, keep_zero: yes"))
    assert dataset.manifest.counts["events"] == 6


UNDATED = """
version: 1
source: undated
files: {people: {paths: p.csv, delimiter: ";"}}
leads: {file: people, id: row_number, order_by: nr}
attributes: [{file: people, at: created, columns: [Total Visits]}]
opportunities: [{file: people, label: y, positive: yes}]
"""
UNDATED_FILES = {"p.csv": "nr;Total Visits;y\n10;1;no\n9;2;yes\n100;3;no\n"}


def test_undated_leads_keep_their_order(tmp_path):
    dataset = run(tmp_path, UNDATED_FILES, UNDATED)
    assert dataset.manifest.undated
    assert texts(dataset, "SELECT lead_id, created_at::VARCHAR FROM leads ORDER BY created_at") == [
        ("2", "2000-01-01 00:00:00+00"),
        ("1", "2000-01-01 00:01:00+00"),
        ("3", "2000-01-01 00:02:00+00"),
    ]
    assert texts(dataset, "SELECT lead_id, created_at::VARCHAR FROM opportunities") == [
        ("2", "2000-01-01 01:00:00+00")
    ]
    assert dataset.manifest.observed_until > "2000-01-03"
    assert dataset.query("SELECT DISTINCT name FROM attributes")["name"].tolist() == ["total_visits"]


def test_a_label_that_is_nowhere_positive(tmp_path):
    with pytest.raises(MappingError, match="column 'y' is nowhere 'Yes'; values seen: 'no' "):
        run(tmp_path, UNDATED_FILES, UNDATED.replace("positive: yes", "positive: Yes"))


def test_versions_and_verdicts(tmp_path):
    files = {
        "p.csv": "id,made\n1,2024-01-01T00:00:00Z\n",
        "h.csv": "id,since,size\n1,2024-01-01T00:00:00Z,10\n1,2024-03-01T00:00:00Z,\n",
        "v.csv": "id,day,said\n1,2024-02-01,No fit\n1,2024-02-02,Parked\n",
    }
    mapping = """
version: 1
source: versions
files: {p: {paths: p.csv}, h: {paths: h.csv}, v: {paths: v.csv}}
leads: {file: p, id: id, created_at: made}
attributes: [{file: h, lead: id, known_at: since, columns: [size]}]
verdicts: [{file: v, lead: id, at: day, verdict: said, verdicts: {No fit: rejected}}]
"""
    dataset = run(tmp_path, files, mapping)
    assert texts(dataset, "SELECT coalesce(value, 'cleared'), known_at::DATE::VARCHAR FROM attributes") == [
        ("10", "2024-01-01"),
        ("cleared", "2024-03-01"),
    ]
    assert dataset.query("SELECT verdict FROM verdicts")["verdict"].tolist() == ["rejected"]
    assert dataset.manifest.skipped == {"values of said that are no verdict": 1}
    assert any("observed_until is not given" in note for note in dataset.manifest.notes)


def test_parquet_files_read_like_csv(tmp_path):
    duckdb.sql("SELECT 1 AS id, DATE '2024-01-01' AS made, 7 AS size").write_parquet(str(tmp_path / "p.parquet"))
    mapping = """
version: 1
source: parquet
observed_until: 2024-12-31
files: {p: {paths: p.parquet}}
leads: {file: p, id: id, created_at: made}
attributes: [{file: p, at: created, columns: [size]}]
"""
    dataset = run(tmp_path, {}, mapping)
    assert texts(dataset, "SELECT lead_id, created_at::VARCHAR FROM leads") == [
        ("1", "2024-01-01 23:59:59.999999+00")
    ]


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        (
            "acts.csv",
            "who,what,wehn,n\n1,call,2024-01-01,1\n",
            "has no column 'when', named at events[0].at; did",
        ),
        ("acts.csv", "who,what,when,n\n", "acts.csv: holds a header and no usable row"),
        ("acts.csv", "who;what;when;n\n1;2;3;4\n", "acts.csv: has no column 'who'"),
        ("acts.csv", "", "is empty; expected a header line"),
    ],
)
def test_a_file_that_does_not_fit(tmp_path, file, content, expected):
    with pytest.raises(DataError) as caught:
        run(tmp_path, {**FILES, file: content})
    assert expected in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ("none.csv", "no such file"),
        ('"*.tsv"', "at least one file"),
        (".", "is a folder"),
        ("map.yaml, format: parquet", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path, paths, expected):
    with pytest.raises(DataError, match=expected):
        run(tmp_path, mapping=MAPPING.replace("paths: acts.csv", f"paths: {paths}"))


def test_a_missing_data_folder(tmp_path):
    with pytest.raises(DataError, match="the folder that the mapping's paths start from"):
        run(tmp_path, data=tmp_path / "nowhere")


EVERY_COLUMN = """
version: 1
source: every column
observed_until: 2024-12-31
files: {p: {paths: p.csv}, f: {paths: f.csv}}
leads: {file: p, id: id, account: firm, created_at: made}
attributes:
  - {file: p, at: export, columns: {"*": {blank_values: Select}, Job Title: title}}
  - {file: f, account: firm, at: created, columns: "*"}
opportunities: [{file: p, created_at: won, blank_created_at: no_opportunity}]
refuse: {p: {Status: tells the outcome}}
"""
EVERY_COLUMN_FILES = {
    "p.csv": "id,firm,made,won,Status,Job Title,TITLE,City,city!\n1,A,2024-01-01,,x,CEO,Dr,Select,Rome\n",
    "f.csv": "firm,city\nA,Bonn\n",
}


def test_every_column_not_named_elsewhere_becomes_an_attribute(tmp_path):
    dataset = run(tmp_path, EVERY_COLUMN_FILES, EVERY_COLUMN)
    assert texts(dataset, "SELECT entity, name, value FROM attributes ORDER BY 1, 2") == [
        # Names of accounts' and of leads' attributes do not meet.
        ("account", "city", "Bonn"),
        ("lead", "city_2", "Rome"),
        ("lead", "title", "CEO"),
        ("lead", "title_2", "Dr"),
    ]
    assert dataset.manifest.current_only == ["city", "city_2", "title", "title_2"]
    notes = "\n".join(dataset.manifest.notes)
    assert "Columns of p.csv taken because the mapping names them nowhere else: TITLE, City, city!." in notes
    assert "neither mapped nor refused" not in notes


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "  - {file: f",
            '  - {file: p, at: created, columns: "*"}\n  - {file: f',
            "two blocks of 'p' have columns",
        ),
        ('"*": {blank_values: Select}', '"*": all', "many columns, which cannot all have one name"),
    ],
)
def test_every_column_must_mean_one_thing(tmp_path, old, new, expected):
    with pytest.raises(MappingError) as caught:
        run(tmp_path, EVERY_COLUMN_FILES, EVERY_COLUMN.replace(old, new))
    assert expected in caught.value.message


def test_dates_of_another_format(tmp_path):
    files = {
        "p.csv": "id,made,won\n1,31/01/2024,02/03/24\n2,2024-02-05,\n3,13/13/2024,\n",
        "a.csv": "id,when\n1,2/1/24 3:05 PM\n",
    }
    mapping = """
version: 1
source: formats
observed_until: 2024-12-31
files:
  p: {paths: p.csv, date_format: {made: "%d/%m/%Y", WON: "%d/%m/%y"}}
  a: {paths: a.csv, date_format: "%m/%d/%y %I:%M %p"}
leads: {file: p, id: id, created_at: made}
events: [{file: a, lead: id, at: when, kind: visit}]
opportunities: [{file: p, created_at: won, blank_created_at: no_opportunity}]
"""
    dataset = run(tmp_path, files, mapping)
    assert texts(dataset, "SELECT lead_id, created_at::VARCHAR FROM leads ORDER BY 1") == [
        ("1", "2024-01-31 23:59:59.999999+00"),
        ("2", "2024-02-05 23:59:59.999999+00"),
    ]
    assert texts(dataset, "SELECT created_at::DATE::VARCHAR FROM opportunities") == [("2024-03-02",)]
    assert texts(dataset, 'SELECT "at"::VARCHAR FROM events') == [("2024-02-01 15:05:00+00",)]
    rejected = (dataset.path / "rejected" / "leads.csv").read_text(encoding="utf-8")
    assert "13/13/2024,is not a time in ISO 8601" in rejected.replace('"', "")
    with pytest.raises(
        MappingError, match=r"date_format\.made: 'd/m/Y' is no format of a date; expected one such as"
    ):
        run(tmp_path, files, mapping.replace("%d/%m/%Y", "d/m/Y"))
    with pytest.raises(
        DataError, match=r"has no column 'mode', named at files\.p\.date_format; did you mean 'made'"
    ):
        run(tmp_path, files, mapping.replace("{made:", "{mode:"))


def test_a_kind_that_is_also_a_column_is_told(tmp_path):
    dataset = run(tmp_path, mapping=MAPPING.replace("kind_column: what, kinds: {call: phone_call}", "kind: What"))
    assert any("write kind_column: what." in note for note in dataset.manifest.notes)


def test_a_later_export_merges_though_its_rows_stand_elsewhere(tmp_path):
    first = run(tmp_path)
    assert run(tmp_path, merge=True).manifest == first.manifest
    head, *lines = FILES["acts.csv"].splitlines()
    later = "\n".join([head, "1,call,2024-12-01T00:00:00Z,7", *lines[::-1], lines[0]]) + "\n"
    merged = run(tmp_path, {**FILES, "acts.csv": later}, merge=True)
    # One new call, and a page view that now stands twice.
    assert merged.manifest.counts["events"] == first.manifest.counts["events"] + 2
    assert merged.manifest.counts["opportunities"] == first.manifest.counts["opportunities"]


def test_opportunities_that_end_early_are_told_with_numbers(tmp_path):
    day = [f"2024-{month:02}-{day:02}" for month in (1, 2) for day in range(1, 16)]
    files = {"p.csv": "id,made,won\n" + "".join(f"{i},{d},{d}\n" for i, d in enumerate(day)) + "x,2024-11-30,\n"}
    mapping = """
version: 1
source: ends
files: {p: {paths: p.csv}}
leads: {file: p, id: id, created_at: made}
opportunities: [{file: p, created_at: won, blank_created_at: no_opportunity}]
"""
    [note] = [note for note in run(tmp_path, files, mapping).manifest.notes if note.startswith("The last of")]
    assert "The last of 30 opportunities is of 2024-02-15 23:59:59, 289.0 days before the end" in note
    assert "1 leads and 0 events are later than that" in note
    short = {"p.csv": files["p.csv"].replace("2024-11-30", "2024-02-16")}
    assert not any(note.startswith("The last of") for note in run(tmp_path, short, mapping).manifest.notes)
