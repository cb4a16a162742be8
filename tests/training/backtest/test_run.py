"""The backtest's figures are those of models that knew only what was known at each origin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.arms.fit import fit_arms
from training.backtest.picture import backtest_figure
from training.metrics import auc
from training.weights import training_weights


def test_every_fold_is_predicted_by_arms_fitted_at_its_origin(registered):
    material, spec, backtest = registered.trained.material, registered.spec, registered.trained.backtest
    fold = backtest.folds.folds[0]
    own = {arm.name: arm for arm in fit_arms(replace(material, parts=fold.parts), spec, from_card=True).arms}
    first = backtest.fold_of == fold.number
    for name in ("model", "logistic", "card"):
        expected = own[name].predict(fold.parts.test).probability
        np.testing.assert_array_equal(np.asarray(backtest.arms[name].probability)[first], expected)


def test_pooled_rows_are_the_folds_rows(registered):
    backtest, material = registered.trained.backtest, registered.trained.material
    assert len(backtest.by_fold) == len(backtest.folds.folds) >= 1
    assert (
        sum(comparison.n_rows for comparison in backtest.by_fold) == backtest.pooled.n_rows == len(backtest.rows)
    )
    for number, comparison in zip([fold.number for fold in backtest.folds.folds], backtest.by_fold, strict=True):
        own = backtest.fold_of == number
        score = np.asarray(backtest.arms["model"].score)[own]
        chosen = backtest.rows[own]
        weight = training_weights(material, registered.spec, chosen)
        expected = auc(score, material.rows.label[chosen] == 1, weight)
        assert comparison.estimates["model"]["auc"].value == pytest.approx(expected)


def test_the_picture_shows_every_origin_and_the_held_out_period(registered):
    material, folds = registered.trained.material, registered.trained.backtest.folds
    axes = backtest_figure(material.rows, folds, material.parts).axes[0]
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels == [*(f"origin {fold.number}" for fold in folds.folds), "held out"]
    counts = {text.get_text() for text in axes.texts}
    assert f"{int(material.parts.test.sum()):,}" in counts


def test_the_backtest_as_plain_types_tells_what_was_known_when(registered):
    told = registered.trained.backtest.to_dict()
    assert [fold["number"] for fold in told["folds"]] == [
        f.number for f in registered.trained.backtest.folds.folds
    ]
    assert all(fold["known_until"] < fold["predicted_until"] for fold in told["folds"])
