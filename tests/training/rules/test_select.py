from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chi2

from training.rules.joint import JointFit
from training.rules.scale import Proportions
from training.rules.select import LATER_LEVEL, LEVEL, holm, level_after, select


def proportions(given, wrong, k=8, error=0.1):
    given = np.array(given, float)
    beta = 0.05 * given
    for place, points in wrong.items():
        beta[place] = 0.05 * points
    cov = np.eye(len(given)) * error**2
    return Proportions(JointFit(np.arange(len(given)), beta, cov, np.linalg.inv(cov), 1.0), given)


GIVEN = [20, 10, -10, 15, 25, 10, 5, 15]


def test_a_right_card_has_no_rule_to_free():
    assert select(proportions(GIVEN, {})) == []


def test_wrong_rules_are_freed_and_no_other():
    found = select(proportions(GIVEN, {0: 0, 4: 5, 7: 35}))
    assert [step.free for step in found][-1] == (0, 4, 7)
    assert len(found) == 3
    assert all(step.p_value < 0.01 for step in found)


def test_a_card_too_large_for_all_sets_is_searched_by_adding_and_swapping():
    # Under this covariance rule 4 alone is the best to free, and not one of the best two.
    rng = np.random.default_rng(42)
    given, root = np.full(16, 10.0), rng.normal(size=(16, 3)) * 0.15
    cov = np.eye(16) * 0.01 + root @ root.T
    beta = 0.05 * given + rng.normal(size=16) * 0.3
    found = Proportions(JointFit(np.arange(16), beta, cov, np.linalg.inv(cov), 1.0), given)
    steps = select(found, level=None, most=2)
    assert steps[0].free == (4,)
    assert steps[1].free == min(combinations(range(16), 2), key=found.distance) == (9, 12)


def test_without_a_level_there_are_as_many_as_wanted():
    assert [len(step.free) for step in select(proportions(GIVEN, {}), level=None, most=2)] == [1, 2]


def test_an_original_is_freed_only_after_its_repeat():
    found = select(proportions(GIVEN, {0: 0}), together={1: 0}, level=None, most=1)
    assert found[0].free != (0,)


def test_at_least_two_rules_are_left_to_define_the_scale():
    found = select(proportions([10, 10, 10], {0: 90}), level=None, most=3)
    assert len(found) == 1


def test_false_proposals_are_as_rare_as_the_level_says():
    rng = np.random.default_rng(5)
    given = np.array(GIVEN, float)
    root = rng.normal(size=(8, 8)) * 0.1
    cov = root @ root.T + np.eye(8) * 0.01
    draws = rng.multivariate_normal(0.05 * given, cov, size=600)
    fits = (JointFit(np.arange(8), beta, cov, np.linalg.inv(cov), 1.0) for beta in draws)
    false = sum(bool(select(Proportions(fit, given), level=0.05, most=1)) for fit in fits)
    assert false <= 45


def off_by(given, place, p_value, others, error=0.1):
    """Return points at which freeing one rule, with some others free, has this p-value times the rules left."""
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        made = proportions(given, {**others, place: given[place] + middle}, error=error)
        drop = made.distance(tuple(others)) - made.distance((*others, place))
        above = float(chi2.sf(drop, 1)) * (len(given) - len(others)) > p_value
        low, high = (middle, high) if above else (low, middle)
    return given[place] + high


def test_the_first_change_is_held_to_the_strict_level_and_the_next_to_the_wider():
    likely, strict = (LEVEL + LATER_LEVEL) / 2, LEVEL / 2
    alone = proportions(GIVEN, {4: off_by(GIVEN, 4, likely, {})})
    assert select(alone) == [], "likely is not enough to call a card wrong"
    assert [step.free for step in select(proportions(GIVEN, {4: off_by(GIVEN, 4, strict, {})}))] == [(4,)]
    after = proportions(GIVEN, {0: 90, 4: off_by(GIVEN, 4, likely, {0: 90})})
    found = select(after)
    assert [step.free for step in found] == [(0,), (0, 4)], "on a card that is wrong it is"
    assert found[0].p_value < LEVEL < found[1].p_value < LATER_LEVEL
    unlikely = proportions(GIVEN, {0: 90, 4: off_by(GIVEN, 4, LATER_LEVEL * 1.5, {0: 90})})
    assert [step.free for step in select(unlikely)] == [(0,)]


def test_a_caller_s_wider_level_is_never_narrowed_later():
    assert (level_after(0, 0.2), level_after(3, 0.2)) == (0.2, 0.2)
    assert (level_after(0), level_after(1)) == (LEVEL, LATER_LEVEL)


def test_p_values_hold_together_as_holm_says():
    held = holm({7: 0.03, 1: 0.001, 4: 0.0012}, 10)
    assert held == pytest.approx({1: 0.01, 4: 0.0108, 7: 0.24})
    assert holm({0: 0.01, 1: 0.0101}, 3) == pytest.approx({0: 0.03, 1: 0.03}), "none is below the one before it"
    assert holm({}, 5) == {}


def test_after_a_wrong_rule_a_right_one_is_changed_as_rarely_as_the_later_level_says():
    rng = np.random.default_rng(8)
    given = np.array(GIVEN, float)
    root = rng.normal(size=(8, 8)) * 0.1
    cov = root @ root.T + np.eye(8) * 0.01
    truth = 0.05 * given + np.eye(8)[4] * 4
    draws = rng.multivariate_normal(truth, cov, size=600)
    fits = (JointFit(np.arange(8), beta, cov, np.linalg.inv(cov), 1.0) for beta in draws)
    found = [select(Proportions(fit, given)) for fit in fits]
    assert all(4 in steps[-1].free for steps in found)
    false = sum(len(steps) > 1 for steps in found)
    assert 6 <= false <= 45, "more than at the strict level, and no more than at the later"
