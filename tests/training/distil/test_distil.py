"""Distilling as a whole: a planted card is found again, and what it promises holds."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from features.errors import ConfigError
from models.card import read_card
from models.card.card_yaml import card_yaml
from models.card.check import check_card
from training.distil import distil_card
from training.distil.pool import scorer_of


def points_of(scorer, material):
    rows, test = material.rows, material.parts.test
    history = material.engine.history(material.dataset, scorer.feature_set)
    matrix = material.engine.matrix(
        material.dataset, history, scorer.feature_set, rows.lead[test], rows.as_of[test], lambda _: None
    )
    return scorer.total(matrix)


def test_a_planted_card_is_found_again(market, found):
    about = {rule.attribute or rule.event for rule in found.card.rules}
    wanted = {"employees", "industry", "lead_source", "pricing_page_visit", "webinar"}
    assert len(about & wanted) >= 4, about
    truth = market.told.card.total(market.told.card_matrix[market.told.parts.test])
    assert spearmanr(points_of(found.scorer, market.untold), truth).statistic > 0.85
    low = found.lost.comparison.estimates["distilled"]["auc"].value
    assert low > found.lost.comparison.estimates["model"]["auc"].value - 0.03


def test_no_rule_punishes_engagement_and_axes_hold_what_they_should(found):
    assert found.card.engagement.rules
    assert all(rule.points > 0 for rule in found.card.engagement.rules)
    assert all(rule.subject == "event" for rule in found.card.engagement.rules)
    assert all(rule.subject != "event" for rule in found.card.fit.rules)


def test_points_are_whole_steps_and_none_is_nothing(found):
    assert all(rule.points % 5 == 0 and rule.points != 0 for rule in found.card.rules)


def test_the_number_of_rules_is_kept_and_the_path_begins_alike(market, found):
    few = distil_card(market.untold, market.spec, rules=3)
    assert len(few.card.rules) == len(few.rules) == len(few.path) == 3
    assert [step.names for step in few.path] == [step.names for step in found.path[:3]]
    assert len(found.card.rules) <= 7


def test_the_same_material_gives_the_same_card(market, found):
    again = distil_card(market.untold, market.spec, rules=7)
    assert again.card.digest == found.card.digest
    assert again.to_dict()["path"] == found.to_dict()["path"]


def test_the_written_card_reads_back_and_gives_the_same_points(market, found, tmp_path):
    file = tmp_path / "card.yaml"
    file.write_text(card_yaml(found.card), encoding="utf-8")
    read = read_card(file)
    assert read.digest == found.card.digest
    assert not read.signed
    assert check_card(file, dataset=market.untold.dataset) == []
    again = points_of(scorer_of(read, market.untold), market.untold)
    assert (again == points_of(found.scorer, market.untold)).all()


def test_the_agreed_card_gives_scale_grades_and_successor(market):
    told = distil_card(market.told, market.spec, rules=7)
    agreed = market.told.card
    assert told.card.agreed.replaces == agreed.card.label
    late = market.told.parts.late
    own = points_of(told.scorer, replace(market.told, parts=replace(market.told.parts, test=late)))
    theirs = agreed.total(market.told.card_matrix[late])
    assert np.std(theirs) / 2 < np.std(own) < np.std(theirs) * 2
    for mine, cut in zip(told.card.grades.as_tuple(), agreed.card.grades.as_tuple(), strict=True):
        assert abs((own >= mine).mean() - (theirs >= cut).mean()) < 0.12
    # The agreed conditions are candidates under their own names.
    assert {"Middle size", "Software"} & {rule.name for rule in told.card.rules}


def test_what_is_lost_is_told_as_frames_and_plain_values(found):
    content = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert content["lost"]["comparison"]["differences"]["distilled"]["auc"]["value"] < 0.05
    assert list(found.path_frame()["rules"]) == list(range(1, len(found.rules) + 1))
    assert found.bands_frame().to_numpy().sum() == found.lost.comparison.n_leads
    values = found.values_frame()
    assert values["rows"].sum() == found.lost.comparison.n_rows
    assert (np.diff(values["promised"]) < 0).all()
    assert 0.5 < found.lost.rank_correlation.value <= 1


def test_what_the_guard_convicts_is_no_candidate(market):
    guard = market.untold.guard
    convict = type("Convict", (), {"key": "account.industry", "trusted": None})()
    barred = replace(market.untold, guard=replace(guard, convicts=(*guard.convicts, convict)))
    without = distil_card(barred, market.spec, rules=4)
    assert without.left_out == ("account.industry",)
    assert "industry" not in {rule.attribute for rule in without.card.rules}


def test_nothing_to_learn_is_said(market):
    rows = market.untold.rows
    none = replace(market.untold, rows=replace(rows, label=np.minimum(rows.label, 0).astype(np.int8)))
    with pytest.raises(ConfigError, match="nothing to learn"):
        distil_card(none, market.spec)


def test_outcomes_that_follow_nothing_give_no_card(market):
    rows = market.untold.rows
    clusters, place = np.unique(rows.cluster, return_inverse=True)
    drawn = (np.random.default_rng(1).random(len(clusters)) < 0.1)[place]
    noise = replace(market.untold, rows=replace(rows, label=np.where(rows.label < 0, -1, drawn).astype(np.int8)))
    with pytest.raises(ConfigError, match="by chance"):
        distil_card(noise, market.spec)


@pytest.mark.parametrize(("rules", "step"), [(0, None), (31, None), (5, 0)])
def test_numbers_without_sense_are_refused(market, rules, step):
    with pytest.raises(ConfigError, match=r"--rules|--step"):
        distil_card(market.untold, market.spec, rules=rules, step_size=step)


def test_a_capacity_that_nobody_gave_is_said_to_be_chosen(found):
    compared = found.lost.comparison
    assert compared.capacity_chosen
    assert any(one.endswith(compared.capacity_said) for one in found.sentences() if "calls a week" in one)
    given = replace(found, lost=replace(found.lost, comparison=replace(compared, capacity_chosen=False)))
    assert "--capacity" not in " ".join(given.sentences())
    assert not any(one != one.strip() for one in given.sentences())
