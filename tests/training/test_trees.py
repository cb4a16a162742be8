"""Growing trees: rounds and late scores from folds of accounts, one booster of a bag, weights, offsets, delay."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.stats import spearmanr

from features.errors import ConfigError
from models.boosted import raw_log_odds
from tests.training.made import made
from training.spec import TrainingSpec
from training.trees import Watch, grow_trees, make_trees

SPEC = TrainingSpec(
    horizon="30d",
    folds=3,
    model={
        "min_child_samples": 20,
        "n_estimators": 60,
        "early_stopping_rounds": 10,
        "cat_smooth": 5.0,
        "n_jobs": 1,
    },
)


@pytest.fixture(scope="module")
def material():
    return made(2000)


@pytest.fixture(scope="module")
def grown(material):
    return grow_trees(material, SPEC)


def scores(material, grown):
    return raw_log_odds(grown.booster, material.matrix[:, :4])


@pytest.mark.parametrize("labels", ["mature", "delay_aware"])
def test_trees_find_what_there_is_to_find(material, labels):
    began = time.monotonic()
    found = grow_trees(material, SPEC.model_copy(update={"labels": labels}))
    assert 0 < found.fit_seconds <= time.monotonic() - began
    assert found.late.shape == (material.parts.late.sum(),)
    assert found.booster.num_trees() == found.rounds
    test = material.parts.test
    assert spearmanr(scores(material, found)[test], material.log_hazard[test]).statistic > 0.65
    assert spearmanr(found.late, material.log_hazard[material.parts.late]).statistic > 0.55


def test_the_same_training_twice_grows_the_same_trees(material, grown):
    again = grow_trees(material, SPEC)
    assert again.booster.model_to_string() == grown.booster.model_to_string()
    np.testing.assert_array_equal(again.late, grown.late)


def test_late_scores_are_by_trees_that_did_not_see_the_account(material, grown):
    """Trees that saw a row's outcome lean towards it, and what is said of the late rows leans less."""
    late = np.flatnonzero(material.parts.late)
    whole = scores(material, grown)[late]
    assert np.corrcoef(whole, grown.late)[0, 1] > 0.8
    label = material.rows.label[late] == 1
    assert (whole - grown.late)[label].mean() > (whole - grown.late)[~label].mean() + 0.05


def test_a_bag_is_the_mean_of_its_members(material):
    bag = [{"random_state": 1, "num_leaves": 4}, {"random_state": 2, "learning_rate": 0.1}]
    together = grow_trees(material, SPEC, parameters=bag)
    alone = [grow_trees(material, SPEC, parameters=[member]) for member in bag]
    np.testing.assert_allclose(
        scores(material, together), np.mean([scores(material, a) for a in alone], axis=0), atol=1e-12
    )
    np.testing.assert_allclose(together.late, np.mean([a.late for a in alone], axis=0), atol=1e-12)
    assert together.booster.num_trees() == sum(a.rounds for a in alone)
    assert together.rounds == int(np.median([a.rounds for a in alone]))


def test_weights_are_by_lead_unless_told_otherwise(material, grown):
    by_row = grow_trees(material, SPEC.model_copy(update={"weight": "row"}))
    assert np.abs(scores(material, by_row) - scores(material, grown)).max() > 0.01


@pytest.mark.parametrize("labels", ["mature", "delay_aware"])
def test_trees_add_little_to_an_offset_that_says_it_all(material, grown, labels):
    spec = SPEC.model_copy(update={"labels": labels})
    offset = material.log_hazard + np.log(30)
    added = scores(material, grow_trees(material, spec, offset=offset))
    assert added.std() < 0.5 * scores(material, grown).std()


@pytest.mark.parametrize("source", ["model", "parameters"])
def test_an_unknown_parameter_is_named(material, source):
    spec = SPEC.model_copy(update={"model": {"num_leafs": 3}}) if source == "model" else SPEC
    parameters = [{"num_leafs": 3}] if source == "parameters" else None
    with pytest.raises(ConfigError, match=r"model\.num_leafs is no parameter .*num_leaves"):
        grow_trees(material, spec, parameters=parameters)


def test_the_seed_is_the_specifications_unless_a_configuration_has_its_own():
    spec = SPEC.model_copy(update={"seed": 4})
    assert make_trees(spec).random_state == 4
    assert make_trees(spec, random_state=9).random_state == 9


def test_overlapping_work_is_counted_once():
    watch = Watch()
    assert watch.seconds == 0
    for span in ((0.0, 2.0), (5.0, 6.0), (1.0, 3.0), (1.5, 1.6)):
        watch.add(*span)
    assert watch.seconds == pytest.approx(4.0)


def test_a_value_that_lightgbm_refuses_is_an_error_of_ours(material):
    spec = SPEC.model_copy(update={"model": {**SPEC.model, "learning_rate": 0}})
    with pytest.raises(ConfigError, match="LightGBM refuses a value"):
        grow_trees(material, spec)
