import numpy as np
from scipy.special import expit

from tests.training.rules.made_rows import card_of, rows_of
from training.rules import judge_rules, refit_path
from training.rules.joint import fit_jointly
from training.rules.repeats import find_repeats


def market(flipped, seed=0, n=8000, worth=(20, 0)):
    """Return rows whose rules a and twin agree but for a share ``flipped`` of leads; c to f are others."""
    rng = np.random.default_rng(seed)
    a = (rng.random(n) < 0.3).astype(float)
    twin = np.where(rng.random(n) < flipped, 1 - a, a)
    others = (rng.random((n, 4)) < 0.3).astype(float)
    points = np.array([*worth, 10, -15, 25, 15])
    reads = np.column_stack([a, twin, others])
    label = rng.random(n) < expit(-2.5 + 0.05 * reads @ points)
    return rows_of(card_of({"a": 20, "twin": 15, "c": 10, "d": -15, "e": 25, "f": 15}), reads, label)


def test_a_copy_of_a_rule_is_named_with_the_rule_that_stands_first():
    rows = market(0.0)
    found = find_repeats(rows, fit_jointly(rows))
    assert set(found) == {1}
    assert found[1].of == 0
    assert found[1].overlap == 1


def test_nearly_a_copy_is_one_too_and_the_sentence_says_what_both_are_worth():
    verdicts = judge_rules(market(0.02), replicates=20)
    assert verdicts["twin"].words == "repeats a"
    assert verdicts["a"].code == "agrees"
    assert "agreed 35" in verdicts["twin"].sentence
    assert [one.code == "repeats" for one in verdicts.rules].count(True) == 1


def test_a_rule_met_by_half_other_leads_repeats_nothing():
    rows = market(0.3)
    assert find_repeats(rows, fit_jointly(rows)) == {}


def test_a_rule_that_says_something_beside_its_like_repeats_nothing():
    rows = market(0.03, n=60_000, worth=(20, 40))
    assert find_repeats(rows, fit_jointly(rows)) == {}


def test_the_refit_takes_the_repeat_out_and_not_the_original():
    path = refit_path(market(0.0, n=12_000))
    assert [(change.rule, change.after) for change in path.changes] == [("twin", 0)]


def test_rules_that_nearly_all_leads_meet_overlap_and_yet_repeat_nothing():
    # Both are met by nineteen leads of twenty, each for itself: nine tenths meet both by chance.
    rng = np.random.default_rng(1)
    reads = (rng.random((8000, 5)) < [0.95, 0.95, 0.3, 0.3, 0.3]).astype(float)
    label = rng.random(8000) < expit(-2.5 + 0.05 * reads @ np.array([0, 20, 10, -15, 25]))
    rows = rows_of(card_of({"a": 5, "b": 20, "c": 10, "d": -15, "e": 25}), reads, label)
    assert find_repeats(rows, fit_jointly(rows)) == {}
