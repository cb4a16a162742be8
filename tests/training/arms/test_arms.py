"""Every arm learns from the training rows alone and gives each row a score and a probability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.errors import ConfigError
from models.boosted import raw_log_odds
from training.arms import ARMS, plain, plainness
from training.arms.boosted import fit_from_card, fit_model
from training.arms.fit import fit_arms, learnt_opportunities, starts_from_card
from training.arms.plain import fit_card, fit_constant, fit_logistic, fit_recalibrated
from training.weights import training_weights


@pytest.fixture(scope="module")
def ground(registered):
    return registered.trained.material, registered.spec


@pytest.fixture(scope="module")
def fitted(ground):
    material, spec = ground
    return fit_arms(material, spec, starts_from_card(material))


def test_all_arms_stand_side_by_side(fitted):
    names = [arm.name for arm in fitted.arms]
    assert names == ["model", "from_card", "lightgbm", "logistic", "recalibrated", "card", "constant"]
    assert set(names) == {kind.name for kind in ARMS}
    assert [plainness(name) for name in ("constant", "card", "recalibrated", "logistic")] == [0, 1, 2, 3]


def test_without_a_card_there_are_none_of_its_arms(ground):
    material, spec = ground
    bare = replace(material, card=None)
    assert not starts_from_card(bare)
    names = [arm.name for arm in fit_arms(bare, spec, starts_from_card(bare)).arms]
    assert names == ["model", "lightgbm", "logistic", "constant"]


def test_every_arm_gives_each_row_a_probability(ground, fitted):
    test = ground[0].parts.test
    for arm in fitted.arms:
        given = arm.predict(test)
        assert np.shape(given.score) == np.shape(given.probability) == (test.sum(),)
        assert ((np.asarray(given.probability) > 0) & (np.asarray(given.probability) < 1)).all()


def test_no_arm_learns_from_what_is_tested(ground, fitted):
    """Turn every outcome outside training over: all arms stay as they are."""
    material, spec = ground
    rows = material.rows
    known = material.parts.train | material.parts.young
    label = np.where(known, rows.label, 1 - rows.label).astype(np.int8)
    outcome = np.where(known, rows.outcome, -1)
    spoilt = replace(material, rows=replace(rows, label=label, outcome=outcome))
    again = {arm.name: arm.predict(material.parts.test) for arm in fit_arms(spoilt, spec, from_card=True).arms}
    for arm in fitted.arms:
        before = arm.predict(material.parts.test)
        np.testing.assert_array_equal(before.probability, again[arm.name].probability, err_msg=arm.name)


def test_what_came_of_young_rows_after_the_cut_teaches_nothing(ground, fitted):
    material, spec = ground
    rows, cut = material.rows, material.parts.test_from
    outcome = np.where(rows.outcome >= cut, -1, rows.outcome)
    spoilt = replace(material, rows=replace(rows, outcome=outcome))
    again = fit_model(spoilt, spec).grown.booster.model_to_string()
    assert again == fitted.model.grown.booster.model_to_string()


def test_the_base_rate_is_that_of_the_training_rows(ground):
    material, spec = ground
    train = material.parts.train
    weight = training_weights(material, spec, train)
    [rate] = set(np.asarray(fit_constant(material, spec).predict(material.parts.test).probability))
    assert rate == pytest.approx(weight @ material.rows.label[train] / weight.sum())


def test_the_agreed_card_ranks_by_points_and_promises_what_its_grades_kept(ground):
    material, spec = ground
    arm = fit_card(material, spec).predict(material.parts.test)
    points = material.card.total(material.card_matrix[material.parts.test])
    grade = material.card.grades(material.card_matrix[material.parts.test])
    np.testing.assert_array_equal(arm.score, points)
    rates = {
        letter: set(np.asarray(arm.probability)[grade == letter]) for letter in "ABCD" if (grade == letter).any()
    }
    assert all(len(found) == 1 for found in rates.values())
    assert max(rates["D"]) < min(rates["A"])


def test_the_recalibrated_card_keeps_the_order_of_its_points(ground):
    material, spec = ground
    arm = fit_recalibrated(material, spec).predict(material.parts.test)
    order = np.argsort(arm.score, kind="stable")
    assert (np.diff(np.asarray(arm.probability)[order]) >= 0).all()
    assert len(set(np.asarray(arm.probability))) == len(set(np.asarray(arm.score)))


def test_trees_from_the_card_add_to_its_log_odds(ground):
    material, spec = ground
    trees = fit_from_card(material, spec, "from_card")
    test = material.parts.test
    raw = raw_log_odds(trees.grown.booster, material.matrix[test, : material.width])
    start = trees.start.log_odds(material.card.total(material.card_matrix[test]))
    expected = trees.calibration.log_odds(raw + start)
    np.testing.assert_allclose(trees.arm(material).predict(test).score, expected)
    assert len(trees.late) == material.parts.late.sum()


def test_starting_from_a_card_that_is_not_there_is_an_error(ground):
    material, spec = ground
    with pytest.raises(ConfigError, match="start: card, and there is no card"):
        fit_from_card(replace(material, card=None), spec, "model")


def test_leads_with_an_opportunity_are_counted_once(ground):
    material, _ = ground
    train = material.parts.train
    positive = material.rows.label[train] == 1
    assert learnt_opportunities(material) == len(set(material.rows.lead[train][positive])) < positive.sum()


@pytest.mark.parametrize("parts", [1, 2], ids=["on all rows", "on some accounts"])
def test_logistic_regression_takes_the_settings_that_lose_least(ground, monkeypatch, parts):
    material, spec = ground
    hardly, well = {"C": 1e-7, "straight": False}, {"C": 0.05, "straight": False}
    monkeypatch.setattr(plain, "_TO_CHOOSE", material.parts.train.sum() / parts)
    monkeypatch.setattr(plain, "_ENOUGH_WON", 1)
    given = {}
    for name, settings in (("both", [hardly, well]), ("well", [well]), ("hardly", [hardly])):
        monkeypatch.setattr(plain, "_LOGISTICS", settings)
        given[name] = np.asarray(fit_logistic(material, spec).predict(material.parts.test).probability)
    np.testing.assert_array_equal(given["both"], given["well"])
    assert (given["well"] != given["hardly"]).any()
