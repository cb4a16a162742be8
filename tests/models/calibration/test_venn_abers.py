"""Venn-Abers, held to isotonic regression fitted anew for every lead and both outcomes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from models.calibration import VennAbers


def asked_twice(total, label, weight, at):
    """Vovk and Petej's definition: isotonic regression on the rows and (at, outcome), and its value there."""
    found = []
    for outcome in (0.0, 1.0):
        rows, labels, weights = np.append(total, at), np.append(label, outcome), np.append(weight, 1.0)
        found.append(IsotonicRegression().fit(rows, labels, sample_weight=weights).predict([at])[0])
    return found


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(-6, 6), st.booleans(), st.sampled_from([0.25, 1.0, 1.0, 3.0])),
        min_size=2,
        max_size=40,
    ).filter(lambda rows: len({row[1] for row in rows}) == 2),
    weighted=st.booleans(),
)
def test_it_is_isotonic_regression_asked_twice(rows, weighted):
    total, label, weight = (np.array(column, float) for column in zip(*rows, strict=True))
    weight = weight / weight.mean() if weighted else np.ones(len(total))
    found = VennAbers.fit(total, label, weight if weighted else None)
    inside = np.clip(np.concatenate([total, total + 0.5, total - 0.5]), total.min(), total.max())
    p0, p1 = found.both(inside)
    for at, low, high in zip(inside, p0, p1, strict=True):
        assert [low, high] == pytest.approx(asked_twice(total, label, weight, at), abs=1e-9)
    np.testing.assert_allclose(found.probability(inside), p1 / (1 - p0 + p1))


def test_outside_the_rows_it_is_what_it_is_at_their_ends():
    total, label = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0, 0, 1, 0])
    found = VennAbers.fit(total, label)
    assert found.probability(np.array([-9.0, 9.0])).tolist() == found.probability(np.array([0.0, 3.0])).tolist()


def test_the_formula_by_hand():
    # One row of each at the same total: with a further negative 1/3, with a further positive 2/3.
    found = VennAbers.fit(np.zeros(2), np.array([0, 1]))
    p0, p1 = found.both(np.zeros(1))
    assert [p0[0], p1[0]] == pytest.approx([1 / 3, 2 / 3])
    assert found.probability(np.zeros(1))[0] == pytest.approx(0.5)


def test_a_hundred_thousand_rows_are_small_and_right():
    rng = np.random.default_rng(0)
    total = rng.normal(-3, 1, 100_000)
    label = rng.random(len(total)) < expit(0.8 * total)
    found = VennAbers.fit(total, label)
    assert len(found.model_dump_json()) < 300_000
    middle = np.linspace(-5, -1, 50)
    np.testing.assert_allclose(found.log_odds(middle), 0.8 * middle, atol=0.35)


@pytest.mark.parametrize(
    "change",
    [{"low": (0.2, 0.1)}, {"low_from": (1.0, 1.0)}, {"high": ()}, {"high": (0.0, 0.5)}, {"low": (0.1, 1.0)}],
)
def test_steps_that_do_not_rise_are_refused(change):
    good = {"low_from": (0.0, 1.0), "low": (0.1, 0.2), "high_until": (0.5, 2.0), "high": (0.3, 0.4)}
    VennAbers(**good)
    with pytest.raises(ValueError, match=r"Venn-Abers|p1 must lie"):
        VennAbers(**(good | change))
