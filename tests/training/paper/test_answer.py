"""The one sentence, by what the duel found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.comparison import Estimate
from training.duel.cost import times
from training.paper.answer import _key, answer, beside, key_figures
from training.paper.sure import left_out
from training.paper.texts import more


@pytest.mark.parametrize(
    ("verdict", "found", "expected"),
    [
        (
            "costs",
            Estimate(12.4, 5.2, 19.1),
            "With 8 calls a week, working down the card’s list instead of the model’s list costs about "
            "12 opportunities a quarter, most likely 5 to 19.",
        ),
        (
            "better",
            Estimate(-12.4, -19.1, -5.2),
            "With 8 calls a week the card is better than the model: it finds about 12 opportunities a quarter "
            "more, most likely 5 to 19. Keep it.",
        ),
        (
            "unclear",
            Estimate(1.2, -6.3, 8.8),
            "With 8 calls a week the card and the model cannot be told apart by these leads.",
        ),
        (
            "untold",
            Estimate(0.0, 0.0, 0.0),
            "With 8 calls a week everybody can be called, so that it makes no difference which list is used.",
        ),
    ],
)
def test_the_answer_by_verdict(pieces, verdict, found, expected):
    arena = replace(pieces.duel.arena, absent=0.0)
    cost = replace(pieces.duel.cost, verdict=verdict, opportunities=found)
    assert answer(replace(pieces.duel, arena=arena, cost=cost)) == expected


def test_an_answer_on_some_of_the_leads_says_on_which_and_what_a_team_would_see(pieces):
    arena = replace(pieces.duel.arena, absent=0.73)
    curve = (replace(pieces.duel.curve[0], capacity=2, exhausted=False),)
    duel = replace(pieces.duel, arena=arena, curve=curve)
    assert answer(duel).startswith("With 8 calls a week among 27% of the open leads")
    said = " ".join(beside(duel))
    assert "about 2 of them fall on these" in said
    gap = times(curve[0].part.measures["found"].difference, -13 / len(duel.counted))
    assert f"less the model’s is {more(gap, 0.1)} opportunities a quarter" in said
    assert not [one for one in beside(replace(duel, arena=replace(arena, absent=0.0))) if "fall on these" in one]


def test_no_clear_difference_says_what_is_not_ruled_out(pieces):
    cost = replace(pieces.duel.cost, verdict="unclear", opportunities=Estimate(1.2, -6.3, 8.8))
    said = beside(replace(pieces.duel, cost=cost))[0]
    assert "up to 9 opportunities fewer or up to 6 more" in said


def test_no_clear_difference_says_money_and_wasted_calls_too(pieces):
    cost = replace(
        pieces.duel.cost, verdict="unclear", opportunities=Estimate(1.2, -6.3, 8.8),
        pipeline=Estimate(20e3, -90e3, 130e3), to_nothing=Estimate(14, 3, 25),
    )  # fmt: skip
    assert (
        "In money the card’s opportunities may be up to 130,000 behind or 90,000 ahead a quarter and of calls "
        "that come to nothing the card makes about 14 more a quarter (most likely 3 to 25)."
    ) in beside(replace(pieces.duel, cost=cost))


def test_the_notes_speak_as_the_page_and_name_what_is_elsewhere(pieces):
    notes = (
        "of calls",
        "Version 1 had called 3, card b2b_example@1a2b3c4d 4.",
        "card b2b_example@1a2b3c4d's rule",
    )
    duel = replace(pieces.duel, notes=notes, b=replace(pieces.duel.b, label="card b2b_example@1a2b3c4d"))
    said = left_out(duel, pieces.verdicts)
    assert said[:2] == ("The model had called 3, the card 4.", "The card's rule")
    alone = len(duel.only_a) + len(duel.only_b)
    assert f"the {alone} lead" in said[-1]
    assert "--json FILE" in said[-1]


@pytest.mark.parametrize(
    ("pipeline", "expected"),
    [
        (Estimate(450e3, 120e3, 800e3), "worth about 450,000 a quarter (most likely 120,000 to 800,000)"),
        (Estimate(5e3, -110e3, 130e3), "a loss of 130,000 to a gain of 110,000 a quarter"),
        (Estimate(-300e3, -500e3, -100e3), "ahead by about 300,000 a quarter (most likely 100,000 to 500,000)"),
    ],
)
def test_money_is_said_as_the_range_allows(pieces, pipeline, expected):
    cost = replace(pieces.duel.cost, verdict="costs", opportunities=Estimate(12.4, 5.2, 19.1), pipeline=pipeline)
    assert expected in " ".join(beside(replace(pieces.duel, cost=cost)))


def test_the_table_speaks_of_a_quarter_and_of_the_card_s_loss(pieces):
    duel, keys = pieces.duel, key_figures(pieces.duel)
    share = 13 / len(duel.counted)
    found = duel.measures["found"]
    assert float(keys[0].card.replace(",", "")) == pytest.approx(found.b.value * share, abs=0.5)
    assert float(keys[0].other.replace(",", "")) == pytest.approx(found.a.value * share, abs=0.5)
    gap = float(keys[0].difference.replace("−", "-").replace(",", ""))
    assert gap == pytest.approx(-found.difference.value * share, abs=0.5)


def test_a_line_of_the_table_adds_up(pieces):
    money = _key("v", Estimate(254e3, 1e5, 4e5), Estimate(266e3, 1e5, 4e5), Estimate(-12e3, -7e4, 4e4), 1.0)
    assert (money.card, money.other, money.difference) == ("250,000", "260,000", "−10,000")
    hits = _key("h", Estimate(8.6, 5, 12), Estimate(6.4, 3, 9), Estimate(2.2, -3, 8), 1.0)
    assert (hits.card, hits.other, hits.difference) in {("9", "7", "+2"), ("8", "6", "+2")}
    for key in key_figures(pieces.duel):
        card, other, gap = (
            float(text.replace("−", "-").replace(",", "")) for text in (key.card, key.other, key.difference)
        )
        assert card - other == pytest.approx(gap, abs=1e-6)
