"""The one sentence, in every direction, and figures rounded as their intervals deserve."""

from __future__ import annotations

import numpy as np
import pytest

from training.comparison import Estimate
from training.duel.cost import work_out
from training.duel.measures import KINDS, Measure, Part
from training.duel.rounding import matching, show, show_estimate, step_of

NOTHING = Estimate(0, 0, 0)


def part(**gaps):
    """Return a part whose differences are the given (value, low, high)."""
    measures = {
        kind.name: Measure(kind, NOTHING, NOTHING, Estimate(*gaps[kind.name]), 1.0)
        for kind in KINDS
        if kind.name in gaps
    }
    return Part(0, 50, 50, 0, 0, 0.0, 0.0, measures, {})


def said(untold=False, weeks=26, held=1.0, **gaps):
    given = {"to_nothing": (0, -5, 5)} | gaps
    return work_out(part(**given), weeks, "version 3", "the card", 40, untold=untold, held=held)


def test_a_card_that_finds_clearly_less_costs():
    cost = said(
        found=(24, 10, 38), to_nothing=(-28, -50, -6), pipeline=(680_000, 240_000, 1_120_000),
        revenue=(200_000, -100_000, 500_000),
    )  # fmt: skip
    assert cost.verdict == "costs"
    assert cost.opportunities == Estimate(12, 5, 19)
    assert cost.to_nothing == Estimate(14, 3, 25)
    assert cost.sentence == (
        "Calling the picks of the card instead of those of version 3, 40 leads a week, costs about 12 "
        "opportunities a quarter (95 % interval 5 to 19), about 340,000 of pipeline value (120,000 to 560,000), "
        "perhaps 100,000 of won revenue (−50,000 to 250,000): not clear, and spends 14 more calls a quarter on "
        "leads that come to nothing (3 to 25)."
    )


def test_a_card_whose_difference_holds_0_cannot_be_told_apart():
    cost = said(found=(4, -18, 26))
    assert cost.verdict == "unclear"
    assert cost.sentence == (
        "The card cannot be told apart from version 3 by these leads: at 40 calls a week it finds 2 "
        "opportunities a quarter fewer, and the 95 % interval of what it loses (−9 to 13) holds 0, so that a "
        "loss of up to 13 a quarter is not ruled out, and on leads that come to nothing it saves up to 2 calls or "
        "spends up to 2 calls."
    )
    assert "finds as many opportunities" in said(found=(0, 0, 0)).sentence


def test_what_cannot_be_told_apart_says_money_and_wasted_calls_too():
    sentence = said(
        found=(4, -18, 26), to_nothing=(-28, -50, -6), pipeline=(20_000, -180_000, 260_000),
        revenue=(-100_000, -160_000, -40_000),
    ).sentence  # fmt: skip
    assert "; in pipeline value it brings up to 90,000 or loses up to 130,000" in sentence
    assert "; in won revenue it brings about 50,000 more (20,000 to 80,000)" in sentence
    assert sentence.endswith(", and on leads that come to nothing it spends about 14 calls more (3 to 25).")


def test_a_card_that_finds_clearly_more_is_better():
    cost = said(found=(-24, -38, -10))
    assert cost.verdict == "better"
    assert "The card is better than version 3" in cost.sentence
    assert "about 12 opportunities a quarter more (95 % interval 5 to 19); keep it" in cost.sentence


def test_a_loss_of_opportunities_with_more_money_says_both():
    sentence = said(found=(24, 10, 38), pipeline=(-2000, -3800, -400)).sentence
    assert "though it brings about 1,000 more of pipeline value (200 to 1,900)" in sentence


@pytest.mark.parametrize("found", [(24, 10, 38), (-24, -38, -10), (4, -18, 26)])
def test_a_duel_on_some_of_the_leads_says_so_in_its_sentence(found):
    assert "a week among the 27% of open leads that this duel holds" in said(found=found, held=0.27).sentence
    assert "among" not in said(found=found).sentence


def test_where_everybody_is_called_nothing_is_told():
    cost = said(untold=True, found=(24, 10, 38))
    assert cost.verdict == "untold"
    assert cost.sentence.startswith("The duel tells nothing")


@pytest.mark.parametrize(
    ("low", "high", "finest", "step"),
    [
        (5, 19, 1, 1),
        (120_000, 560_000, 1, 10_000),
        (0.4, 14, 1, 0.1),
        (-0.4, 14, 1, 1),
        (3, 3, 1, 1),
        (0.13, 0.31, 0.01, 0.01),
    ],
)
def test_a_figure_is_rounded_by_the_width_of_its_interval(low, high, finest, step):
    assert step_of(low, high, finest) == pytest.approx(step)


def test_an_interval_that_keeps_clear_of_0_never_reads_as_if_it_did_not():
    rng = np.random.default_rng(0)
    for low, width in zip(10 ** rng.uniform(-3, 6, 200), 10 ** rng.uniform(-3, 6, 200), strict=True):
        _, ends = show_estimate(Estimate(low + width / 2, low, low + width))
        assert float(ends.split(" to ")[0].replace(",", "")) > 0


def test_minus_zero_is_zero():
    assert show(-0.2) == "0"
    assert show(-0.0, sign=True) == "+0"


def test_shown_figures_and_their_shown_difference_add_up():
    rng = np.random.default_rng(1)
    for size in 10 ** rng.uniform(-1, 6, 300):
        a, b = rng.uniform(0, size, 2)
        half = rng.uniform(0.05, 0.6, 3) * size
        sides = [Estimate(value, value - w, value + w) for value, w in zip((a, b), half, strict=False)]
        gap = Estimate(a - b, a - b - half[2], a - b + half[2])
        one, other, apart, step = matching(*sides, gap, 0.1)
        assert round((one - other) / step) == round(apart / step)
        assert abs(apart - gap.value) <= step / 2 * 1.001
        assert max(abs(one - a), abs(other - b)) <= step * 1.001
        assert min(one, other) >= 0


def test_figures_that_do_not_exist_are_left_as_they_are():
    nothing = Estimate(np.nan, np.nan, np.nan)
    one, other, apart, _ = matching(Estimate(3.2, 1, 5), nothing, nothing, 0.1)
    assert one == 3.2
    assert np.isnan(other)
    assert np.isnan(apart)
