"""What every kind of calibration keeps to: rising, finite, inside (0, 1), the same from JSON."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from models.calibration import LogitLine, read_calibration
from training.calibrate import KINDS, fit_calibration


def sample(n=400, seed=0, rate=-2.0):
    rng = np.random.default_rng(seed)
    total = rng.normal(rate, 1.2, n)
    return total, (rng.random(n) < expit(total)).astype(int)


FITTED = {kind: fit_calibration(kind, *sample()) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
@given(totals=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=30))
def test_any_finite_total_has_a_finite_rising_probability(kind, totals):
    ordered = np.sort(np.array(totals))
    log_odds, p = FITTED[kind].log_odds(ordered), FITTED[kind].probability(ordered)
    assert np.isfinite(log_odds).all()
    assert (np.diff(log_odds) >= 0).all()
    assert (np.diff(p) >= 0).all()
    assert ((p > 0) & (p < 1)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_log_odds_and_probability_say_the_same(kind):
    totals = np.linspace(-8, 4, 200)
    np.testing.assert_allclose(expit(FITTED[kind].log_odds(totals)), FITTED[kind].probability(totals), rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_json_gives_it_back(kind):
    again = read_calibration(FITTED[kind].model_dump_json())
    assert again == FITTED[kind]
    assert again.kind == kind


def test_a_calibration_without_a_kind_is_a_line():
    assert read_calibration('{"slope": 0.9, "intercept": -0.2}') == LogitLine(slope=0.9, intercept=-0.2)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", '{"kind": "isotonic"}', '{"kind": "beta", "a": -1, "b": 1, "c": 0}']
)
def test_what_is_no_calibration_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic words it
        read_calibration(text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_weight_of_two_is_the_row_twice(kind):
    """Nearly: what the priors are worth, and a further lead weighs, is set against the rows' mean weight."""
    total, label = sample(20_000)
    chance = np.random.default_rng(5).random(len(total))
    twice = chance < np.where(label == 1, 0.9, 0.1)
    weighted = fit_calibration(kind, total, label, np.where(twice, 2.0, 1.0))
    repeats = np.where(twice, 2, 1)
    repeated = fit_calibration(kind, np.repeat(total, repeats), np.repeat(label, repeats))
    middle = np.linspace(-4, 0, 50)
    np.testing.assert_allclose(weighted.log_odds(middle), repeated.log_odds(middle), atol=0.03)
    assert (weighted.log_odds(middle) - fit_calibration(kind, total, label).log_odds(middle) > 0.3).all()


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_ratios_of_weights_count(kind):
    total, label = sample()
    weight = np.random.default_rng(2).uniform(0.5, 2, len(total))
    one, other = (fit_calibration(kind, total, label, factor * weight) for factor in (1.0, 7.0))
    np.testing.assert_allclose(one.probability(total), other.probability(total), rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("positives", [1, 3])
def test_few_positives_give_sane_probabilities(kind, positives):
    total = np.linspace(-6, 0, 300)
    label = np.zeros(300, int)
    label[-positives:] = 1
    p = fit_calibration(kind, total, label).probability(np.linspace(-20, 20, 100))
    assert ((p > 0) & (p < 1)).all()
    assert (np.diff(p) >= 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_labels_all_alike_are_refused(kind):
    with pytest.raises(ValueError, match="a calibration needs both outcomes"):
        fit_calibration(kind, np.arange(3.0), np.zeros(3))
