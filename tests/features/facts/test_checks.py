"""Every fault is one reject in words, and the row is kept as it came."""

from __future__ import annotations

import json

import pytest

from features.facts import Staging
from features.facts.clock import (
    parse_moment,
)
from tests.features.facts.rows import GOOD, UNTIL, good, put, rejected_file

NOT_ISO = "is not a time in ISO 8601, as 2026-03-01 is"
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
        ("attributes", {"known_at": "12/31/25"}, "known_at", "12/31/25", NOT_ISO),
        ("attributes", {"known_at": LATE}, "known_at", LATE, TOO_LATE),
        ("events", {"event_id": None}, "event_id", None, "is missing"),
        ("events", {"lead_id": "L9"}, "lead_id", "L9", "no such lead in leads"),
        ("events", {"kind": None}, "kind", None, "is missing"),
        ("events", {"at": "x"}, "at", "x", "is not a time"),
        ("events", {"at": "1/2/25"}, "at", "1/2/25", NOT_ISO),
        ("events", {"at": "2025-1-2"}, "at", "2025-1-2", NOT_ISO),
        ("events", {"at": "epoch"}, "at", "epoch", "is not a time"),
        ("events", {"at": "0001-02-25"}, "at", "0001-02-25", "lies before 1970"),
        ("events", {"at": "2025-02-01 (BC)"}, "at", "2025-02-01 (BC)", "lies before 1970"),
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
        (" 2025-01-31 ", "2025-01-31T23:59:59.999999Z"),
        (" 2025-01-31T10:00:00Z", "2025-01-31T10:00:00Z"),
        ("1/2/25", None),
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
