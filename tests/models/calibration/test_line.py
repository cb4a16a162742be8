"""The line from totals to probabilities, held to scikit-learn's and to its prior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from models.calibration import LogitLine


def sample(n, slope, intercept, seed=0):
    rng = np.random.default_rng(seed)
    total = rng.normal(2.0, 3.0, n)
    return total, (rng.random(n) < expit(intercept + slope * total)).astype(int)


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, -2.0), (0.3, 0.5), (-0.5, 0.0)])
def test_with_many_positives_it_is_plain_logistic_regression(slope, intercept):
    total, label = sample(200_000, slope, intercept)
    plain = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(total[:, None], label)
    line = LogitLine.fit(total, label)
    assert line.slope == pytest.approx(plain.coef_[0, 0], abs=2e-3)
    assert line.intercept == pytest.approx(plain.intercept_[0], abs=4e-3)


def test_the_penalised_fit_is_scikit_learns_with_the_same_penalty():
    """Ten more positives' worth of information at rate r is a penalty of 10 (1 - r) on the standardised slope."""
    total, label = sample(300, 0.8, -3.0)
    x = (total - total.mean()) / total.std()
    strength = 10.0 * (1.0 - label.mean())
    ridge = LogisticRegression(C=1 / strength, tol=1e-12, max_iter=1000).fit(x[:, None], label)
    line = LogitLine.fit(total, label)
    assert line.slope * total.std() == pytest.approx(ridge.coef_[0, 0], abs=1e-4)
    assert line.intercept + line.slope * total.mean() == pytest.approx(ridge.intercept_[0], abs=1e-4)


def test_the_prior_pulls_where_positives_are_few():
    total = np.array([-1.0, 0.0, 1.0, 2.0])
    label = np.array([1, 0, 0, 1])
    free = LogitLine.fit(total, label).slope
    pulled = LogitLine.fit(total, label, prior_slope=1.0).slope
    assert abs(free) < 0.1
    assert 0.7 < pulled < 1.0
    many = [LogitLine.fit(*sample(50_000, 0.4, -1.0), prior_slope=p).slope for p in (None, 1.0)]
    assert many[0] == pytest.approx(many[1], abs=0.01)


@pytest.mark.parametrize("prior", [None, 1.0])
def test_probabilities_add_up_to_the_positives(prior):
    total, label = sample(500, 0.8, -2.0)
    fitted = LogitLine.fit(total, label, prior_slope=prior)
    assert fitted.probability(total).sum() == pytest.approx(label.sum(), rel=1e-6)


def test_the_scale_of_the_total_does_not_matter():
    total, label = sample(400, 0.8, -2.0)
    plain, moved = LogitLine.fit(total, label), LogitLine.fit(1000 + 50 * total, label)
    np.testing.assert_allclose(moved.probability(1000 + 50 * total), plain.probability(total), rtol=1e-6)


def test_perfect_separation_and_a_constant_total_stay_finite():
    apart = LogitLine.fit(np.array([0.0, 1.0, 2.0, 3.0]), np.array([0, 0, 1, 1]), prior_slope=1.0)
    assert 0 < apart.slope < 10
    flat = LogitLine.fit(np.full(8, 5.0), np.array([1, 0, 0, 0] * 2))
    np.testing.assert_allclose(flat.probability(np.full(2, 5.0)), 0.25, rtol=1e-6)


@pytest.mark.parametrize("label", [[0, 0, 0], [1, 1, 1], [True, True, True]])
def test_labels_all_alike_are_refused(label):
    with pytest.raises(ValueError, match=r"all 3 labels are [01]; a calibration needs both outcomes"):
        LogitLine.fit(np.arange(3.0), np.array(label))


def test_log_odds_and_probability_by_hand():
    line = LogitLine(slope=2.0, intercept=-1.0)
    assert line.log_odds(np.array([0.0, 0.5])).tolist() == [-1.0, 0.0]
    assert line.probability(np.array([0.5, 1e6, -1e6])).tolist() == [0.5, 1 - 1e-9, 1e-9]
