"""An import that is cut off at any moment leaves a dataset that opens: the old one or the new one, whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import DatasetError
from features.facts import Dataset
from tests.features.facts.rows import GOOD, good, put

FEWER = {"leads": [GOOD["leads"]]}


def cut_off_at(monkeypatch, target):
    """Interrupt at the first rename onto ``target``."""
    rename = Path.rename

    def interrupted(self, to):
        if Path(to).name == target:
            raise KeyboardInterrupt
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", interrupted)


@pytest.mark.parametrize(("target", "events"), [(".data.old", 1), ("data", 0)])
def test_cut_off_between_the_two_moves(tmp_path, monkeypatch, target, events):
    put(tmp_path / "data", good())
    with monkeypatch.context() as patch:
        cut_off_at(patch, target)
        with pytest.raises(KeyboardInterrupt):
            put(tmp_path / "data", FEWER)
    assert Dataset.open(tmp_path / "data").manifest.counts["events"] == events
    # The next import finds and leaves nothing odd, and merges into the dataset that stands.
    again, _ = put(tmp_path / "data", FEWER, merge=True)
    assert again.manifest.counts["events"] == events
    assert [file.name for file in tmp_path.iterdir()] == ["data"]


def test_a_half_written_dataset_never_takes_the_place(tmp_path):
    put(tmp_path / "data", good())
    (tmp_path / "data").rename(tmp_path / ".data.old")
    (tmp_path / ".data.partial").mkdir()
    (tmp_path / ".data.partial" / "leads.parquet").write_bytes(b"PAR1")
    assert Dataset.open(tmp_path / "data").manifest.counts["events"] == 1


def test_a_reader_between_the_two_moves_does_not_disturb_the_import(tmp_path, monkeypatch):
    put(tmp_path / "data", good())
    rename = Path.rename

    def with_a_reader(self, to):
        rename(self, to)
        if Path(to).name == ".data.old":
            assert Dataset.open(tmp_path / "data").manifest.counts["events"] == 0
        return to

    monkeypatch.setattr(Path, "rename", with_a_reader)
    dataset, _ = put(tmp_path / "data", FEWER)
    assert dataset.manifest.counts["events"] == 0
    assert [file.name for file in tmp_path.iterdir()] == ["data"]


def test_nothing_to_recover_is_still_no_dataset(tmp_path):
    with pytest.raises(DatasetError, match="no such folder"):
        Dataset.open(tmp_path / "data")
