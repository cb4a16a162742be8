"""Which boosters are read, and which are left to LightGBM."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from models.shap import TreeShap, UnsupportedTreesError
from models.shap.trees import read_trees
from tests.models.shap.boosters import ORDINARY


def grow(rounds=3, classes=2, **more):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = rng.integers(0, classes, 400)
    return lgb.train(ORDINARY | {"objective": "binary"} | more, lgb.Dataset(X, y), rounds), X


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"objective": "multiclass", "num_class": 3, "classes": 3}, "several trees a round"),
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "averaged trees"),
        ({"linear_tree": True}, "linear leaves"),
    ],
)
def test_other_kinds_of_trees_are_refused_by_name(more, said):
    booster, _ = grow(**more)
    with pytest.raises(UnsupportedTreesError, match=said):
        TreeShap.of(booster)


def test_a_booster_of_no_tree_gives_nothing():
    booster = lgb.Booster(ORDINARY, lgb.Dataset(np.eye(9)[:, :3], np.ones(9)))
    explainer = TreeShap.of(booster)
    assert explainer.contributions(np.ones((2, 3)))[0].tolist() == np.zeros((2, 3)).tolist()
    assert (explainer.base, explainer.raw(np.ones((1, 3))).tolist()) == (0.0, [0.0])


def test_numbers_are_those_of_the_booster():
    booster, _ = grow(rounds=4, boosting="dart")
    frame = booster.trees_to_dataframe()
    trees = read_trees(booster)
    assert len(trees) == booster.num_trees() == 4
    splits = frame[frame["split_feature"].notna()]
    leaves = frame[frame["split_feature"].isna()]
    assert sum(len(t.feature) for t in trees) == len(splits)
    assert sorted(v for t in trees for v in t.value) == sorted(leaves["value"])
    assert sorted(v for t in trees for v in t.threshold) == sorted(splits["threshold"])
    assert sorted(v for t in trees for v in t.leaf_count) == sorted(leaves["count"])


def test_every_round_is_read_whatever_was_best():
    booster, X = grow(rounds=6)
    booster.best_iteration = 2
    assert len(read_trees(booster)) == 6
    expected = booster.predict(X, raw_score=True, num_iteration=-1)
    np.testing.assert_array_equal(TreeShap.of(booster).raw(X), expected)
