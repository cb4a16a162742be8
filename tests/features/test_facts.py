"""Facts: every fault is one reject in words, and a dataset is put in place whole or not at all."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from features.errors import ConfigError, DataError, DatasetError
from features.facts import TABLES, Dataset, Source, Staging, publish
from features.facts.clock import (
    DAY,
    HOUR,
    SECOND,
    format_duration,
    format_moment,
    is_date_only,
    parse_duration,
    parse_moment,
)

UNTIL = "2025-06-30T00:00:00Z"
GOOD = {
    "leads": {"lead_id": "L1", "account_id": "acme", "created_at": "2025-01-01T00:00:00Z"},
    "attributes": {
        "entity": "lead",
        "entity_id": "L1",
        "name": "title",
        "value": "VP",
        "known_at": "2025-01-01T00:00:00Z",
    },
    "events": {
        "event_id": "e1",
        "lead_id": "L1",
        "kind": "visit",
        "at": "2025-02-01T00:00:00Z",
        "known_at": "2025-02-02T00:00:00Z",
        "channel": "web",
        "campaign": "spring",
        "value": "2.5",
    },
    "opportunities": {
        "opportunity_id": "o1",
        "lead_id": "L1",
        "account_id": "acme",
        "created_at": "2025-03-01T00:00:00Z",
        "amount": "100",
        "closed_at": "2025-04-01T00:00:00Z",
        "won": "true",
    },
    "verdicts": {"lead_id": "L1", "at": "2025-01-02T00:00:00Z", "verdict": "accepted", "reason": "fits"},
}


def put(folder, rows, *, beside=None, **source):
    """Publish rows (table -> list of rows as text), each from a source named after its table."""
    with Staging() as staging:
        for table, given in rows.items():
            names = list(TABLES[table].column_names)
            columns = {name: pa.array([row.get(name) for row in given], pa.string()) for name in names}
            staging.connection.register("given", pa.table(columns))
            staging.stage(table, f"SELECT *, '{table}.csv' AS _source, row_number() OVER () AS _row FROM given")
        described = Source("by hand", "test", 3, UNTIL, **source)
        dataset = publish(staging, described, folder, beside=beside)
        return dataset, staging.rejects


def good(**more):
    return {table: [row] for table, row in GOOD.items()} | more


def rejected_file(dataset, table):
    with (dataset.path / "rejected" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TOO_LATE = "lies after the end of the observed period, 2025-06-30T00:00:00Z"
LATE = "2025-06-30T00:00:00.000001Z"


@pytest.mark.parametrize(
    ("table", "change", "column", "value", "reason"),
    [
        ("leads", {"lead_id": None}, "lead_id", None, "is missing"),
        ("leads", {"lead_id": "  "}, "lead_id", None, "is missing"),
        ("leads", {"created_at": None}, "created_at", None, "is missing"),
        ("leads", {"created_at": "soon"}, "created_at", "soon", "is not a time"),
        ("leads", {"created_at": "2025-02-30"}, "created_at", "2025-02-30", "is not a time"),
        ("leads", {"created_at": "infinity"}, "created_at", "infinity", "is not a time"),
        ("leads", {"created_at": LATE}, "created_at", LATE, TOO_LATE),
        ("attributes", {"entity": "company"}, "entity", "company", "is none of lead, account"),
        ("attributes", {"entity_id": "L9"}, "entity_id", "L9", "no such lead in leads"),
        (
            "attributes",
            {"entity": "account", "entity_id": "L1"},
            "entity_id",
            "L1",
            "no lead has this account",
        ),
        ("attributes", {"name": None}, "name", None, "is missing"),
        ("attributes", {"known_at": "12/31/25"}, "known_at", "12/31/25", "is not a time"),
        ("attributes", {"known_at": LATE}, "known_at", LATE, TOO_LATE),
        ("events", {"event_id": None}, "event_id", None, "is missing"),
        ("events", {"lead_id": "L9"}, "lead_id", "L9", "no such lead in leads"),
        ("events", {"kind": None}, "kind", None, "is missing"),
        ("events", {"at": "x"}, "at", "x", "is not a time"),
        ("events", {"known_at": None}, "known_at", None, "is missing"),
        ("events", {"known_at": LATE}, "known_at", LATE, TOO_LATE),
        (
            "events",
            {"known_at": "2025-01-31T23:59:59Z"},
            "known_at",
            "2025-01-31T23:59:59Z",
            "known before it happened, at 2025-02-01T00:00:00Z",
        ),
        ("events", {"value": "many"}, "value", "many", "is not a finite number"),
        ("events", {"value": "inf"}, "value", "inf", "is not a finite number"),
        ("events", {"value": "nan"}, "value", "nan", "is not a finite number"),
        (
            "opportunities",
            {"lead_id": None, "account_id": None},
            "lead_id",
            None,
            "neither lead nor account is given",
        ),
        ("opportunities", {"lead_id": "L9"}, "lead_id", "L9", "no such lead in leads"),
        (
            "opportunities",
            {"lead_id": None, "account_id": "bolt"},
            "account_id",
            "bolt",
            "no lead has this account",
        ),
        ("opportunities", {"created_at": LATE}, "created_at", LATE, TOO_LATE),
        ("opportunities", {"closed_at": LATE}, "closed_at", LATE, TOO_LATE),
        ("opportunities", {"amount": "1,000"}, "amount", "1,000", "is not a finite number"),
        ("opportunities", {"won": "perhaps"}, "won", "perhaps", "is not true or false"),
        ("verdicts", {"verdict": "liked"}, "verdict", "liked", "is none of accepted, rejected, recycled"),
        ("verdicts", {"lead_id": "L9"}, "lead_id", "L9", "no such lead in leads"),
        ("verdicts", {"at": LATE}, "at", LATE, TOO_LATE),
    ],
)
def test_a_fault_is_one_reject_and_the_row_is_kept_as_it_came(tmp_path, table, change, column, value, reason):
    bad = GOOD[table] | change
    dataset, rejects = put(tmp_path / "data", good(**{table: [GOOD[table], bad]}))
    assert [(r.table, r.source, r.row, r.column, r.value, r.reason) for r in rejects] == [
        (table, f"{table}.csv", 2, column, value, reason)
    ]
    as_it_came = {name: (text or "").strip() or None for name, text in bad.items()}
    assert json.loads(rejects[0].record) == as_it_came
    [line] = rejected_file(dataset, table)
    assert line == {
        "table": table,
        "source": f"{table}.csv",
        "row": "2",
        "column": column,
        "value": value or "",
        "reason": reason,
        "record": rejects[0].record,
    }
    assert dataset.manifest.rejected == {table: 1}
    assert dataset.manifest.counts[table] == 1
    assert {file.name for file in (dataset.path / "rejected").iterdir()} == {f"{table}.csv"}


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("leads", "lead_id", "L1"),
        ("attributes", "entity, entity_id, name, known_at", "lead, L1, title, 2025-01-01T00:00:00Z"),
        ("events", "event_id", "e1"),
        ("opportunities", "opportunity_id", "o1"),
        ("verdicts", "lead_id, at", "L1, 2025-01-02T00:00:00Z"),
    ],
)
def test_a_repeated_key_keeps_the_first_row(tmp_path, table, column, value):
    dataset, rejects = put(tmp_path / "data", good(**{table: [GOOD[table], GOOD[table], GOOD[table]]}))
    reason = f"repeats the key of {table}.csv row 1"
    assert [(r.table, r.row, r.column, r.value, r.reason) for r in rejects] == [
        (table, row, column, value, reason) for row in (2, 3)
    ]
    assert dataset.manifest.counts[table] == 1


def test_the_last_moment_of_the_period_is_within_it(tmp_path):
    at_the_end = GOOD["events"] | {"at": UNTIL, "known_at": UNTIL}
    opportunity = GOOD["opportunities"] | {"created_at": UNTIL, "closed_at": UNTIL}
    verdict = GOOD["verdicts"] | {"at": UNTIL}
    _, rejects = put(tmp_path / "data", good(events=[at_the_end], opportunities=[opportunity], verdicts=[verdict]))
    assert rejects == []


def test_only_the_first_fault_of_a_row_is_reported(tmp_path):
    bad = GOOD["events"] | {"event_id": None, "kind": None, "value": "x", "lead_id": "L9"}
    _, rejects = put(tmp_path / "data", good(events=[bad]))
    assert [(r.column, r.reason) for r in rejects] == [("event_id", "is missing")]


def test_rows_of_a_rejected_lead_are_rejected_with_it(tmp_path):
    second = GOOD["leads"] | {"lead_id": "L2", "created_at": "x"}
    event = GOOD["events"] | {"event_id": "e2", "lead_id": "L2"}
    _, rejects = put(tmp_path / "data", good(leads=[GOOD["leads"], second], events=[GOOD["events"], event]))
    assert [(r.table, r.column) for r in rejects] == [("leads", "created_at"), ("events", "lead_id")]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-02-01T10:00:00+02:00", "2025-02-01T08:00:00Z"),
        ("2025-02-01T10:00:00-05:30", "2025-02-01T15:30:00Z"),
        ("2025-02-01 10:00:00Z", "2025-02-01T10:00:00Z"),
        ("2025-02-01T10:00:00.000001Z", "2025-02-01T10:00:00.000001Z"),
        ("2025-02-01T10:00:00", "2025-02-01T10:00:00Z"),
        ("2025-02-01", "2025-02-01T00:00:00Z"),
    ],
)
def test_offsets_are_read_as_utc(tmp_path, text, utc):
    dataset, rejects = put(tmp_path / "data", good(events=[GOOD["events"] | {"at": text}]))
    assert rejects == []
    assert dataset.rows('SELECT epoch_us("at") FROM events') == [(parse_moment(utc),)]
    assert dataset.manifest.observed_from == {"visit": utc}


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-01-31", "2025-01-31T23:59:59.999999Z"),
        ("2025-01-31T00:00:00", "2025-01-31T00:00:00Z"),
        ("2025-01-31T10:00:00+02:00", "2025-01-31T08:00:00Z"),
        ("2025-02-30", None),
        ("soon", None),
        (None, None),
    ],
)
def test_a_date_alone_ends_its_day(text, utc):
    with Staging() as staging:
        [(found,)] = staging.rows("SELECT epoch_us(day_end(?))", [text])
    assert found == (None if utc is None else parse_moment(utc))


def test_columns_and_tables_left_out_are_empty(tmp_path):
    lead = {"lead_id": "L1", "created_at": "2025-01-01"}
    dataset, rejects = put(tmp_path / "data", {"leads": [lead], "events": []})
    assert rejects == []
    assert dataset.manifest.counts == {"leads": 1, **dict.fromkeys([*TABLES][1:], 0)}
    assert dataset.frame("leads")["account_id"].isna().all()
    assert not (dataset.path / "rejected").exists()
    for name, table in TABLES.items():
        assert dataset.arrow(name).column_names == list(table.column_names)


def test_staging_refuses_a_select_with_other_columns():
    with Staging() as staging, pytest.raises(ValueError, match="staged leads gives"):
        staging.stage("leads", "SELECT 'L1' AS id, 'x' AS _source, 1 AS _row")
    with Staging() as staging, pytest.raises(ValueError, match="staged leads gives"):
        staging.stage("leads", "SELECT 'L1' AS lead_id")


def test_an_import_without_a_usable_lead_is_an_error_that_shows_the_first(tmp_path):
    bad = GOOD["leads"] | {"created_at": "soon"}
    with pytest.raises(DataError) as caught:
        put(tmp_path / "data", {"leads": [bad]})
    assert caught.value.message == (
        "by hand: no usable lead: 0 rows accepted, 1 rejected; "
        "the first: leads.csv row 1, column created_at: 'soon' is not a time"
    )
    assert not (tmp_path / "data").exists()


def test_a_folder_that_is_not_a_dataset_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(DatasetError, match=r"is not empty and holds no dataset\.json"):
        put(tmp_path / "thesis", good())
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"
    with pytest.raises(DatasetError, match="is a file; expected a folder"):
        put(tmp_path / "thesis" / "chapter.txt", good())


def test_an_import_replaces_the_old_dataset_whole(tmp_path):
    bad = GOOD["events"] | {"kind": None}
    first, _ = put(
        tmp_path / "data", good(events=[bad]), beside=lambda folder: (folder / "truth").mkdir(), undated=True
    )
    assert (first.path / "truth").is_dir()
    assert (first.path / "rejected" / "events.csv").is_file()
    second, _ = put(tmp_path / "data", good(leads=[GOOD["leads"], GOOD["leads"] | {"lead_id": "L2"}]))
    assert second.manifest.counts["leads"] == 2
    names = {file.name for file in second.path.iterdir()}
    assert names == {"dataset.json", *(f"{name}.parquet" for name in TABLES)}
    assert [file.name for file in tmp_path.iterdir()] == ["data"], "nothing half-written is left beside it"


def test_an_interrupted_import_leaves_the_old_dataset(tmp_path):
    first, _ = put(tmp_path / "data", good())

    def cut_off(folder):
        assert (folder / "events.parquet").is_file()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put(tmp_path / "data", {"leads": [GOOD["leads"]]}, beside=cut_off)
    after = Dataset.open(tmp_path / "data")
    assert after.manifest == first.manifest
    assert len(after.arrow("events")) == 1
    again, _ = put(tmp_path / "data", {"leads": [GOOD["leads"]]})
    assert again.manifest.counts["events"] == 0
    assert [file.name for file in tmp_path.iterdir()] == ["data"]


def test_the_manifest_says_what_the_source_said(tmp_path):
    dataset, _ = put(
        tmp_path / "data",
        good(),
        extracted_at="2025-07-01T02:00:00+02:00",
        observed_from={"visit": "2025-01-15", "call": "2025-02-01"},
        current_only=("title", "industry"),
    )
    manifest = Dataset.open(dataset.path).manifest
    assert (manifest.source, manifest.importer, manifest.importer_version) == ("by hand", "test", 3)
    assert manifest.extracted_at == "2025-07-01T00:00:00Z"
    assert manifest.observed_from == {"call": "2025-02-01T00:00:00Z", "visit": "2025-01-15T00:00:00Z"}
    assert manifest.current_only == ["industry", "title"]
    assert dataset.observed_from["visit"] == parse_moment("2025-01-15")
    assert dataset.observed_until == parse_moment(UNTIL)


def test_the_digest_depends_on_the_rows_and_not_on_their_order(tmp_path):
    leads = [GOOD["leads"] | {"lead_id": f"L{i}", "account_id": "ab"[i % 2]} for i in range(1, 6)]
    # Equal in all but the id, as repeated clicks are.
    events = [GOOD["events"] | {"event_id": f"e{i}", "lead_id": f"L{1 + i % 2}"} for i in range(6)]
    rows = good(leads=leads, events=events)
    rows["opportunities"] = [GOOD["opportunities"] | {"account_id": None}]
    forward, _ = put(tmp_path / "a", rows)
    backward, _ = put(tmp_path / "b", {table: given[::-1] for table, given in rows.items()})
    assert forward.manifest.digest == backward.manifest.digest
    fewer, _ = put(tmp_path / "c", rows | {"events": events[1:]})
    assert fewer.manifest.digest != forward.manifest.digest


def _break(folder, what):
    manifest = folder / "dataset.json"
    if what == "no folder":
        manifest.parent.rename(folder.parent / "elsewhere")
    elif what == "no manifest":
        manifest.unlink()
    elif what == "not JSON":
        manifest.write_text("{")
    elif what == "not UTF-8":
        manifest.write_bytes(b"\xff\xfe")
    elif what == "another key":
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"colour": "blue"}))
    elif what == "another version":
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"version": 2}))
    else:
        (folder / "events.parquet").unlink()
        (folder / "verdicts.parquet").unlink()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("no folder", "no such folder"),
        ("no manifest", "no dataset.json in it, so it is not a dataset"),
        ("not JSON", "dataset.json: cannot be understood"),
        ("not UTF-8", "dataset.json: cannot be understood"),
        ("another key", "dataset.json: cannot be understood"),
        ("another version", "dataset version 2, this program reads 1"),
        ("no table", "lacks events.parquet, verdicts.parquet"),
    ],
)
def test_a_folder_that_cannot_be_opened_says_why(tmp_path, what, message):
    dataset, _ = put(tmp_path / "data", good())
    _break(dataset.path, what)
    with pytest.raises(DatasetError) as caught:
        Dataset.open(dataset.path)
    assert message in caught.value.message
    assert str(tmp_path / "data") in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_a_damaged_table_is_an_error_when_it_is_read(tmp_path):
    dataset, _ = put(tmp_path / "data", good())
    dataset.file("events").write_bytes(b"PAR1 not really")
    with pytest.raises(DatasetError, match=r"events\.parquet: cannot be read"):
        dataset.frame("events")


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("7d", 7 * DAY),
        ("36h", 36 * HOUR),
        ("2w", 14 * DAY),
        ("30m", 1800 * SECOND),
        ("10s", 10 * SECOND),
        ("1.5d", 36 * HOUR),
        (" 7 D ", 7 * DAY),
        (90, 90 * DAY),
        ("90", 90 * DAY),
        (0.5, 12 * HOUR),
    ],
)
def test_durations(text, microseconds):
    assert parse_duration(text, where="x") == microseconds


@pytest.mark.parametrize(
    "text", ["", "d", "0d", "7y", "40000d", "-7d", "7d2h", "1e3d", "seven days", -1, float("nan")]
)
def test_what_is_no_duration_is_an_error_that_says_what_one_is(text):
    with pytest.raises(
        ConfigError, match=r"^windows: .* is not a duration; expected a number above 0 and s, m, h, d or w"
    ):
        parse_duration(text, where="windows")


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (14 * DAY, "14d"),
        (36 * HOUR, "36h"),
        (90 * 60 * SECOND, "90m"),
        (90 * SECOND, "90s"),
        (SECOND // 2, "0.5s"),
    ],
)
def test_durations_are_written_short_and_read_back(microseconds, text):
    assert format_duration(microseconds) == text
    assert parse_duration(text, where="x") == microseconds


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("2026-03-01", "2026-03-01T00:00:00Z"),
        (" 2026-03-01T02:30:00+02:00 ", "2026-03-01T00:30:00Z"),
        ("2026-03-01T00:00:00.25Z", "2026-03-01T00:00:00.250000Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        (date(2026, 3, 1), "2026-03-01T00:00:00Z"),
        (datetime(2026, 3, 1, 5, tzinfo=UTC), "2026-03-01T05:00:00Z"),
        (datetime(2026, 3, 1, 5), "2026-03-01T05:00:00Z"),
    ],
)
def test_moments(given, text):
    assert format_moment(parse_moment(given)) == text


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "2026-03-01T25:00", "1772323200"])
def test_what_is_no_moment_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        parse_moment(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026-03-01", True), (" 2026-03-01\n", True), ("2026-03-01T00:00", False), ("20260301", False)],
)
def test_a_date_alone_is_told_from_a_moment(text, expected):
    assert is_date_only(text) is expected
