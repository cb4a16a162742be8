"""Contributions from tables are LightGBM's, shap's and the definition's, and the same bits however one asks."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from models.shap import TreeShap
from models.shap.trees import read_trees
from tests.models.shap.boosters import ORDINARY, grown, made_rows, specifications
from tests.models.shap.exact import shapley

#: No table, tables for some leaves only, tables for all.
BUDGETS = (0, 3000, 64 * 2**20)
slow_to_make = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
few = settings(slow_to_make, max_examples=40)


def close(found, expected):
    """Hold values to 1e-9 of the largest of their booster; leaves that cancel leave what rounding leaves."""
    scale = max(np.abs(expected).max(initial=0.0), 1e-6)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * scale)


@given(specifications())
@slow_to_make
def test_contributions_are_lightgbms_whatever_the_memory(spec):
    booster, rows = grown(spec)
    expected = booster.predict(rows, pred_contrib=True, num_threads=1)
    raw = booster.predict(rows, raw_score=True, num_threads=1)
    for budget in BUDGETS:
        explainer = TreeShap.of(booster, most_table_bytes=budget)
        assert explainer.table_bytes <= budget
        values, base = explainer.contributions(rows)
        close(np.column_stack([values, np.full(len(rows), base)]), expected)
        close(values.sum(axis=1) + base, raw)
        np.testing.assert_array_equal(explainer.raw(rows), raw)


@given(specifications())
@few
def test_one_row_a_batch_and_any_number_of_threads_give_the_same_bits(spec):
    booster, rows = grown(spec)
    rows = np.tile(rows, (9, 1))[np.random.default_rng(spec["seed"]).permutation(9 * len(rows))]
    for budget in BUDGETS:
        explainer = TreeShap.of(booster, most_table_bytes=budget)
        together, _ = explainer.contributions(rows, threads=1)
        scores = explainer.raw(rows, threads=1)
        for threads in (2, 3):
            np.testing.assert_array_equal(explainer.contributions(rows, threads=threads)[0], together)
            np.testing.assert_array_equal(explainer.raw(rows, threads=threads), scores)
        for number in range(0, len(rows), 7):
            np.testing.assert_array_equal(explainer.one(rows[number]), together[number])
            np.testing.assert_array_equal(explainer.contributions(rows[[number]])[0][0], together[number])
            assert explainer.raw(rows[[number]])[0] == scores[number]


@given(specifications())
@few
def test_contributions_are_those_of_the_definition(spec):
    booster, rows = grown(spec)
    trees = read_trees(booster)
    explainer = TreeShap.of(booster)
    for row in rows[::33]:
        close(explainer.one(row), shapley(trees, row))


# shap colours its plots on import, in a way that matplotlib plans to drop; this can go with a later shap.
@pytest.mark.filterwarnings("ignore:The set_:PendingDeprecationWarning")
# It also says that it gives a list for binary classifiers, and gives an array.
@pytest.mark.filterwarnings("ignore:LightGBM binary classifier with TreeExplainer:UserWarning")
@given(specifications())
@settings(few, max_examples=15)
def test_contributions_are_the_tree_explainers(spec):
    import shap  # noqa: PLC0415 - slow, and warns

    booster, rows = grown(spec | {"bags": 1})
    values, base = TreeShap.of(booster).contributions(rows)
    explainer = shap.TreeExplainer(booster)
    close(values, np.asarray(explainer.shap_values(rows)).reshape(values.shape))
    close(base, float(np.ravel(explainer.expected_value)[-1]))


def test_a_path_of_hundreds_of_splits():
    """Each leaf of a chain is split off the rest: far beyond any table, and beyond the bits of a word."""
    rng = np.random.default_rng(0)
    X = rng.random((3000, 3))
    y = np.exp(8 * X[:, 0]) + np.exp(7 * X[:, 1]) * X[:, 2]
    chain = {"objective": "regression", "num_leaves": 250, "min_data_in_leaf": 1, "max_bin": 2000}
    booster = lgb.train(ORDINARY | chain, lgb.Dataset(X, y), 3)
    assert max(len(tree.feature) for tree in read_trees(booster)) > 200
    expected = booster.predict(X[:50], pred_contrib=True)
    for budget in BUDGETS:
        values, base = TreeShap.of(booster, most_table_bytes=budget).contributions(X[:50])
        close(np.column_stack([values, np.full(50, base)]), expected)


def test_a_path_of_many_features():
    """One leaf each of 24 features: all must hold for the last one, whose polynomial is of degree 23."""
    rng = np.random.default_rng(0)
    X = (rng.random((200_000, 24)) < 0.8).astype(float)
    y = np.cumprod(X, axis=1).sum(axis=1)
    options = {"objective": "regression", "num_leaves": 25, "min_data_in_leaf": 1, "learning_rate": 1.0}
    booster = lgb.train(ORDINARY | options, lgb.Dataset(X, y), 1)
    assert len(set(read_trees(booster)[0].feature.tolist())) == 24
    expected = booster.predict(X[:50], pred_contrib=True)
    for budget in BUDGETS:
        values, _ = TreeShap.of(booster, most_table_bytes=budget).contributions(X[:50])
        np.testing.assert_allclose(values, expected[:, :-1], rtol=0, atol=1e-9 * np.abs(expected).max())


def test_rows_of_any_kind_and_layout():
    rng = np.random.default_rng(0)
    X = made_rows(["few", "number"], 300, 0.1, rng)
    booster = lgb.train(ORDINARY | {"objective": "binary"}, lgb.Dataset(X, X[:, 1] > 0), 5)
    explainer = TreeShap.of(booster)
    plain, base = explainer.contributions(X)
    for same in (np.asfortranarray(X), np.column_stack([X, X])[:, :2], np.repeat(X, 2, axis=0)[::2]):
        np.testing.assert_array_equal(explainer.contributions(same)[0], plain)
        np.testing.assert_array_equal(explainer.raw(same), explainer.raw(X))
    out = np.full(2, np.nan)
    assert explainer.one(X[0], out) is out
    np.testing.assert_array_equal(out, plain[0])
    whole = np.nan_to_num(X).round()
    np.testing.assert_array_equal(explainer.raw(whole.astype(np.int32)), explainer.raw(whole))
    empty, same_base = explainer.contributions(X[:0])
    assert (empty.shape, same_base, len(explainer.raw(X[:0]))) == ((0, 2), base, 0)
    with pytest.raises(ValueError, match="expected 2 features"):
        explainer.contributions(X[:, :1])
