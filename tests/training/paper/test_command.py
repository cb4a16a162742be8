"""The option --report of the command duel."""

from __future__ import annotations

from models.card import read_card
from training.distil.on_dataset import distil_on


def test_the_paper_is_written_with_its_cards(registered, leadquality, tmp_path):
    file = tmp_path / "new" / "july.html"
    code, printed, _ = leadquality(
        "duel", registered.dataset.path, "--card", "b2b_example", "--model", "1", "--capacity", "8",
        "--report", file, "--tracking-uri", registered.uri,
    )  # fmt: skip
    assert code == 0
    html = file.read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    assert "With 8 calls a week" in html
    assert "the meeting's paper" in " ".join(printed.split())
    cards = sorted(one.name for one in file.parent.glob("july-*.yaml"))
    assert all(name in html or name in printed for name in cards)


def test_a_new_card_is_learnt_from_the_model_s_own_rows_and_lies_beside_the_paper(
    registered, leadquality, tmp_path, monkeypatch
):
    seen = {}

    def learn(dataset, **given):
        seen.update(given)
        return distil_on(dataset, **given)

    monkeypatch.setattr("training.distil.on_dataset.distil_on", learn)
    code, printed, _ = leadquality(
        "duel", registered.dataset.path, "--card", "b2b_example", "--model", "1", "--capacity", "8",
        "--report", tmp_path / "july.html", "--distil", 3, "--tracking-uri", registered.uri,
    )  # fmt: skip
    assert code == 0
    assert (seen["model"], seen["rules"]) == ("1", 3)
    assert 1 <= len(read_card(tmp_path / "july-new-card.yaml").rules) <= 3
    assert "july-new-card.yaml" in (tmp_path / "july.html").read_text(encoding="utf-8")
    assert "july-new-card.yaml: a card of learnt rules, tried, not proposed" in printed


def test_a_new_card_without_a_paper_is_one_error(registered, leadquality):
    code, _, complained = leadquality(
        "duel", registered.dataset.path, "--card", "b2b_example", "--capacity", "8", "--distil", 3
    )
    assert code == 2
    assert "--report" in complained


def test_a_paper_about_a_model_is_refused_at_once(registered, leadquality, tmp_path):
    code, _, complained = leadquality(
        "duel", registered.dataset.path, "--card", "2", "--model", "1", "--capacity", "8",
        "--report", tmp_path / "paper.html", "--tracking-uri", registered.uri,
    )  # fmt: skip
    assert code == 2
    assert "the paper is about a card" in " ".join(complained.split())
