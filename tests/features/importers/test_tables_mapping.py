"""The mapping language: every fault of a mapping is one line with file, key and what was expected."""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml

from features.errors import MappingError
from features.importers.tables.load import load_mapping

GOOD = """
version: 1
source: test
files:
  people: {paths: people.csv}
  acts: {paths: [acts.csv]}
leads: {file: people, id: id, created_at: created}
events:
  - {file: acts, lead: id, at: time, kind: visit}
"""


def write(tmp_path, text):
    path = tmp_path / "map.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_mapping_is_read(tmp_path):
    mapping = load_mapping(write(tmp_path, GOOD))
    assert mapping.files["people"].paths == ("people.csv",)
    assert not mapping.undated


def test_yes_and_dates_stay_text(tmp_path):
    text = GOOD + "opportunities: [{file: people, created_at: won, amount: no}]\nobserved_until: 2020-01-02\n"
    mapping = load_mapping(write(tmp_path, text))
    assert mapping.opportunities[0].amount == "no"
    assert mapping.observed_until == "2020-01-02"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("version: 1", "version: 2", "version: input should be 1"),
        ("created_at:", "craeted_at:", "leads.craeted_at: no such key; did you mean 'created_at'?"),
        ("kind: visit", "kinds: visit", "events[0].kinds: "),
        ("kind: visit", "kid: visit", "events[0].kid: no such key; did you mean 'kind'?"),
        ("kind: visit", "value: v", "events[0]: exactly one of kind, kind_column, totals is needed; none of them"),
        ("kind: visit", "totals: {a: b}", "events[0]: totals needs period beside it"),
        ("kind: visit", "totals: {a: b}, period: 7 days", "events[0].period: '7 days' is not a duration"),
        ("created_at: created", "created_at: a, order_by: b", "created_at and order_by are given"),
        (
            "created_at: created",
            "created_at: a, created_from: 2020-13-01",
            "leads.created_from: '2020-13-01'",
        ),
        ("created_at: created", "order_by: row_number", "events: need times, and leads.order_by says"),
        ("file: acts", "file: act", "events[0].file: no such file 'act'; did you mean 'acts'?"),
        ("file: acts", "file: people", "files.acts: no block reads it"),
        ("paths: people.csv", "paths: []", "files.people.paths: "),
        ("paths: people.csv", "paths: p.csv, encoding: utf9", "'utf9' is no known encoding"),
        ("paths: people.csv", "paths: p.csv, delimiter: ', '", "is not one character; expected , or ;"),
        ("paths: people.csv", """paths: p.csv, delimiter: '"'""", "is not one character; expected , or ;"),
        ("id: id", "id: id, id: id2", "is not YAML: line 7: the key 'id' stands twice"),
        ("source: test", "source: [test", "is not YAML: line"),
        ("source: test", "", "source: is missing"),
    ],
)
def test_a_fault_is_one_line_with_its_key(tmp_path, old, new, expected):
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(MappingError) as caught:
        load_mapping(path)
    assert expected in caught.value.message
    assert caught.value.message.startswith(str(path))
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"[1, 2]", "holds a list"),
        (b"a: \xfc", "is not UTF-8 text"),
        (b"a: \x00", "is not YAML"),
    ],
)
def test_a_file_that_is_no_mapping(tmp_path, content, expected):
    path = tmp_path / "map.yaml"
    path.write_bytes(content)
    with pytest.raises(MappingError, match=expected):
        load_mapping(path)


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(MappingError, match="no such file; expected a mapping in YAML"):
        load_mapping(tmp_path / "none.yaml")
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path)


def test_shipped_mappings_are_read():
    shipped = [path for path in (files("features") / "mappings").iterdir() if path.name.endswith(".yaml")]
    assert len(shipped) >= 4
    for path in shipped:
        assert load_mapping(path).source == yaml.safe_load(path.read_text(encoding="utf-8"))["source"]
