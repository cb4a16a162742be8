"""The logistic yardstick and the preparation that it needs."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from models.logistic import LogisticBaseline

NAN = np.nan


def test_the_design_by_hand():
    """Two quantities, one with gaps, and one category with the levels 0 and 1."""
    X = np.array([[0.0, 1.0, NAN], [np.e - 1, 0.0, 3.0], [0.0, NAN, 3.0], [np.e - 1, 1.0, NAN]])
    fitted = LogisticBaseline().fit(X, np.array([0, 1, 1, 0]), categories=[1])
    # log1p gives 0, 1, 0, 1 (mean 0.5, deviation 0.5) and log 4 where known (deviation 0, so only centred).
    expected = [
        [-1.0, 0.0, 1.0, 0.0, 1.0],
        [1.0, 0.0, 0.0, 1.0, 0.0],
        [-1.0, 0.0, 0.0, 0.0, 0.0],
        [1.0, 0.0, 1.0, 0.0, 1.0],
    ]
    np.testing.assert_allclose(fitted._design(X), expected, atol=1e-12)
    unseen = np.array([[-(np.e - 1), 7.0, NAN]])
    np.testing.assert_allclose(fitted._design(unseen), [[-3.0, 0.0, 1.0, 0.0, 0.0]], atol=1e-12)


def test_quantities_as_they_are_stand_beside_their_logarithms_and_are_cut_off():
    X = np.arange(101.0)[:, None]
    X[100] = 1e6
    y = (np.arange(101) > 50).astype(int)
    fitted = LogisticBaseline(straight=True).fit(X, y)
    design = fitted._design(X)
    assert design.shape == (101, 2)
    # The second column rises evenly up to the 99th percentile and no further.
    steps = np.diff(design[:, 1])
    np.testing.assert_allclose(steps[:98], steps[0])
    assert design[100, 1] == design[99, 1]
    assert fitted.decision_function(np.array([[np.nan]])).shape == (1,)


def test_it_is_scikit_learns_regression_on_that_design():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.gamma(2, size=400), rng.integers(0, 3, 400)])
    X[rng.random(400) < 0.1, 0] = NAN
    y = (rng.random(400) < 1 / (1 + np.exp(-np.nan_to_num(X[:, 0]) + 2))).astype(int)
    baseline = LogisticBaseline(C=0.5).fit(X, y, categories=[1])
    plain = LogisticRegression(C=0.5, tol=1e-8, max_iter=1000).fit(baseline._design(X), y)
    np.testing.assert_allclose(
        baseline.decision_function(X), plain.decision_function(baseline._design(X)), atol=1e-3
    )
    probability = baseline.predict_proba(X)
    np.testing.assert_allclose(probability[:, 1], 1 / (1 + np.exp(-baseline.decision_function(X))))


def test_columns_without_any_value_do_no_harm():
    X = np.array([[NAN, 1.0, NAN], [NAN, 2.0, NAN], [NAN, 3.0, NAN]])
    fitted = LogisticBaseline().fit(X, np.array([0, 0, 1]), categories=[2])
    assert np.isfinite(fitted.decision_function(X)).all()
    assert fitted.decision_function(X).argmax() == 2


def test_manners():
    baseline = LogisticBaseline(C=0.3)
    assert clone(baseline).get_params() == {"C": 0.3, "straight": False}
    with pytest.raises(NotFittedError):
        baseline.predict_proba(np.zeros((1, 2)))
