"""Every origin knows only what was known then, and nobody it tests has taught it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.backtest.folds import _too_few, rolling_folds
from training.spec import Backtest
from training.split import account_folds


@pytest.fixture(scope="module")
def ground(registered):
    material = registered.trained.material
    return material, registered.spec.model_copy(update={"backtest": Backtest(folds=3)})


def test_what_an_origin_learns_was_decided_when_it_began(ground):
    material, spec = ground
    found = rolling_folds(material.rows, material.history, material.parts, spec)
    assert len(found.folds) >= 2
    for fold in found.folds:
        learnt = material.rows.as_of[fold.parts.train] + spec.horizon_us
        assert learnt.max() <= fold.parts.test_from <= material.rows.as_of[fold.parts.test].min()
        assert material.rows.as_of[fold.parts.test].max() < fold.until


def test_accounts_stand_on_one_side(ground):
    material, spec = ground
    cluster = material.rows.cluster
    for fold in rolling_folds(material.rows, material.history, material.parts, spec).folds:
        tested = set(cluster[fold.parts.test])
        assert not tested & set(cluster[fold.parts.train])
        assert not tested & set(cluster[fold.parts.young])


def test_nothing_of_the_held_out_period_is_in_any_fold(ground):
    material, spec = ground
    held = set(material.rows.cluster[material.parts.test])
    for fold in rolling_folds(material.rows, material.history, material.parts, spec).folds:
        every = fold.parts.train | fold.parts.test | fold.parts.young
        assert not (every & material.parts.test).any()
        assert not held & set(material.rows.cluster[every])


def test_origins_go_forward_and_test_each_row_once(ground):
    material, spec = ground
    folds = rolling_folds(material.rows, material.history, material.parts, spec).folds
    starts = [fold.parts.test_from for fold in folds]
    assert starts == sorted(set(starts))
    assert np.sum([fold.parts.test for fold in folds], axis=0).max() == 1


def test_young_rows_lie_between_what_is_known_and_what_is_predicted(ground):
    material, spec = ground
    for fold in rolling_folds(material.rows, material.history, material.parts, spec).folds:
        young = material.rows.as_of[fold.parts.young]
        assert young.min() > material.rows.as_of[fold.parts.train].max()
        assert young.max() < fold.parts.test_from


def test_an_origin_with_too_little_says_why(ground):
    material, spec = ground
    early = spec.model_copy(update={"backtest": Backtest(folds=4, first_share=0.02)})
    found = rolling_folds(material.rows, material.history, material.parts, early)
    assert found.left_out
    assert found.left_out[0].startswith("fold 1: its training part has")
    assert found.left_out[0].endswith(" opportunities; at least 10 are needed")


@pytest.mark.parametrize(
    ("positive", "needed"),
    [(9, "9 opportunities; at least 10 are needed"), (30, "30 opportunities; at least one row without is needed")],
)
def test_the_threshold_that_was_missed_is_named(ground, positive, needed):
    rows = ground[0].rows.take(np.arange(60))
    rows = replace(rows, label=(np.arange(60) % 30 < positive).astype(np.int8))
    train = np.arange(60) < 30
    assert _too_few(rows, train, ~train) == f"its training part has 30 rows with {needed}"


def test_an_origin_whose_trees_could_not_be_stopped_is_left_out(ground):
    material, spec = ground
    fold = account_folds(material.rows.cluster, material.history, spec.folds)
    emptied = replace(material.rows, label=np.where(fold == 1, 0, material.rows.label).astype(np.int8))
    one = spec.model_copy(update={"backtest": Backtest(folds=1, first_share=0.7)})
    found = rolling_folds(emptied, material.history, material.parts, one)
    assert found.folds == ()
    why = (
        f"the trees are stopped on each of {spec.folds} groups of accounts in turn, by their latest rows, and 1 of"
    )
    assert found.left_out == (f"fold 1: {why} these groups has no opportunity there; each needs at least 1",)
    assert len(rolling_folds(material.rows, material.history, material.parts, one).folds) == 1


def test_no_folds_where_none_are_wanted(ground):
    material, spec = ground
    none = spec.model_copy(update={"backtest": Backtest(folds=0)})
    assert rolling_folds(material.rows, material.history, material.parts, none).folds == ()
