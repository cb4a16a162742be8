"""Weighted measures against scikit-learn, against repeating rows, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as log_loss_score

from training import metrics


@st.composite
def weighted_rows(draw):
    """Labels of both kinds with weight, scores with many ties, probabilities, whole weights with zeros."""
    n = draw(st.integers(4, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    label = np.r_[1, 0, rng.integers(0, 2, n - 2)].astype(bool)
    weight = np.r_[1, 1, rng.integers(0, 4, n - 2)].astype(float)
    score = rng.integers(0, draw(st.integers(1, 12)), n).astype(float)
    return score, rng.uniform(1e-6, 1 - 1e-6, n), label, weight


@settings(max_examples=60, deadline=None)
@given(weighted_rows())
def test_measures_agree_with_scikit_learn(rows):
    score, probability, label, weight = rows
    known = {"sample_weight": weight}
    assert metrics.auc(score, label, weight) == pytest.approx(roc_auc_score(label, score, **known))
    assert metrics.average_precision(score, label, weight) == pytest.approx(
        average_precision_score(label, score, **known)
    )
    assert metrics.log_loss(probability, label, weight) == pytest.approx(
        log_loss_score(label, probability, **known)
    )
    assert metrics.brier(probability, label, weight) == pytest.approx(
        brier_score_loss(label, probability, **known)
    )


@settings(max_examples=100, deadline=None)
@given(weighted_rows(), st.sampled_from([0.0, 0.1, 0.3, 0.77, 1.0]))
def test_a_weight_counts_as_repeating_the_row(rows, share):
    score, probability, label, weight = rows
    repeated = np.repeat(np.arange(len(label)), weight.astype(int))
    for measure, values, more in [
        (metrics.auc, score, ()),
        (metrics.average_precision, score, ()),
        (metrics.capture, score, (share,)),
        (metrics.log_loss, probability, ()),
        (metrics.brier, probability, ()),
        (metrics.observed_over_expected, probability, ()),
    ]:
        weighed = measure(values, label, *more, weight)
        assert weighed == pytest.approx(measure(values[repeated], label[repeated], *more))


@settings(max_examples=60, deadline=None)
@given(weighted_rows(), st.floats(0.05, 0.95))
def test_capture_is_the_mean_over_random_tie_orders(rows, share):
    score, _, label, _ = rows
    n = len(label)
    # Each row of a run of equal scores is in the top with the run's open places / the run's length.
    places = [
        np.clip((share * n - np.count_nonzero(score > own)) / np.count_nonzero(score == own), 0, 1)
        for own in score
    ]
    assert metrics.capture(score, label, share) == pytest.approx(np.array(places)[label].sum() / label.sum())


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_calibration_slope_agrees_with_logistic_regression(factor):
    rng = np.random.default_rng(3)
    x = rng.normal(-2, 1.5, 3000)
    label = rng.random(3000) < 1 / (1 + np.exp(-x))
    weight = rng.integers(0, 3, 3000).astype(float)
    probability = 1 / (1 + np.exp(-factor * x))
    known = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x[:, None], label, sample_weight=weight)
    expected = known.coef_[0, 0] / factor
    assert metrics.calibration_slope(probability, label, weight) == pytest.approx(expected, rel=1e-5)


def test_calibration_slope_is_found_from_a_poor_start():
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, 2000)
    label = rng.random(2000) < 1 / (1 + np.exp(-x))
    far_too_sure = 1 / (1 + np.exp(-10 * x - 8))
    known = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x[:, None], label)
    assert metrics.calibration_slope(far_too_sure, label) == pytest.approx(known.coef_[0, 0] / 10, rel=0.01)


@pytest.mark.parametrize(
    ("score", "label", "auc", "precision", "half"),
    [
        ([4, 3, 2, 1], [1, 1, 0, 0], 1.0, 1.0, 1.0),
        ([4, 3, 2, 1], [0, 0, 1, 1], 0.0, (1 / 3 + 2 / 4) / 2, 0.0),
        ([7, 7, 7, 7], [1, 0, 0, 0], 0.5, 0.25, 0.5),
        # One positive above, one in a tie of three that the half-way cut splits 1 : 2.
        ([9, 5, 5, 5], [1, 1, 0, 0], 0.75, (1 + 2 / 4) / 2, (1 + 1 / 3) / 2),
    ],
)
def test_ranking_measures_by_hand(score, label, auc, precision, half):
    assert metrics.auc(score, label) == pytest.approx(auc)
    assert metrics.average_precision(score, label) == pytest.approx(precision)
    assert metrics.capture(score, label, 0.5) == pytest.approx(half)


def test_probability_measures_by_hand():
    probability, label = [0.5, 0.25, 0.25, 1.0], [1, 0, 0, 1]
    assert metrics.log_loss(probability, label) == pytest.approx((np.log(2) + 2 * np.log(4 / 3)) / 4)
    assert metrics.brier(probability, label) == pytest.approx((0.25 + 2 * 0.0625) / 4)
    assert metrics.observed_over_expected(probability, label) == pytest.approx(1.0)
    assert metrics.log_loss([0.0], [1]) == pytest.approx(-np.log(1e-15))


def test_what_does_not_exist_is_nan():
    score, none, every = [3.0, 2.0, 1.0], [0, 0, 0], [1, 1, 1]
    assert np.isnan(metrics.auc(score, none))
    assert np.isnan(metrics.auc(score, every))
    assert np.isnan(metrics.average_precision(score, none))
    assert np.isnan(metrics.capture(score, none, 0.1))
    assert np.isnan(metrics.calibration_slope([0.1, 0.2, 0.3], none))
    assert np.isnan(metrics.calibration_slope([0.2, 0.2, 0.2, 0.2], [1, 0, 0, 1])), "one single probability"
    assert np.isnan(metrics.calibration_slope([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1])), "separated rows"
    for measure in (metrics.auc, metrics.log_loss, metrics.brier, metrics.observed_over_expected):
        assert np.isnan(measure([0.1, 0.2], [0, 1], [0.0, 0.0])), "no weight at all"


def test_scores_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="score holds 1 values that are not finite"):
        metrics.auc([1.0, np.nan], [0, 1])
