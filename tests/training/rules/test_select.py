from itertools import combinations

import numpy as np

from training.rules.joint import JointFit
from training.rules.scale import Proportions
from training.rules.select import select


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
