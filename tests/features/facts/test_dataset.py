"""A folder that cannot be opened says why."""

from __future__ import annotations

import json

import pytest

from features.errors import DatasetError
from features.facts import Dataset
from tests.features.facts.rows import good, put


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
