"""Every sort of malformed card, and the exact words about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from features.errors import ConfigError
from models.card import read_card
from models.card.check import check_card, errors_in
from tests.models.card.check.base import BASE, spoiled

if TYPE_CHECKING:
    from models.card.check import Fault

MALFORMED = yaml.safe_load((Path(__file__).parent / "malformed.yaml").read_text(encoding="utf-8"))
#: What no reader of YAML can know: the card is read, and the check alone tells.
READ_ALL_THE_SAME = {"octal", "sixty", "number text"}


def said(fault: Fault) -> str:
    hint = "" if fault.hint is None else f" | {fault.hint}"
    return f"{fault.line}:{fault.column} {fault.severity}: {fault.what}{hint}"


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case["name"])
def test_every_malformed_card_has_its_own_message(case):
    assert [said(fault) for fault in check_card(spoiled(case["old"], case["new"]))] == case["faults"]


def test_there_are_many_and_each_says_something_of_its_own():
    said = [tuple(fault.partition(" ")[2] for fault in case["faults"]) for case in MALFORMED]
    assert len(MALFORMED) >= 90
    assert len(set(said)) == len(said)


def test_a_card_without_fault_has_none():
    assert check_card(BASE) == []
    assert check_card("\ufeff" + BASE) == []
    assert check_card(BASE.replace("\n", "\r\n")) == []


def test_all_faults_are_told_at_once():
    text = BASE.replace("title", "title\n      read: senority").replace("qualified: 20", "qualified: lots")
    text = text.replace("within: 90d", "within: soon").replace("{A: 40", "{A: 4")
    assert [(fault.line, fault.severity) for fault in check_card(text)] == [
        (10, "error"),
        (25, "error"),
        (33, "error"),
        (34, "error"),
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is empty; expected a point card in YAML"),
        ("# nothing\n", "is empty; expected a point card in YAML"),
        ("{}", "is empty; expected a point card in YAML"),
        ("- a\n- b\n", "holds a list; expected a point card in YAML"),
        ("just text", "holds plain text; expected a point card in YAML"),
        ("[" * 500, "is nested too deeply, or otherwise no YAML that can be read"),
        ("a: " + "[" * 60 + "]" * 60, None),
    ],
)
def test_what_is_no_card_at_all(text, what):
    found = check_card(text)
    assert found
    assert what is None or found[0].what.startswith(what[:40]) or found[0].what.startswith("is not YAML")


def test_a_file_is_read_by_its_path(tmp_path):
    path = tmp_path / "card.yaml"
    path.write_bytes(BASE.replace("Boss", "Bo\xdf").encode("latin-1"))
    assert [said(fault) for fault in check_card(path)] == [
        "8:15 error: is not UTF-8 text | save the file as UTF-8"
    ]
    path.write_text(BASE, encoding="utf-8-sig")
    assert check_card(path) == []
    with pytest.raises(ConfigError, match="no such file; expected a point card"):
        check_card(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="is a folder; expected a point card"):
        check_card(tmp_path)


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case["name"])
def test_what_the_check_calls_an_error_in_form_is_refused_by_reading_too(case, tmp_path):
    """And what it calls an error in meaning, or a warning, is read: the check is stricter than the format."""
    path = tmp_path / "card.yaml"
    path.write_text(spoiled(case["old"], case["new"]), encoding="utf-8")
    try:
        read_card(path)
    except ConfigError:
        assert errors_in(check_card(path))
    else:
        meaning = ("cannot be reached", "can qualify", "no lead can meet", "for the same thing")
        errors = [fault.what for fault in errors_in(check_card(path))]
        assert case["name"] in READ_ALL_THE_SAME or all(any(m in what for m in meaning) for what in errors), errors
