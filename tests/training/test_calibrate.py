"""Choosing a calibration by what it loses on other accounts, and horizons as ordered shifts of the main one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from features.facts.clock import DAY
from models.calibration import BetaCurve, LogitLine, VennAbers
from training.calibrate import KINDS, choose_calibration, horizon_shifts
from training.rows import Rows, Schedule

MAIN = 90 * DAY


def rows_of(curve, n=20_000, seed=0):
    rng = np.random.default_rng(seed)
    total = rng.normal(-1, 2, n)
    return total, (rng.random(n) < expit(curve(total))).astype(int), rng.integers(0, 4, n)


@pytest.mark.parametrize(
    ("curve", "kind"),
    [
        (lambda t: 0.8 * t - 0.3, "line"),
        (BetaCurve(a=0.4, b=2.2, c=-0.2).log_odds, "beta"),
        (lambda t: np.where(t < 0, -4.0, np.where(t < 2, -1.0, 2.0)), "venn_abers"),
    ],
)
def test_each_kind_is_chosen_where_it_is_the_truth(curve, kind):
    total, label, fold = rows_of(curve)
    chosen = choose_calibration(total, label, None, fold)
    assert chosen.calibration.kind == kind
    assert set(chosen.losses) == set(KINDS)
    best = min(chosen.losses, key=chosen.losses.get)
    assert chosen.losses[kind] <= chosen.losses[best] + chosen.errors[kind]
    assert f"{chosen.losses[kind]:.5f}" in chosen.said


def test_the_plainest_wins_a_near_tie():
    total, label, fold = rows_of(lambda t: t, n=600, seed=3)
    chosen = choose_calibration(total, label, None, fold)
    assert chosen.calibration.kind == "line"


@pytest.mark.parametrize(("kind", "type_"), [("line", LogitLine), ("beta", BetaCurve), ("venn_abers", VennAbers)])
def test_what_is_asked_for_is_taken_and_all_losses_told(kind, type_):
    total, label, fold = rows_of(lambda t: t, n=500)
    chosen = choose_calibration(total, label, None, fold, kind=kind)
    assert type(chosen.calibration) is type_
    assert all(np.isfinite(loss) for loss in chosen.losses.values())
    assert "as asked" in chosen.said


def test_the_losses_are_of_rows_not_fitted_on():
    """On the rows themselves Venn-Abers would win against a line that is the truth."""
    total, label, fold = rows_of(lambda t: t, n=400, seed=1)
    chosen = choose_calibration(total, label, None, fold)
    own = VennAbers.fit(total, label).probability(total)
    assert -np.mean(np.where(label == 1, np.log(own), np.log1p(-own))) < chosen.losses["line"]
    assert chosen.losses["venn_abers"] > chosen.losses["line"]


def test_rows_without_weight_decide_nothing():
    total, label, fold = rows_of(lambda t: 0.8 * t, n=4000)
    noise = np.random.default_rng(1).integers(0, 2, 4000)
    both = choose_calibration(
        np.tile(total, 2), np.append(label, noise), np.repeat([1.0, 0.0], 4000), np.tile(fold, 2)
    )
    alone = choose_calibration(total, label, None, fold)
    assert [both.losses[k] for k in KINDS] == pytest.approx([alone.losses[k] for k in KINDS], rel=0.01)


def test_too_few_positives_to_judge_give_a_line():
    label = np.zeros(50, int)
    label[[3, 4]] = 1
    chosen = choose_calibration(np.linspace(-3, 0, 50), label, None, np.arange(50) // 25)
    assert chosen.calibration.kind == "line"
    assert "too few" in chosen.said


def market(n=8000, seed=0, early=0.5):
    """Rows on one day each, with an exponential delay until the opportunity of those that have one."""
    rng = np.random.default_rng(seed)
    as_of = np.sort(rng.integers(0, 200, n)) * DAY
    log_odds = rng.normal(-1.5, 1, n)
    comes = rng.random(n) < expit(log_odds)
    delay = (rng.exponential(60, n) * DAY).astype(np.int64)
    outcome = np.where(comes, as_of + delay, -1)
    lead = np.arange(n)
    label = np.zeros(n, np.int8)
    rows = Rows(lead, as_of, label, lead, outcome, Schedule(lead, as_of))
    return rows, log_odds


def test_shifts_give_each_horizon_its_share():
    rows, log_odds = market()
    until = 400 * DAY
    shifts = horizon_shifts(log_odds, rows, until, [30 * DAY, MAIN, 180 * DAY], MAIN)
    assert list(shifts) == [30 * DAY, MAIN, 180 * DAY]
    assert shifts[MAIN] == 0.0
    assert shifts[30 * DAY] < -0.3 < 0.1 < shifts[180 * DAY]
    base = log_odds - 0.35  # about what 90 days see
    seen = [(rows.label_at(h, until) == 1).mean() for h in shifts]
    expected = [expit(base + shift).mean() for shift in shifts.values()]
    assert np.array(expected) / np.array(seen) == pytest.approx(1.0, abs=0.08)


def test_a_good_stretch_does_not_pass_for_a_longer_horizon():
    """Only old rows are decided for 180 days; that they were better must not make the horizon look longer."""
    rows, log_odds = market(20_000)
    old = rows.as_of < 40 * DAY
    worse = np.where(
        old, rows.outcome, np.where(np.random.default_rng(2).random(len(rows)) < 0.7, -1, rows.outcome)
    )
    rows = Rows(rows.lead, rows.as_of, rows.label, rows.cluster, worse, rows.schedule)
    late = horizon_shifts(log_odds, rows, 220 * DAY, [180 * DAY], MAIN)
    true = horizon_shifts(log_odds[old], rows.take(old), 400 * DAY, [180 * DAY], MAIN)
    assert late[180 * DAY] == pytest.approx(true[180 * DAY], abs=0.08)


def test_a_horizon_that_nothing_supports_is_left_out_and_said():
    rows, log_odds = market()
    said = []
    shifts = horizon_shifts(log_odds, rows, 150 * DAY, [30 * DAY, 180 * DAY], MAIN, said.append)
    assert list(shifts) == [30 * DAY, MAIN]
    assert said == [
        "No probability within 180 days: of the rows old enough for it, 0 became opportunities; "
        "at least 10 are needed."
    ]


def test_shifts_never_contradict_each_other():
    """Two longer horizons on few different rows: whatever chance says, the longer one is not below."""
    for seed in range(30):
        rows, log_odds = market(300, seed)
        horizons = [day * DAY for day in (10, 30, 60, 120, 121, 150, 180)]
        shifts = list(horizon_shifts(log_odds, rows, 330 * DAY, horizons, MAIN).values())
        assert shifts == sorted(shifts)
