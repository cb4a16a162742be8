"""Typical values: medians and most frequent values by weight, and where a value stands among the leads."""

from __future__ import annotations

import numpy as np
import pytest

from models.typical import MOST_MARKS, TypicalValue, learn_typical, most_frequent, weighted_median
from tests.models.conftest import feature_set

NAN = np.nan


@pytest.mark.parametrize(
    ("values", "weight", "median", "frequent"),
    [
        ([1, 2, 9], [1, 1, 1], 2, 1),
        ([1, 2, 9], [1, 1, 9], 9, 9),
        ([0, 0, 5, 7], [1, 1, 1, 1], 0, 0),
        ([NAN, NAN, 3], [1, 1, 1], NAN, NAN),
        ([NAN, 3, 4], [1, 1, 1], 3, 3),
        ([NAN, NAN, 3], [1, 1, 9], 3, 3),
        ([NAN], [1], NAN, NAN),
    ],
)
def test_what_is_typical_by_hand(values, weight, median, frequent):
    values, weight = np.array(values, float), np.array(weight, float)
    np.testing.assert_equal(weighted_median(values, weight), float(median))
    if not np.isnan(values).any() or len(values) == 1 or frequent != 3 or weight[-1] > 1:
        np.testing.assert_equal(most_frequent(values, weight), float(frequent))


def test_places_are_exact_where_every_value_is_a_mark():
    leads = np.array([[0, 0, 0, 0, 0, 0, 1, 1, 4, NAN]]).T
    known = _one(leads)
    for value in (0.0, 1.0, 2.5, 4.0, 9.0):
        column = leads[:, 0]
        below, at, above, missing = known.place(value)
        assert below == pytest.approx((column < value).mean())
        assert at == pytest.approx((column == value).mean())
        assert above == pytest.approx((column > value).mean())
        assert missing == pytest.approx(0.1)


def test_places_among_very_many_values_are_never_too_much():
    rng = np.random.default_rng(1)
    leads = rng.lognormal(3, 2, (5000, 1))
    leads[rng.random(5000) < 0.2] = NAN
    known, column = _one(leads), leads[:, 0]
    assert len(known.marks) <= MOST_MARKS
    for value in [*rng.lognormal(3, 2, 300), *column[:100]]:
        place = known.place(float(value))
        assert place.below <= (column < value).mean() + 1e-9
        assert place.above <= (column > value).mean() + 1e-9
        if value == value:  # noqa: PLR0124 - NaN is not itself
            assert place.below > (column < value).mean() - 0.02
            assert place.above > (column > value).mean() - 0.02


def test_nothing_known_of_anybody():
    known = _one(np.full((4, 1), NAN))
    assert (known.value, known.missing, known.marks) == (None, 1.0, ())
    assert known.place(3.0) == (0.0, 0.0, 0.0, 1.0)


def test_points_are_learnt_beside_the_features():
    rows = np.zeros((4, 5))
    points = np.array([0.0, 10.0, 20.0, 30.0])
    found = learn_typical(feature_set(), rows, np.ones(4), rows[:2], (points, points[:2]))
    assert (found.leads, found.points.value, found.points.marks) == (2, 10.0, (0.0, 10.0))


def _one(leads: np.ndarray) -> TypicalValue:
    features = feature_set()
    one = features.model_copy(update={"features": (features["employees"],)})
    return learn_typical(one, leads, np.ones(len(leads)), leads).features["employees"]
