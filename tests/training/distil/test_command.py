"""The command card distil as its user meets it."""

from __future__ import annotations

import json

from models.card import read_card


def test_a_card_is_written_and_held_against_a_registered_model(registered, leadquality, tmp_path):
    into = tmp_path / "new" / "card.yaml"
    code, printed, _ = leadquality(
        "card", "distil", registered.dataset.path, "--rules", 3, "--card", "b2b_example", "--model", "1", "--json",
        "--into", into, "--tracking-uri", registered.uri,
    )  # fmt: skip
    assert code == 0
    content = json.loads(printed)
    card = read_card(into)
    assert 1 <= len(card.rules) <= 3
    assert {rule["name"] for rule in content["rules"]} == {rule.name for rule in card.rules}
    assert content["lost"]["model"] == "version 1"
    assert "nobody has agreed" in into.read_text(encoding="utf-8")


def test_a_file_that_is_there_or_no_card_is_refused_before_any_work(leadquality, tmp_path):
    there = tmp_path / "card.yaml"
    there.write_text("mine", encoding="utf-8")
    code, _, complained = leadquality("card", "distil", tmp_path / "nothing", "--into", there)
    assert code == 2
    assert "is there already" in complained
    assert there.read_text(encoding="utf-8") == "mine"
    code, _, complained = leadquality("card", "distil", tmp_path / "nothing", "--into", tmp_path / "card.txt")
    assert code == 2
    assert "ends in .yaml" in complained
