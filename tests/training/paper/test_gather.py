"""The paper with its card files."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from features.errors import ConfigError
from models.card import read_card
from tests.training.paper.page_reading import read
from training.comparison import Estimate
from training.paper import card_files, paper_for, write_paper
from training.rules import Change, Step


@pytest.fixture
def proposed(pieces):
    """Return the refit with two changes, whether or not so small a market proves any."""
    rules = pieces.duel.b.scorer.card.rules
    worth = Estimate(31.0, 22.0, 40.0)
    changes = [Change(rules[0].name, rules[0].points, 30, False, worth, 0.01)]
    changes.append(Change(rules[2].name, rules[2].points, 0, False, worth, 0.01))
    steps = tuple(Step(change, 0.5, 0.01, None, None, None, None) for change in changes)
    return replace(pieces.refit, steps=steps)


def test_changes_stand_one_after_the_other_with_the_command_to_sign(pieces, proposed):
    page = read(write_paper(pieces.duel, pieces.verdicts, proposed, stem="july"))
    table = page.all("table")[2]
    rows = [one.said for one in table.all("tr")][1:]
    assert len(rows) == 2
    assert "30 points instead of 20" in rows[0]
    assert "Take out" in rows[1]
    command = page.all("pre")[0].said
    assert re.fullmatch(
        r"leadquality card sign july-(1-change|2-changes)\.yaml --by 'Head of Marketing' .*", command
    )


def test_without_a_change_the_paper_says_so_and_names_no_file(pieces):
    page = read(write_paper(pieces.duel, pieces.verdicts, replace(pieces.refit, steps=())))
    assert "Leave the points as they are" in page.said
    assert len(page.all("table")) == 2
    assert not page.all("pre")


def test_the_cards_beside_the_paper_are_the_refit_s(pieces, tmp_path):
    pieces.paper.write(tmp_path / "new" / "meeting.html")
    assert (tmp_path / "new" / "meeting.html").read_text(encoding="utf-8") == pieces.paper.html
    assert list(pieces.paper.cards) == card_files(pieces.refit, "meeting")
    day = dt.datetime.fromtimestamp(pieces.duel.arena.dataset.observed_until / 1e6, dt.UTC).date()
    for number, file in enumerate(pieces.paper.cards, 1):
        assert read_card(tmp_path / "new" / file).digest == pieces.refit.refitted(number, on=day).digest


def test_a_distilled_card_is_named_with_what_it_finds(pieces, tmp_path):
    card = pieces.duel.b.scorer.card
    html = write_paper(pieces.duel, pieces.verdicts, pieces.refit, card)
    assert f"A wholly new card of {len(card.rules)} rules" in html
    paper = paper_for(pieces.duel, card, stem="july")
    assert "it is in july-new-card.yaml" in paper.html
    paper.write(tmp_path / "july.html")
    assert read_card(tmp_path / "july-new-card.yaml").digest == card.digest
    assert "new-card" not in pieces.paper.html


def test_a_model_as_the_present_definition_is_one_error(pieces):
    turned = replace(pieces.duel, a=pieces.duel.b, b=pieces.duel.a)
    with pytest.raises(ConfigError, match="about a card"):
        paper_for(turned)


def test_two_cards_give_a_paper_without_a_model(pieces):
    other = replace(pieces.duel, a=replace(pieces.duel.b, label="card other@12345678"))
    page = read(paper_for(other).html)
    assert "made without a model" in page.said
    assert "The other card" in page.said
    assert "the model" not in page.said.replace("without a model", "")


def test_what_was_left_out_is_said(pieces):
    page = read(pieces.paper.html)
    assert pieces.duel.notes[0].startswith("Of leads open on a Monday")
    said = " ".join(page.said.split())
    for note in pieces.duel.notes[1:]:
        assert note[:60] in said


def test_a_signed_card_is_never_written_over(pieces, tmp_path):
    paper = replace(pieces.paper, cards={"meeting-1-change.yaml": "name: new\n"})
    paper.write(tmp_path / "meeting.html")
    paper.write(tmp_path / "meeting.html")
    (tmp_path / "meeting-1-change.yaml").write_text("name: old\nsigned:\n  by: [Ann]\n", encoding="utf-8")
    (tmp_path / "meeting.html").unlink()
    with pytest.raises(ConfigError, match="signed card"):
        paper.write(tmp_path / "meeting.html")
    assert not (tmp_path / "meeting.html").exists()
    assert "Ann" in (tmp_path / "meeting-1-change.yaml").read_text(encoding="utf-8")
