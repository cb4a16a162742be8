"""The one sentence, by what the duel found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.comparison import Estimate
from training.paper.answer import answer, beside, key_figures


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
            "as good",
            Estimate(1.2, -6.3, 8.8),
            "With 8 calls a week the card is as good as the model, as far as these leads can tell.",
        ),
        (
            "untold",
            Estimate(0.0, 0.0, 0.0),
            "With 8 calls a week everybody can be called, so that it makes no difference which list is used.",
        ),
    ],
)
def test_the_answer_by_verdict(pieces, verdict, found, expected):
    duel = replace(pieces.duel, cost=replace(pieces.duel.cost, verdict=verdict, opportunities=found))
    assert answer(duel) == expected


def test_as_good_says_what_is_not_ruled_out(pieces):
    cost = replace(pieces.duel.cost, verdict="as good", opportunities=Estimate(1.2, -6.3, 8.8))
    said = beside(replace(pieces.duel, cost=cost))[0]
    assert "up to 9 opportunities fewer or up to 6 more" in said


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
