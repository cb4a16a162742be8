"""Opportunities without a time at which they ended are counted, and said."""

from __future__ import annotations

from tests.features.facts.rows import GOOD, put


def notes_of(folder, **changes):
    rows = {table: [row] for table, row in GOOD.items()}
    rows["opportunities"] = [GOOD["opportunities"] | changes]
    return put(folder, rows)[0].manifest.notes


def test_an_outcome_without_its_time_is_noted(tmp_path):
    (note,) = (n for n in notes_of(tmp_path / "data", closed_at=None) if "without closed_at" in n)
    assert note.startswith("1 opportunities are said to be won or lost")


def test_nothing_is_noted_of_open_or_timed_ones(tmp_path):
    for number, changes in enumerate(({}, {"closed_at": None, "won": None})):
        assert not [n for n in notes_of(tmp_path / str(number), **changes) if "without closed_at" in n]
