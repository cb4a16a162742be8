"""A dataset that was loaded into the ledger is told whole, once, and scores as it does by itself."""

from __future__ import annotations

import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.facts import Dataset
from features.facts.clock import DAY, format_moment
from features.facts.schema import TABLES
from models.batch import score_open_leads
from serving.app import create_app
from serving.facts_in.happenings import read_told_verdict
from serving.facts_in.known import read_known
from serving.filling import load as loading
from serving.ledger import EventFact, open_ledger
from serving.ledger.export import export_dataset
from tests.serving.conftest import Clock, TestClient
from tests.serving.filling.conftest import load
from tests.serving.ledger import made
from tests.serving.ledger.test_many import assert_same


def rows_of(dataset, table):
    return dataset.arrow(table).to_pylist()


def changed(rows):
    """Leave out versions that say what the one before them says: they are no change."""
    kept = []
    for row in rows:
        key = (row["entity"], row["entity_id"], row["name"])
        last = kept[-1] if kept else None
        if (
            last is None
            or key != (last["entity"], last["entity_id"], last["name"])
            or row["value"] != last["value"]
        ):
            kept.append(row)
    return kept


def test_what_is_loaded_comes_out_again(ledger, small, tmp_path):
    loaded = load(ledger, small)
    out = export_dataset(ledger, tmp_path / "out", small.observed_until + DAY)
    for table in TABLES:
        told = rows_of(small, table)
        assert rows_of(out, table) == (changed(told) if table == "attributes" else told), table
    assert set(loaded.total) <= {"accepted", "duplicate"}
    assert not loaded.not_taken


def test_loading_again_changes_nothing(ledger, small):
    first = load(ledger, small)
    counts = ledger.counts()
    again = load(ledger, small)
    assert ledger.counts() == counts
    assert again.total == {"duplicate": first.total.total()}


def test_an_interrupted_load_goes_on_where_it_was(ledger, small, monkeypatch, tmp_path):
    monkeypatch.setattr(loading, "SIZE", 100)
    parts = iter(range(5))

    def impatient(*_):
        if next(parts) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(ledger, small, impatient)
    before = sum(ledger.counts().values())
    assert before > 0
    # Nobody can score a lead of which only a part is there.
    assert ledger.counts()["lead_facts"] == 0
    rest = load(ledger, small)
    assert rest.total["duplicate"] >= before
    with open_ledger(str(tmp_path / "whole.db"), durability="process") as whole:
        load(whole, small)
        assert whole.counts() == ledger.counts()


@pytest.mark.parametrize("days", [0, 45, 400])
def test_a_loaded_lead_scores_as_the_dataset_does(model, dataset, filled, days):
    moment = dataset.observed_until - days * DAY
    frame = score_open_leads(model, dataset, format_moment(moment))
    client = TestClient(create_app(model, Clock(dataset.observed_until + DAY), filled))
    asked = frame.iloc[:: max(1, len(frame) // 60)]
    assert len(asked) >= 50
    for row in asked.itertuples():
        answer = client.post("/v1/score", json={"lead_id": row.lead_id, "as_of": format_moment(moment)}).json()
        assert answer["probability"] == row.probability, row.lead_id
        assert (answer["grade"], answer["points"], answer["reason_1"]) == (row.grade, row.points, row.reason_1)


def test_an_opportunity_is_not_known_to_end_before_it_does(filled, dataset):
    deal = next(row for row in rows_of(dataset, "opportunities") if row["closed_at"] and row["lead_id"])
    closed = int(deal["closed_at"].timestamp() * 1_000_000)
    before, after = (
        next(
            each
            for each in filled.read(lambda c, t=t: read_known(c, deal["lead_id"], made.WORDS, t))["opportunities"]
            if each["opportunity_id"] == deal["opportunity_id"]
        )
        for t in (closed - 1, closed + 2)
    )
    assert (before["closed_at"], before["won"], before["amount"]) == (None, None, None)
    assert (after["won"], after["amount"]) == (deal["won"], deal["amount"])


def rewritten(dataset, folder, table, change):
    """Copy a dataset with one table changed, as no import would leave it."""
    folder.mkdir()
    for file in dataset.path.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    old = dataset.arrow(table)
    pq.write_table(pa.Table.from_pylist(change(old.to_pylist()), old.schema), folder / f"{table}.parquet")
    return Dataset.open(folder)


def test_a_row_that_no_ledger_could_keep_is_named_and_keeps_no_other(ledger, small, tmp_path):
    def too_long(rows):
        rows[6]["kind"] = "k" * 201
        return rows

    loaded = load(ledger, rewritten(small, tmp_path / "changed", "events", too_long))
    every = small.manifest.counts["events"]
    assert loaded.by_table["events"] == {"accepted": every - 1, "refused": 1}
    (row,) = loaded.not_taken
    assert (row.table, row.row, row.column, row.why) == ("events", 7, "kind", "is longer than 200 characters")
    assert len(row.value) <= 60


def test_an_event_told_before_with_other_content_stays(ledger, small):
    event = rows_of(small, "events")[11]
    made.tell(ledger, EventFact(event["event_id"], "somebody", "visit", made.START, made.START))
    loaded = load(ledger, small)
    assert loaded.by_table["events"]["conflict"] == 1
    (row,) = loaded.not_taken
    assert (row.table, row.row, row.value) == ("events", 12, repr(event["event_id"]))


def test_the_forgotten_stay_forgotten(ledger, small):
    load(ledger, small)
    lead_id = rows_of(small, "events")[0]["lead_id"]
    ledger.forget(lead_id, small.observed_until)
    loaded = load(ledger, small)
    assert loaded.total["accepted"] == 0
    assert loaded.by_table["leads"]["forgotten"] == 1
    assert loaded.by_table["events"]["forgotten"] > 0
    assert ledger.is_forgotten(lead_id)


def test_a_verdict_told_over_http_is_the_same_verdict(ledger, small):
    load(ledger, small)
    row = next(row for row in rows_of(small, "verdicts") if row["reason"])
    item = {**row, "at": row["at"].isoformat()}
    told = read_told_verdict(item, made.WORDS, small.observed_until)
    assert made.tell(ledger, *told.facts) == ["duplicate"]


def test_the_command(leadquality, small, tmp_path):
    file = tmp_path / "ledger.db"
    code, printed, _ = leadquality("ledger", "load", small.path, "--ledger", file)
    assert code == 0
    assert f"events        {small.manifest.counts['events']:,} recorded" in printed
    again = json.loads(leadquality("ledger", "load", small.path, "--ledger", file, "--json")[1])
    assert again["facts"]["events"]["duplicate"] == small.manifest.counts["events"]
    assert again["not_taken"] == []


def test_what_is_no_dataset(leadquality, tmp_path):
    code, printed, said = leadquality("ledger", "load", tmp_path, "--ledger", tmp_path / "ledger.db")
    assert (code, printed) == (2, "")
    assert "is not a dataset" in said
    assert not (tmp_path / "ledger.db").exists()


@pytest.mark.parametrize("days", [0, 200])
def test_a_market_read_together_is_read_one_by_one(filled, dataset, model, days):
    every = dataset.arrow("leads", ["lead_id"])["lead_id"].to_pylist()
    chosen = random.Random(4).sample(every, 300)
    found = assert_same(filled, chosen, model.vocabulary, dataset.observed_until - days * DAY)
    assert found > 100
