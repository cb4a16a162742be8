"""Resampling accounts: what is drawn, how wide it makes an interval, and how often that covers the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training import bootstrap, metrics

NAMES = [metric.name for metric in metrics.METRICS]


def market(rng, n_accounts):
    """Rows of accounts that share a leaning: codes, labels, probability of a model."""
    codes = np.repeat(np.arange(n_accounts), rng.integers(1, 6, n_accounts))
    shared = rng.normal(0, 1, n_accounts)[codes]
    x = 0.7 * rng.normal(0, 1, n_accounts)[codes] + 0.7 * rng.normal(0, 1, len(codes))
    label = rng.random(len(codes)) < 1 / (1 + np.exp(2 - shared - x))
    return codes, label, 1 / (1 + np.exp(1.8 - 0.9 * x))


def statistic(codes, label, probability):
    nobody = np.zeros(len(codes), dtype=bool)
    return bootstrap.ArmStatistic(probability, probability, label, codes, nobody)


def interval(codes, label, probability, replicates=200, seed=0):
    draws = bootstrap.resample(statistic(codes, label, probability), codes.max() + 1, replicates, seed)
    return bootstrap.percentile_interval(draws)


def test_accounts_are_numbered_and_a_missing_one_is_its_lead():
    codes = bootstrap.account_codes(["a", None, "b", np.nan, pd.NA, "a"], ["1", "2", "3", "2", "4", "5"])
    assert codes.tolist() == [0, 1, 2, 1, 3, 0]
    with pytest.raises(ValueError, match="clusters has 1 rows and lead_ids 2"):
        bootstrap.account_codes(["a"], ["1", "2"])


def test_a_draw_depends_on_seed_and_replicate_alone():
    first = bootstrap.account_counts(50, 3, seed=7)
    assert first.sum() == 50
    np.testing.assert_array_equal(first, bootstrap.account_counts(50, 3, seed=7))
    assert (first != bootstrap.account_counts(50, 4, seed=7)).any()
    assert (first != bootstrap.account_counts(50, 3, seed=8)).any()


def test_threads_do_not_change_a_figure():
    codes, label, probability = market(np.random.default_rng(0), 60)
    measure = statistic(codes, label, probability)
    one = bootstrap.resample(measure, 60, 20, seed=4, threads=1)
    np.testing.assert_array_equal(one, bootstrap.resample(measure, 60, 20, seed=4, threads=4))


@pytest.mark.parametrize("weighed", [False, True])
def test_arm_statistic_agrees_with_the_plain_measures_under_weights(weighed):
    rng = np.random.default_rng(5)
    codes, label, probability = market(rng, 80)
    score = np.round(probability * 10)
    picked = rng.random(len(codes)) < 0.2
    counts = bootstrap.account_counts(80, 0, seed=2)
    own = rng.choice([0.25, 0.5, 1.0], len(codes)) if weighed else None
    drawn = counts[codes]
    weight = drawn * (1.0 if own is None else own)
    found = bootstrap.ArmStatistic(score, probability, label, codes, picked, own)(counts)
    expected = [
        metrics.auc(score, label, weight),
        metrics.average_precision(score, label, weight),
        metrics.log_loss(probability, label, weight),
        metrics.brier(probability, label, weight),
        metrics.calibration_slope(probability, label, weight),
        metrics.observed_over_expected(probability, label, weight),
        *(metrics.capture(score, label, share, weight) for share in metrics.TOP_SHARES),
        drawn[picked & label].sum(),
    ]
    assert len(expected) == len(NAMES)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_interval_leaves_out_a_few_undefined_replicates_and_gives_up_on_many():
    draws = np.column_stack([np.linspace(0, 1, 100), np.linspace(0, 1, 100), np.full(100, np.nan)])
    draws[:3, 0] = np.nan
    draws[:6, 1] = np.nan
    low, high = bootstrap.percentile_interval(draws)
    assert low[0] == pytest.approx(np.quantile(draws[3:, 0], 0.025))
    assert high[0] == pytest.approx(np.quantile(draws[3:, 0], 0.975))
    assert np.isnan(low[1:]).all()
    assert np.isnan(high[1:]).all()


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    truth = statistic(*market(np.random.default_rng(1), 150_000))(np.ones(150_000))
    repeats = 200
    covered = np.zeros(len(NAMES))
    for repeat in range(repeats):
        low, high = interval(*market(np.random.default_rng(1000 + repeat), 300), seed=repeat)
        covered += (low <= truth) & (truth <= high)
    rates = covered[: NAMES.index("found_at_capacity")] / repeats
    # 200 repeats know a rate of 95 % to within 3 points; over nine measures the mean is known better.
    assert 0.93 <= rates.mean() <= 0.97
    assert rates.min() >= 0.90
    assert rates.max() <= 0.98


def test_repeated_rows_widen_the_interval_by_the_root_of_their_number():
    rng = np.random.default_rng(8)
    _, label, probability = market(rng, 400)
    five = np.tile(np.arange(len(label)), 5)
    clustered = interval(five, label[five], probability[five])
    independent = interval(np.arange(len(five)), label[five], probability[five])
    for name in ("auc", "average_precision", "log_loss", "brier", "calibration_slope"):
        wide, narrow = (high[NAMES.index(name)] - low[NAMES.index(name)] for low, high in (clustered, independent))
        assert wide / narrow == pytest.approx(np.sqrt(5), rel=0.25), name
