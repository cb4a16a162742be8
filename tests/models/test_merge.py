"""Merging boosters: one that scores and explains as the mean of several."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import ConfigError
from models.boosted import BoostedTrees, raw_log_odds, tree_contributions
from models.merge import merge_boosters

NAMES = ["size", "visits", "country", "rare", "noise"]


@pytest.fixture(scope="module")
def data():
    """1200 rows; country and rare are categories, and a tenth of everything is missing."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1200, 5))
    X[:, 2] = rng.integers(0, 40, 1200)
    X[:, 3] = rng.integers(0, 3, 1200)
    X[rng.random(X.shape) < 0.1] = np.nan
    seen = np.nan_to_num(X)
    chance = 1 / (1 + np.exp(1 - seen[:, 0] - seen[:, 1] - 2 * (seen[:, 2] % 7 == 2)))
    return X, (rng.random(1200) < chance).astype(int)


def booster(data, rows=slice(None), names=NAMES, directions=None, offset=None, **more):
    X, y = data[0][rows], data[1][rows]
    options = {
        "n_estimators": 12,
        "min_child_samples": 15,
        "cat_smooth": 2.0,
        "reg_lambda": 1.0,
        "n_jobs": 1,
    } | more
    shape = {"feature_names": names, "categories": [2, 3], "directions": directions, "offset": offset}
    return BoostedTrees(**options | more).fit(X, y, **shape).booster_


def assert_mean(merged, boosters, X):
    scores = np.mean([raw_log_odds(b, X) for b in boosters], axis=0)
    np.testing.assert_allclose(raw_log_odds(merged, X), scores, atol=1e-12, rtol=0)
    explained = [tree_contributions(b, X) for b in boosters]
    values, base = tree_contributions(merged, X)
    np.testing.assert_allclose(values, np.mean([v for v, _ in explained], axis=0), atol=1e-12, rtol=0)
    assert base == pytest.approx(np.mean([b for _, b in explained]), abs=1e-12)


@given(
    st.lists(
        st.tuples(st.integers(1, 25), st.integers(2, 31), st.integers(0, 3), st.integers(5, 300)),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=12, deadline=None)
def test_score_and_contributions_are_the_means(data, shapes):
    """Of different numbers of trees, leaves, seeds, and of trees that found nothing to split."""
    boosters = [
        booster(data, n_estimators=rounds, num_leaves=leaves, random_state=seed, min_child_samples=least)
        for rounds, leaves, seed, least in shapes
    ]
    merged = merge_boosters(boosters)
    assert merged.num_trees() == sum(b.num_trees() for b in boosters)
    assert merged.feature_name() == NAMES
    assert_mean(merged, boosters, data[0][:300])


def test_categories_missing_values_and_unseen_levels_go_where_they_went(data):
    boosters = [booster(data, slice(0, 700)), booster(data, slice(500, 1200), num_leaves=20)]
    assert any("cat_threshold" in b.model_to_string() for b in boosters)
    strange = np.array([[np.nan] * 5, [99.0, -99.0, 77.0, 9.0, 0.0], [0.0, 0.0, -1.0, np.nan, 1e300]])
    assert_mean(merge_boosters(boosters), boosters, strange)


def test_the_merged_booster_is_kept_and_read_like_any_other(data, tmp_path):
    boosters = [booster(data, random_state=seed) for seed in range(3)]
    merged = merge_boosters(boosters)
    merged.save_model(tmp_path / "bag.txt")
    again = lgb.Booster(model_file=tmp_path / "bag.txt")
    np.testing.assert_array_equal(raw_log_odds(again, data[0]), raw_log_odds(merged, data[0]))
    assert_mean(merge_boosters([merged, boosters[0]]), [merged, boosters[0]], data[0][:50])
    counts = sum(b.feature_importance("split") for b in boosters)
    np.testing.assert_array_equal(merged.feature_importance("split"), counts)


def test_one_booster_alone_is_itself_up_to_its_best_round(data):
    X, y = data
    trees = BoostedTrees(n_estimators=200, min_child_samples=15, early_stopping_rounds=5, n_jobs=1)
    trees.fit(X[:800], y[:800], eval_set=(X[800:], y[800:]))
    assert trees.best_iteration_ < 200
    alone = merge_boosters([trees.booster_])
    assert alone.num_trees() == trees.best_iteration_
    np.testing.assert_array_equal(raw_log_odds(alone, X), trees.decision_function(X))
    assert_mean(merge_boosters([trees.booster_] * 3), [alone] * 3, X[:50])


def test_boosters_that_add_to_an_offset_are_merged_without_it(data):
    offset = np.linspace(-2, 2, len(data[1]))
    boosters = [booster(data, offset=offset, random_state=seed) for seed in (0, 1)]
    assert_mean(merge_boosters(boosters), boosters, data[0][:100])


def test_what_each_booster_saw_of_a_feature_is_joined(data):
    X, y = data
    low, high = X[:, 0] < 0, X[:, 0] >= 0
    merged = merge_boosters([booster((X, y), low), booster((X, y), high)])
    info = next(line for line in merged.model_to_string().split("\n") if line.startswith("feature_infos="))
    size, _, _, rare, _ = info.removeprefix("feature_infos=").split()
    ends = [float(end) for end in size.strip("[]").split(":")]
    assert ends == pytest.approx([np.nanmin(X[:, 0]), np.nanmax(X[:, 0])], rel=1e-15)
    assert set(rare.split(":")) >= {"0", "1", "2"}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"names": [*NAMES[:4], "luck"]}, "differ in feature_names"),
        ({"directions": [1, 0, 0, 0, 0]}, "differ in monotone_constraints"),
    ],
)
def test_boosters_of_different_features_are_refused(data, other, said):
    with pytest.raises(ConfigError, match=said):
        merge_boosters([booster(data), booster(data, **other)])


def test_linear_leaves_are_refused(data):
    settings = {"objective": "binary", "linear_tree": True, "verbosity": -1, "num_threads": 1}
    linear = lgb.train(settings, lgb.Dataset(data[0][:, :2], data[1]), 2)
    with pytest.raises(ConfigError, match="linear leaves"):
        merge_boosters([linear, linear])


def test_nothing_cannot_be_merged():
    with pytest.raises(ValueError, match="no booster"):
        merge_boosters([])
