"""One row's figures as plain numbers are, to the bit, those of the same row among many."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from models.calibration import BetaCurve, LogitLine, VennAbersBand, from_log_odds
from models.single import figures_of, log_odds_of, probability_of

TOTALS = [*np.random.default_rng(3).normal(0, 6, 4000).tolist(), 0.0, -0.0, 1e13, -1e13, 800.0, -800.0, 1e-320]


@pytest.fixture
def banded(model, matrix):
    raw = model.raw_total(matrix)
    label = np.random.default_rng(0).random(len(raw)) < 1 / (1 + np.exp(-raw))
    band = VennAbersBand.fit(raw, label, None, np.arange(len(raw)) // 3, resamples=50)
    return replace(model, band=band)


@pytest.mark.parametrize("calibration", [LogitLine(slope=0.93, intercept=-0.21), BetaCurve(a=1.1, b=0.7, c=-0.4)])
def test_log_odds_and_probability_are_those_of_the_arrays(calibration):
    every = calibration.log_odds(np.array(TOTALS))
    own = [log_odds_of(calibration, total) for total in TOTALS]
    assert np.array_equal(np.array(own).view(np.int64), every.view(np.int64))
    probabilities = np.array([probability_of(total) for total in own])
    assert np.array_equal(probabilities.view(np.int64), from_log_odds(every).view(np.int64))


def test_figures_are_those_of_the_batch(banded, matrix):
    raw = banded.raw_total(matrix)
    low, high = banded.bounds(raw)
    scores = banded.score(banded.probability(matrix))
    values = banded.feature_contributions(matrix).values
    for i in range(len(matrix)):
        found = figures_of(banded, matrix[i : i + 1])
        assert (found.low, found.high, found.score) == (low[i], high[i], scores[i])
        assert found.total == banded.calibration.log_odds(raw)[i]
        assert np.array_equal(found.single.values[0], values[i])
        assert found.exact
        assert math.isfinite(found.probability)


def test_at_the_very_places_of_band_and_scale_too(banded, monkeypatch, matrix):
    for total in (*banded.band.places[:5], *banded.band.places[-5:], -50.0, 50.0):
        monkeypatch.setattr(type(banded), "raw_total", lambda _, rows, t=total: np.full(len(rows), t))
        found = figures_of(banded, matrix[:1])
        low, high = banded.bounds(np.array([total]))
        assert (found.low, found.high) == (low[0], high[0])
        assert found.score == banded.score(np.array([found.probability]))[0]
        assert not found.exact
