import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from tests.training.rules.made_rows import TRUTH, drawn
from training.rules.loss import PointsTable, fit_line, losses_with, total_with
from training.rules.points import changed_card


def test_the_line_is_that_of_plain_logistic_regression():
    rows = drawn(TRUTH, TRUTH, n=4000)
    table = PointsTable(rows)
    intercept, slope = table.line({})
    plain = LogisticRegression(C=1e12, tol=1e-10).fit(rows.total[:, None], rows.label)
    assert slope == pytest.approx(plain.coef_[0, 0], rel=1e-3)
    assert intercept == pytest.approx(plain.intercept_[0], rel=1e-3)
    p = expit(intercept + slope * rows.total)
    expected = -np.mean(np.where(rows.label > 0, np.log(p), np.log1p(-p)))
    assert table.loss({}) == pytest.approx(expected, rel=1e-9)


def test_changed_points_give_the_total_of_the_changed_card():
    rows = drawn(TRUTH, TRUTH, n=300, cap=45)
    new = changed_card(rows.card.card, {"a": 35, "d": -5}, {})
    expected = np.minimum(rows.reads @ np.array([rule.points for rule in new.rules]), 45)
    np.testing.assert_array_equal(total_with(rows, {0: 35, 3: -5}), expected)


def test_like_rows_together_lose_what_all_rows_lose():
    rows = drawn(TRUTH, TRUTH, n=1000, cap=45)
    table, changes = PointsTable(rows), {0: 35, 2: 0}
    losses = losses_with(rows, changes, table.line(changes))
    assert table.loss(changes) == pytest.approx(losses.mean(), rel=1e-9)
    assert len(table.weight) < 100


def test_totals_that_are_all_alike_have_no_slope():
    intercept, slope, loss = fit_line(np.zeros(1), np.array([20.0]), np.array([100.0]))
    assert slope == 0
    assert expit(intercept) == pytest.approx(0.2)
    assert loss == pytest.approx(-0.2 * np.log(0.2) - 0.8 * np.log(0.8))
