"""A dataset is put in place whole or not at all."""

from __future__ import annotations

import pytest

from features.errors import DataError, DatasetError
from features.facts import TABLES, Dataset, Staging
from features.facts.clock import (
    parse_moment,
)
from tests.features.facts.rows import GOOD, UNTIL, good, put


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
        f"by hand: no usable lead: 0 rows accepted, 1 rejected (see {tmp_path / 'data.rejected'}); "
        "the first: leads.csv row 1, column created_at: 'soon' is not a time"
    )
    assert not (tmp_path / "data").exists()
    written = (tmp_path / "data.rejected" / "leads.csv").read_text(encoding="utf-8").splitlines()
    assert written[1].startswith("leads,leads.csv,1,created_at,soon,is not a time,")


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
    assert names == {"dataset.json", "offsets.parquet", *(f"{name}.parquet" for name in TABLES)}
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
