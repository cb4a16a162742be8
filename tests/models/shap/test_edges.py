"""What decides a split at its edges: the threshold itself, its neighbours, zero, missing, and no category."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from models.shap import TreeShap
from tests.models.shap.boosters import ORDINARY


def one_split(threshold, kind, feature_infos="[-100:100]"):
    """Return a booster of one tree whose split is of a given ``decision_type``, written as LightGBM writes it."""
    tree = [
        *("Tree=0", "num_leaves=2", "num_cat=0", "split_feature=0", "split_gain=1"),
        *(f"threshold={threshold!r}", f"decision_type={kind}", "left_child=-1", "right_child=-2"),
        *("leaf_value=-1 3", "leaf_weight=1 3", "leaf_count=10 30", "internal_value=2", "internal_weight=4"),
        *("internal_count=40", "is_linear=0", "shrinkage=1", "", ""),
    ]
    body = "\n".join(tree)
    head = [
        *("tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "label_index=0", "max_feature_idx=0"),
        *("objective=regression", "feature_names=x", f"feature_infos={feature_infos}", f"tree_sizes={len(body)}"),
    ]
    return lgb.Booster(model_str="\n".join([*head, "", body + "\nend of trees\n"]))


def around(threshold):
    near = [threshold, float(np.float32(threshold)), *(np.nextafter(threshold, end) for end in (-np.inf, np.inf))]
    return np.array([*near, -threshold, np.nan, 0.0, -0.0, 1e-36, -1e-36, 1e-35, -1e-35, 2e-35, np.inf, -np.inf])


@pytest.mark.parametrize("threshold", [0.1, 0.0, -0.0, 1e-36, -1e-36, 1.0000000180025095e-35, -3.3, 1e30])
@pytest.mark.parametrize("missing", [0, 1, 2])
@pytest.mark.parametrize("default_left", [0, 1])
def test_a_threshold_is_decided_as_by_lightgbm(threshold, missing, default_left):
    booster = one_split(threshold, missing << 2 | default_left << 1)
    rows = around(threshold)[:, None]
    expected = booster.predict(rows, raw_score=True)
    assert set(expected) == {-1.0, 3.0}
    for budget in (0, 10_000):
        explainer = TreeShap.of(booster, most_table_bytes=budget)
        values, base = explainer.contributions(rows)
        assert base == 2.0
        np.testing.assert_array_equal(explainer.raw(rows), expected)
        np.testing.assert_allclose(values[:, 0], expected - 2.0, rtol=1e-15)


@pytest.mark.parametrize("use_missing", [True, False])
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_a_category_is_decided_as_by_lightgbm(use_missing, missing):
    """Unseen ones, none at all, broken numbers, and what no integer holds."""
    rng = np.random.default_rng(1)
    X = rng.integers(0, 100, (4000, 1)).astype(float)
    y = (X[:, 0] % 7 < 3) + rng.normal(size=4000) / 9
    X[rng.random(4000) < missing] = np.nan
    options = {"objective": "regression", "use_missing": use_missing, "max_cat_to_onehot": 1}
    booster = lgb.train(ORDINARY | options, lgb.Dataset(X, y, categorical_feature=[0]), 5)
    strange = [np.nan, -1, -0.9, -0.0, 0.9, 31.5, 128, 1e6, 2**31 - 1, 2**31, 2**32 + 1, 1e300, np.inf, -np.inf]
    rows = np.array([*range(130), *strange], float)[:, None]
    explainer = TreeShap.of(booster)
    np.testing.assert_array_equal(explainer.raw(rows), booster.predict(rows, raw_score=True))
    expected = booster.predict(rows, pred_contrib=True)
    np.testing.assert_allclose(explainer.contributions(rows)[0], expected[:, :1], rtol=1e-9, atol=1e-12)
