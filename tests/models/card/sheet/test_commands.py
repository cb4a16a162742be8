"""card import and card export as their user meets them."""

from __future__ import annotations

import json
import sys

import pytest

from leadquality import cli, console
from models.card import read_card
from tests.models.card.sheet.sheets import text_file

TEXT = "Rule,Points\nIndustry = Software,10\nAttended roundtable,10\n"
GIVEN = ("--name", "team", "--by", "Ann", "--on", "2025-03-03", "--grades", "60,40,20", "--qualified", "40")


@pytest.fixture
def card(monkeypatch, capfd, tmp_path):
    """Return a function that runs ``leadquality card`` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["leadquality", "card", *map(str, arguments)])
        monkeypatch.setattr(console.out, "_file", None)
        monkeypatch.setattr(console.errors, "_file", None)
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        printed, complained = capfd.readouterr()
        assert "Traceback" not in complained
        return stopped.value.code or 0, printed, complained

    return call


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_out_and_in_again(card, tmp_path, ending):
    code, printed, _ = card("export", "b2b_example", "-o", f"b2b.{ending}")
    assert (code, printed.split(":")[0]) == (0, f"b2b.{ending}")
    code, printed, _ = card("import", f"b2b.{ending}", "-o", "back.yaml")
    assert code == 0
    assert "back.yaml: 13 rules" in printed
    code, printed, _ = card("diff", "b2b_example", "back.yaml")
    assert "the same in everything" in printed


def test_faults_are_one_error_and_partly_writes_the_rest(card, tmp_path):
    text_file(tmp_path / "team.csv", TEXT)
    code, _, complained = card("import", "team.csv", "-o", "team.yaml", *GIVEN)
    assert code == 2
    assert "row 3, column A (Rule): seen 'Attended roundtable'" in complained
    assert "--partly writes the rules that can be read" in complained
    assert not (tmp_path / "team.yaml").exists()
    code, printed, _ = card("import", "team.csv", "-o", "team.yaml", *GIVEN, "--partly")
    assert code == 0
    assert "row 2: fit: Industry = Software: 10 points with industry Software" in printed
    assert "team.yaml: 1 rule, and 1 row not read, as comments" in printed
    assert [rule.name for rule in read_card(tmp_path / "team.yaml").rules] == ["Industry = Software"]
    assert "# - row 3, column A (Rule): seen 'Attended roundtable'" in (tmp_path / "team.yaml").read_text()


def test_own_words_are_known(card, tmp_path):
    text_file(tmp_path / "team.csv", TEXT)
    text_file(tmp_path / "words.yaml", "events: {roundtable: [attended roundtable]}\n")
    code, _, _ = card("import", "team.csv", "-o", "team.yaml", *GIVEN, "--words", "words.yaml")
    assert code == 0
    assert read_card(tmp_path / "team.yaml").rules[1].event == "roundtable"
    text_file(tmp_path / "words.yaml", "headings: {pints: [beer]}\n")
    code, _, complained = card("import", "team.csv", "-o", "x.yaml", *GIVEN, "--words", "words.yaml")
    assert code == 2
    assert "headings.pints: no such name; did you mean 'points'?" in complained


def test_a_file_that_is_there_is_not_written_over(card, tmp_path):
    text_file(tmp_path / "team.csv", "Rule,Points\nIndustry = Software,10\n")
    text_file(tmp_path / "team.yaml", "precious")
    code, _, complained = card("import", "team.csv", "-o", "team.yaml", *GIVEN)
    assert (code, "is there already" in complained) == (2, True)
    assert (tmp_path / "team.yaml").read_text() == "precious"
    assert card("import", "team.csv", "-o", "team.yaml", *GIVEN, "--force")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("import", "none.csv", "-o", "x.yaml"), "no such file or folder"),
        (("import", "none.csv", "-o", "x.yaml", "--grades", "lots"), "--grades lots: expected the least points"),
        (("import", "none.csv", "-o", "x.yaml", "--on", "spring"), "--on spring: not a day"),
        (("import", "none.csv", "-o", "x.yaml", "--from", "hubspot"), "--from hubspot: expected sheet or mautic"),
        (("export", "b2b_example", "-o", "x.ods"), "expected a name that ends in .csv or .xlsx"),
        (("export", "b2b_example", "-o", "."), "is a folder"),
        (("export", "b2b_example", "-o", "x.json"), "Mautic can express no rule of b2b_example"),
        (("export", "nothing", "-o", "x.csv"), "nothing"),
    ],
)
def test_errors_are_one_paragraph(card, arguments, message):
    code, _, complained = card(*arguments)
    assert code == 2
    assert message in " ".join(complained.split())
    assert complained.count("error:") == 1


def test_mautic_out_and_in_again(card, tmp_path):
    code, printed, _ = card("export", "b2b_example", "-o", "points.json", "--loosely")
    assert code == 0
    assert "points.json: 2 of 13 rules as point actions" in printed
    assert "left out: Manager: Mautic gives points for what people do" in printed
    assert json.loads((tmp_path / "points.json").read_text())["total"] == 2
    code, printed, _ = card("import", "points.json", "-o", "m.yaml", *GIVEN)
    assert code == 0
    assert "point action 2: engagement: Mail opened: 1 point for each email open" in printed
