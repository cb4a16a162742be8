"""Other cards in the same duel."""

from __future__ import annotations

import numpy as np
import pytest

from training.duel import fight
from training.paper.trials import try_cards
from training.rules.points import changed_card


def test_the_present_card_finds_nothing_more_than_itself(pieces):
    (trial,) = try_cards(pieces.duel, [pieces.duel.b.scorer.card])
    assert (trial.found.value, trial.found.low, trial.found.high) == (0, 0, 0)


def test_a_changed_card_finds_what_a_duel_of_its_own_says(pieces):
    duel, card = pieces.duel, pieces.duel.b.scorer.card
    changed = changed_card(card, {card.rules[0].name: 0, card.rules[3].name: 60}, {"on": "2026-01-01"})
    (trial,) = try_cards(duel, [changed])
    from models.card import bind_card  # noqa: PLC0415

    profile = duel.ground.profile
    scorer = bind_card(changed, [(known.entity, known.name) for known in profile.attributes], list(profile.kinds))
    own = fight(duel.ground, ("changed", scorer), ("present", duel.b.scorer), duel.capacity)
    gap = own.measures["found"].difference
    share = 13 / len(duel.counted)
    assert trial.found.value == pytest.approx(gap.value * share)
    assert (trial.found.low, trial.found.high) == pytest.approx((gap.low * share, gap.high * share))


def test_no_card_costs_nothing(pieces):
    assert try_cards(pieces.duel, []) == ()


def test_the_refit_learns_from_no_lead_of_the_duel(pieces):
    ground, arena = pieces.duel.ground, pieces.duel.arena
    assert not np.isin(arena.cluster[arena.lead], ground.learn.cluster).any()
