import numpy as np
import pytest

from training.rules.joint import JointFit
from training.rules.scale import Proportions

GIVEN = np.array([20.0, 10.0, -10.0, 5.0])


def proportions(beta, cov=None):
    cov = np.eye(4) * 0.01 if cov is None else cov
    return Proportions(JointFit(np.arange(4), np.array(beta, float), cov, np.linalg.inv(cov), 1.0), GIVEN)


def test_proportional_coefficients_give_the_scale_and_no_distance():
    found = proportions(0.05 * GIVEN).scale()
    assert found.value == pytest.approx(0.05)
    assert found.distance == pytest.approx(0, abs=1e-12)
    # One least squares slope: its variance is 0.01 / (400 + 100 + 100 + 25).
    assert found.error == pytest.approx((0.01 / 625) ** 0.5)


def test_a_wrong_rule_spoils_the_scale_until_it_is_free():
    wrong = proportions([0.0, 0.5, -0.5, 0.25])
    assert wrong.scale().value == pytest.approx(0.05 * 225 / 625)
    assert wrong.scale({0}).value == pytest.approx(0.05)
    assert wrong.scale({0}).from_rules == (1, 2, 3)
    scale, worth = wrong.freed((0,))
    assert scale == pytest.approx(0.05)
    np.testing.assert_allclose(worth, [0, 10, -10, 5], atol=1e-9)


def test_the_interval_holds_the_agreed_points_exactly_where_their_test_does_not_reject():
    rng = np.random.default_rng(0)
    for _ in range(50):
        root = rng.normal(size=(4, 4)) * 0.05
        found = proportions(0.05 * GIVEN + rng.normal(size=4) * 0.15, root @ root.T + np.eye(4) * 0.01)
        value, low, high = found.worth(0, (), 1.96)
        fall = found.distance(()) - found.distance({0})
        assert (fall <= 1.96**2) == (low <= 20 <= high)
        # The worth is the one that lies where the rule is free and the others hold to their points.
        assert value == pytest.approx(found.freed((0,))[1][0])


def test_two_rules_with_points_must_be_left():
    found = proportions(0.05 * GIVEN)
    assert found.can_free({0, 1})
    assert not found.can_free({0, 1, 2})


def test_points_that_lower_the_rate_have_no_distance():
    assert proportions(-0.05 * GIVEN).distance(()) == np.inf
