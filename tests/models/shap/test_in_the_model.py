"""A model answers by its own trees, and asks LightGBM only about those that it does not read."""

from __future__ import annotations

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from features.facts.clock import parse_moment
from features.payload import read_lead
from models.answer import answer_lead, score_matrix
from models.boosted import raw_log_odds, tree_contributions
from tests.models.shap.boosters import ORDINARY

LEAD = {"lead_id": "L1", "created_at": "2026-05-01T00:00:00Z", "attributes": {"title": "VP"}}


@pytest.fixture
def averaging(model, rows):
    """Return the model with a random forest in place of its trees, which only LightGBM explains."""
    options = ORDINARY | {"objective": "binary", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}
    return replace(model, booster=lgb.train(options, lgb.Dataset(rows, rows[:, 0] > 2), 5))


def test_an_answer_needs_no_prediction_by_lightgbm(model, matrix, monkeypatch):
    def refused(*args, **more):
        raise AssertionError("LightGBM was asked")

    model = replace(model)
    monkeypatch.setattr(lgb.Booster, "predict", refused)
    facts = read_lead(LEAD, model.vocabulary, parse_moment("2026-06-01T00:00:00Z"))
    assert answer_lead(model, facts, full=True)["status"] == "scored"
    assert score_matrix(model, matrix).exact.all()


def test_the_model_gives_what_lightgbm_gives(model, matrix, rows):
    bare = replace(model, start=None)
    np.testing.assert_array_equal(bare.raw_total(matrix), raw_log_odds(model.booster, rows))
    values, base = tree_contributions(model.booster, rows)
    found, found_base = bare.shap.contributions(rows)
    np.testing.assert_allclose(found, values, rtol=1e-9, atol=1e-12)
    assert found_base == base


def test_other_kinds_of_trees_are_left_to_lightgbm(averaging, matrix, rows):
    assert averaging.shap is None
    np.testing.assert_array_equal(averaging.raw_total(matrix), raw_log_odds(averaging.booster, rows))
    values, _ = tree_contributions(averaging.booster, rows)
    found = averaging.feature_contributions(matrix).values
    np.testing.assert_allclose(found, averaging.calibration.slope * values, rtol=1e-12)
