"""The option --report of the command duel."""

from __future__ import annotations


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


def test_a_paper_about_a_model_is_refused_at_once(registered, leadquality, tmp_path):
    code, _, complained = leadquality(
        "duel", registered.dataset.path, "--card", "2", "--model", "1", "--capacity", "8",
        "--report", tmp_path / "paper.html", "--tracking-uri", registered.uri,
    )  # fmt: skip
    assert code == 2
    assert "the paper is about a card" in " ".join(complained.split())
