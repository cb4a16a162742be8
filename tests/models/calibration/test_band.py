"""The band: around the truth as often as it says, the same for a seed, and wider where accounts are few."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from models.calibration import VennAbersBand


def accounts(seed, n=300, rows=6, spread=0.0):
    """Rows in accounts that share a push of their own; returns totals, labels, accounts and true probabilities."""
    rng = np.random.default_rng(seed)
    account = np.repeat(np.arange(n), rows)
    total = rng.normal(-2, 1, n * rows)
    truth = expit(total + spread * rng.normal(size=n)[account])
    return total, (rng.random(n * rows) < truth).astype(int), account


def width(band):
    low, high = band.interval(np.linspace(-3.5, -0.5, 50))
    return float((high - low).mean())


def test_the_truth_lies_inside_about_as_often_as_claimed():
    at = np.linspace(-3.5, -0.5, 7)
    inside = []
    for seed in range(40):
        total, label, account = accounts(seed)
        low, high = VennAbersBand.fit(total, label, None, account, resamples=200).interval(at)
        inside.append((low <= expit(at)) & (expit(at) <= high))
    assert 0.87 <= np.mean(inside) <= 1.0


def test_a_band_rises_contains_its_calibrator_and_is_the_same_again():
    total, label, account = accounts(3)
    band = VennAbersBand.fit(total, label, None, account, resamples=200)
    assert band == VennAbersBand.fit(total, label, None, account, resamples=200)
    assert band == VennAbersBand.model_validate_json(band.model_dump_json())
    assert len(band.model_dump_json()) < 40_000
    at = np.linspace(-9, 9, 1000)
    low, high = band.interval(at)
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) >= 0).all()
    assert ((low >= 0) & (low < high) & (high <= 1)).all()


def test_rows_that_hang_together_widen_it():
    """The same labels are less certain if six rows of an account are one decision."""
    total, _, account = accounts(1)
    first = np.random.default_rng(1).random(300)[account] < expit(-2.0)
    together = VennAbersBand.fit(total, first, None, account, resamples=200)
    apart = VennAbersBand.fit(total, first, None, np.arange(len(total)), resamples=200)
    assert width(together) > 1.3 * width(apart)


def test_fewer_accounts_widen_it():
    many, few = accounts(1, n=2000), accounts(1, n=100)
    fit = [VennAbersBand.fit(t, y, None, a, resamples=200) for t, y, a in (many, few)]
    assert width(fit[1]) > 2 * width(fit[0])


def test_between_places_the_wider_bound_counts():
    band = VennAbersBand(places=(0.0, 1.0), low=(0.1, 0.3), high=(0.2, 0.6))
    low, high = band.interval(np.array([-5.0, 0.0, 0.5, 1.0, 5.0]))
    assert low.tolist() == [0.1, 0.1, 0.1, 0.3, 0.3]
    assert high.tolist() == [0.2, 0.2, 0.6, 0.6, 0.6]


@pytest.mark.parametrize(
    "change", [{"low": (0.3, 0.1)}, {"high": (0.05, 0.6)}, {"places": (1.0, 0.0)}, {"low": (0.1,)}]
)
def test_what_is_no_band_is_refused(change):
    with pytest.raises(ValueError, match="band"):
        VennAbersBand(**({"places": (0.0, 1.0), "low": (0.1, 0.3), "high": (0.2, 0.6)} | change))
