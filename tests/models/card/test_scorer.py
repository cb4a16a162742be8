"""A card's points, rule by rule, by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import models
from features.errors import ConfigError
from features.facts.clock import DAY
from features.history import History
from features.language import ALL_TIME, AttributeMatch, AttributeValue, Behaviour
from features.plan import compile_plan
from features.reference import PlainLead
from models.calibration import LogitLine
from models.card import PointCard, bind_card, read_card
from tests.features.histories import START, event, write_dataset

ATTRIBUTES = [("lead", "title"), ("account", "employees"), ("lead", "country"), ("account", "country")]
KINDS = ["visit", "webinar"]
NOW = START + 40 * DAY
SHIPPED = sorted((Path(models.__file__).parent / "cards").glob("*.yaml"))


def card_of(*rules, **more):
    return PointCard.model_validate(
        {
            "version": 1,
            "name": "small",
            "agreed": {"by": ["Ann"], "on": "2025-03-03"},
            "grades": {"A": 60, "B": 40, "C": 20},
            "qualified": 40,
            "rules": [{"name": f"R{i}", "points": 10} | rule for i, rule in enumerate(rules)],
        }
        | more
    )


def points_of(rule, values):
    scorer = bind_card(card_of(rule), ATTRIBUTES, KINDS)
    return scorer.rule_points(np.array(values, np.float64)[:, None])[:, 0].tolist()


NAN = np.nan


@pytest.mark.parametrize(
    ("rule", "values", "points"),
    [
        ({"attribute": "title", "equals": "VP"}, [1, 0, NAN], [10, 0, 0]),
        ({"attribute": "title", "contains": ["vp"], "points": -30}, [1, 0, NAN], [-30, 0, 0]),
        ({"attribute": "employees", "between": [200, 5000]}, [199.9, 200, 5000, 5000.1, NAN], [0, 10, 10, 0, 0]),
        ({"attribute": "employees", "between": [200, None]}, [199, 200, 1e9, NAN], [0, 10, 10, 0]),
        ({"attribute": "employees", "between": [None, 0]}, [-5, 0, 1, NAN], [10, 10, 0, 0]),
        ({"event": "visit"}, [0, 1, 7, NAN], [0, 10, 10, 0]),
        ({"event": "visit", "at_least": 3}, [2, 3, 4, NAN], [0, 10, 10, 0]),
        ({"event": "visit", "each": True}, [0, 1, 7, NAN], [0, 10, 70, 0]),
        ({"event": "visit", "each": True, "cap": 25}, [0, 2, 3, 99, NAN], [0, 20, 25, 25, 0]),
        ({"event": "visit", "each": True, "points": -5, "cap": -12}, [0, 2, 3, NAN], [0, -10, -12, 0]),
        ({"event": "visit", "points": -5}, [0, 1, 2], [0, -5, -5]),
    ],
)
def test_points_of_each_sort_of_rule(rule, values, points):
    assert points_of(rule, values) == points


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (
            {"attribute": "title", "equals": "VP"},
            AttributeMatch(entity="lead", attribute="title", texts=("VP",), whole=True),
        ),
        (
            {"attribute": "title", "in": ["VP", "CTO"]},
            AttributeMatch(entity="lead", attribute="title", texts=("VP", "CTO"), whole=True),
        ),
        (
            {"attribute": "title", "contains": ["vp"]},
            AttributeMatch(entity="lead", attribute="title", texts=("vp",), whole=False),
        ),
        (
            {"attribute": "country", "entity": "account", "equals": "NO"},
            AttributeMatch(entity="account", attribute="country", texts=("NO",), whole=True),
        ),
        (
            {"attribute": "employees", "between": [1, 2]},
            AttributeValue(entity="account", attribute="employees", type="number"),
        ),
        (
            {"event": "visit", "within": "30d", "each": True},
            Behaviour(scope="lead", kinds=("visit",), measure="count", span=30 * DAY),
        ),
        ({"event": "visit"}, Behaviour(scope="lead", kinds=("visit",), measure="count", span=ALL_TIME)),
    ],
)
def test_what_a_rule_reads(rule, source):
    [feature] = bind_card(card_of(rule), ATTRIBUTES, KINDS).feature_set.features
    assert feature.source == source


@pytest.mark.parametrize(
    ("rule", "message", "hint"),
    [
        (
            {"name": "Web", "event": "visits"},
            "card small, rule 'Web': no event kind 'visits' in the dataset",
            "did you mean 'visit'?",
        ),
        (
            {"name": "Size", "attribute": "employes", "equals": "7"},
            "card small, rule 'Size': no attribute 'employes' in the dataset",
            "did you mean 'employees'?",
        ),
        (
            {"name": "Land", "attribute": "country", "equals": "DE"},
            "card small, rule 'Land': both lead and account have an attribute 'country'",
            "say which: entity: lead, or entity: account",
        ),
        (
            {"name": "Who", "attribute": "title", "entity": "account", "equals": "x"},
            "card small, rule 'Who': no attribute 'title' in the dataset",
            "did you mean 'title'?",
        ),
    ],
)
def test_a_rule_on_what_the_dataset_lacks_is_an_error_with_help(rule, message, hint):
    with pytest.raises(ConfigError) as caught:
        bind_card(card_of(rule), ATTRIBUTES, KINDS)
    assert (caught.value.message, caught.value.hint) == (message, hint)


FOUR = card_of(
    {"name": "Chief", "attribute": "title", "contains": ["vp", "chief"], "points": 40},
    {"name": "Student", "attribute": "title", "contains": ["student"], "points": -30},
    {"name": "Visits", "event": "visit", "within": "30d", "each": True, "points": 5, "cap": 20},
    {"name": "Often", "event": "visit", "within": "30d", "at_least": 2, "points": 7},
    cap=55,
)


def test_two_rules_on_one_count_share_its_column():
    assert bind_card(FOUR, ATTRIBUTES, KINDS).feature_set.names == [
        "card_1_chief",
        "card_2_student",
        "visit_count_30d",
    ]


def test_total_grade_and_contributions_by_hand():
    scorer = bind_card(FOUR, ATTRIBUTES, KINDS)
    matrix = np.array([[1, 0, 6], [0, 1, 0], [1, 1, 2], [NAN, NAN, NAN], [1, 0, 0]])
    assert scorer.rule_points(matrix).tolist() == [
        [40, 0, 20, 7],
        [0, -30, 0, 0],
        [40, -30, 10, 7],
        [0, 0, 0, 0],
        [40, 0, 0, 0],
    ]
    assert scorer.total(matrix).tolist() == [55, -30, 27, 0, 40], "67 is capped at 55"
    assert scorer.grades(matrix).tolist() == ["B", "D", "C", "D", "B"]
    parts = scorer.contributions(matrix)
    assert parts.groups == ("Chief", "Student", "Visits", "Often")
    assert parts.base == 0.0
    assert parts.values[2].tolist() == [40, -30, 10, 7]


def test_a_card_has_a_probability_only_once_calibrated():
    scorer = bind_card(FOUR, ATTRIBUTES, KINDS)
    matrix = np.array([[1.0, 0.0, 0.0]])
    with pytest.raises(ValueError, match="is not calibrated"):
        scorer.probability(matrix)
    line = LogitLine(slope=0.05, intercept=-2.0)
    calibrated = bind_card(FOUR, ATTRIBUTES, KINDS).__class__(scorer.card, scorer.rule_features, line)
    assert calibrated.probability(matrix)[0] == pytest.approx(0.5)


def test_points_from_a_history(tmp_path):
    """A VP with three visits, one of them older than 30 days and one just now: two count."""
    visits = [event(t, value=1.0) for t in (NOW - 31 * DAY, NOW - 30 * DAY, NOW - DAY, NOW)]
    lead = PlainLead(START + 6 * DAY, visits, "acme", {("lead", "title"): [(START, " VP Sales ")]})
    history = History.from_dataset(write_dataset([lead], tmp_path / "data"))
    scorer = bind_card(FOUR, ATTRIBUTES, KINDS)
    plan = compile_plan(scorer.feature_set, history.kinds, history.observed_from)
    matrix = plan.run(history, np.zeros(1, np.int64), np.array([NOW]))
    assert scorer.rule_points(matrix).tolist() == [[40, 0, 10, 7]]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_card_binds_to_what_it_speaks_of(path):
    card = read_card(path)
    owners = {("lead", rule.attribute) for rule in card.rules if rule.attribute}
    kinds = {rule.event for rule in card.rules if rule.event}
    scorer = bind_card(card, sorted(owners), sorted(kinds))
    nothing = np.full((1, len(scorer.feature_set.features)), NAN)
    assert scorer.total(nothing).tolist() == [0.0]
    assert scorer.grades(nothing).tolist() == ["D"]
