"""The beta curve, held to the paper's own recipe with scikit-learn, and to its ends."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from models.calibration import BetaCurve


def sample(n, a, b, c, seed=0):
    rng = np.random.default_rng(seed)
    total = rng.normal(-0.5, 1.8, n)
    p = expit(total)
    truth = expit(a * np.log(p) - b * np.log1p(-p) + c)
    return total, (rng.random(n) < truth).astype(int)


def test_it_is_the_papers_logistic_regression():
    """Kull et al. fit y on ln p and -ln(1 - p)."""
    total, label = sample(200_000, 0.6, 1.7, 0.3)
    p = expit(total)
    plain = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    plain.fit(np.column_stack([np.log(p), -np.log1p(-p)]), label)
    found = BetaCurve.fit(total, label)
    assert [found.a, found.b] == pytest.approx(plain.coef_[0], abs=5e-3)
    assert found.c == pytest.approx(plain.intercept_[0], abs=5e-3)
    assert [found.a, found.b, found.c] == pytest.approx([0.6, 1.7, 0.3], abs=0.05)


def test_a_negative_coefficient_is_left_out():
    rng = np.random.default_rng(1)
    total = rng.normal(0, 2, 50_000)
    # Falls at the low end, rises at the high one: no monotone curve does that.
    label = (rng.random(len(total)) < expit(np.abs(total) - 1)).astype(int)
    found = BetaCurve.fit(total, label)
    assert found.a == 0
    assert found.b > 0
    assert (np.diff(found.log_odds(np.linspace(-8, 8, 100))) >= 0).all()


def test_a_backward_model_gets_the_rate():
    total, label = sample(20_000, 1, 1, 0)
    found = BetaCurve.fit(-total, label)
    assert (found.a, found.b) == (0, 0)
    np.testing.assert_allclose(found.probability(np.array([-3.0, 3.0])), label.mean(), rtol=1e-6)


def test_few_positives_leave_a_good_model_nearly_alone():
    total = np.linspace(-4, 0, 40)
    label = np.zeros(40, int)
    label[[30, 39]] = 1
    found = BetaCurve.fit(total, label)
    assert found.a == pytest.approx(1, abs=0.3)
    assert found.b == pytest.approx(1, abs=0.6)
    assert found.probability(total).sum() == pytest.approx(2, rel=1e-6)


def test_one_row_alone_is_scored_as_among_others():
    total, label = sample(500, 0.7, 1.3, -0.2)
    found = BetaCurve.fit(total, label)
    alone = np.array([found.log_odds(total[i : i + 1])[0] for i in range(len(total))])
    np.testing.assert_array_equal(alone, found.log_odds(total))
