"""How fast opportunities come, and what that advises."""

from __future__ import annotations

import numpy as np
import pytest

from features.facts.clock import DAY
from training.maturity import measure_maturity
from training.rows import Rows


def rows(delays, seen_for, horizon=90):
    """Leads looked at ``seen_for`` days before the end, with an opportunity after ``delays`` days or never."""
    n = len(delays)
    as_of = (1000 - np.asarray(seen_for)) * DAY
    outcome = np.where(np.isfinite(delays), as_of + (np.nan_to_num(delays) * DAY).astype(np.int64), -1)
    number = np.arange(n)
    blank = Rows(number, as_of, np.zeros(n, np.int8), number, outcome)
    return Rows(number, as_of, blank.label_at(horizon * DAY, 1000 * DAY), number, outcome)


def test_leads_watched_for_different_lengths_give_the_true_curve():
    generator = np.random.default_rng(0)
    n = 40_000
    delays = np.where(generator.random(n) < 0.3, generator.exponential(30, n), np.nan)
    found = measure_maturity(rows(delays, generator.uniform(1, 400, n)), 1000 * DAY, 90 * DAY)
    for day, share in found.shares.items():
        assert share == pytest.approx((1 - np.exp(-day / 30)) / (1 - np.exp(-found.watched / 30)), abs=0.02)
    assert found.eventual == pytest.approx(0.3, abs=0.01)
    assert found.advised == 60


def test_what_came_after_the_cut_is_not_seen():
    delays = np.full(2000, 50.0)
    before = measure_maturity(rows(delays, np.linspace(60, 400, 2000)), 1000 * DAY, 90 * DAY)
    cut = measure_maturity(rows(delays, np.full(2000, 60.0)), (1000 - 20) * DAY, 90 * DAY)
    assert before.eventual == pytest.approx(1.0)
    assert cut.eventual == 0.0


def test_advice_speaks_against_a_horizon_that_is_too_short_and_one_that_waits_for_nothing():
    generator = np.random.default_rng(1)
    delays = generator.exponential(60, 20_000)
    short = measure_maturity(rows(delays, generator.uniform(300, 400, 20_000), 7), 1000 * DAY, 7 * DAY)
    assert any("the horizon of 7 days sees 1" in line for line in short.sentences())
    quick = generator.exponential(3, 20_000)
    long = measure_maturity(rows(quick, generator.uniform(1, 400, 20_000), 180), 1000 * DAY, 180 * DAY)
    assert long.advised == 7
    assert any("would see" in line and "wait less" in line for line in long.sentences())


def test_no_opportunities_no_advice():
    found = measure_maturity(rows(np.full(100, np.nan), np.full(100, 200.0)), 1000 * DAY, 90 * DAY)
    assert found.sentences() == []
