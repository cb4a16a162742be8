"""When a difference counts as clear, alone and among many."""

from __future__ import annotations

import pytest

from training.compare.paired import Paired
from training.comparison import Estimate


def paired(metric, value, low, high):
    return Paired(metric, value, 0.0, Estimate(value, low, high), (high - low) / 3.92)


@pytest.mark.parametrize(
    ("metric", "value", "low", "high", "standing"),
    [
        ("log_loss", 0.02, 0.001, 0.04, "worse"),
        ("log_loss", -0.02, -0.04, -0.001, "better"),
        ("log_loss", 0.02, -0.001, 0.04, "unclear"),
        ("auc", 0.02, 0.001, 0.04, "better"),
        ("auc", -0.02, -0.04, -0.001, "worse"),
        ("auc", -0.02, float("nan"), float("nan"), "unclear"),
    ],
)
def test_the_interval_decides_and_the_measure_says_which_way(metric, value, low, high, standing):
    assert paired(metric, value, low, high).standing() == standing


def test_among_many_a_difference_must_be_clearer():
    # 2.1 standard errors: clear alone (1.96), not among ten (2.81).
    found = paired("log_loss", 0.021, 0.0014, 0.0406)
    assert found.standing() == "worse"
    assert found.standing(10) == "unclear"
    # 3 standard errors: clear among ten, not among fifty (3.29).
    found = paired("log_loss", 0.03, 0.0104, 0.0496)
    assert found.standing(10) == "worse"
    assert found.standing(50) == "unclear"


def test_the_lean_is_in_standard_errors_and_below_zero_where_worse():
    assert paired("log_loss", 0.02, 0.02 - 0.0196, 0.02 + 0.0196).lean == pytest.approx(-2.0)
    assert paired("auc", 0.02, 0.02 - 0.0196, 0.02 + 0.0196).lean == pytest.approx(2.0)
    assert paired("auc", 0.0, 0.0, 0.0).lean == 0.0
