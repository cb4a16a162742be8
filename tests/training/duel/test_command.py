"""The command duel as its user meets it."""

from __future__ import annotations

import json

import pytest


def test_a_duel_prints_the_answer_first_and_writes_the_rest(registered, leadquality, tmp_path):
    file = tmp_path / "new" / "duel.json"
    code, printed, _ = leadquality(
        "duel", registered.dataset.path, "--card", "b2b_example", "--model", "1", "--capacity", "5/week",
        "--capacities", "2,10", "--json", file, "--plot", tmp_path / "curve.png", "--tracking-uri", registered.uri,
    )  # fmt: skip
    assert code == 0
    found = json.loads(file.read_text())
    assert " ".join(printed.split()).startswith(found["sentence"])
    assert {2, 5, 10} <= {point["capacity"] for point in found["curve"]}
    assert (tmp_path / "curve.png").stat().st_size > 1000
    assert "opportunities found" in printed


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--capacity", "8/day"], "expected a whole number of leads a week"),
        (["--capacity", "9" * 25], "a week from 1 to 1,000,000"),
        (["--capacity", "5", "--capacities", "5,,10"], "expected a whole number of leads a week"),
        (["--capacity", "5", "--again-after", "soon"], "is not a duration"),
        (["--capacity", "5", "--json", "."], "is a folder; expected a file"),
        (["--capacity", "5", "--card", "1"], "against itself"),
    ],
)
def test_what_cannot_be_understood_is_one_error(registered, leadquality, options, expected):
    given = ["--card", "b2b_example"] if "--card" not in options else []
    code, _, complained = leadquality(
        "duel", registered.dataset.path, *given, "--model", "1", *options, "--tracking-uri", registered.uri
    )
    assert code == 2
    text = " ".join(complained.split())
    assert expected in text
    assert text.count("error:") == 1
    assert "Traceback" not in text
