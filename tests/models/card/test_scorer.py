"""A card's points, rule by rule, by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import models
from features.errors import ConfigError
from features.facts.clock import DAY
from features.language import ALL_TIME, AttributeMatch, AttributeValue, Behaviour
from features.texts import SENIORITIES
from models.calibration import LogitLine
from models.card import PointCard, bind_card, read_card
from models.card.points import points_of as by_columns
from models.card.scorer import CELLS

ATTRIBUTES = [("lead", "title"), ("account", "employees"), ("lead", "country"), ("account", "country")]
KINDS = ["visit", "web-visit", "web_visit", "webinar"]
SHIPPED = sorted((Path(models.__file__).parent / "cards").glob("*.yaml"))
NAN = np.nan
VP = float(SENIORITIES.index("vice_president"))


def card_of(*rules, **more):
    named = [{"name": f"R{i}", "points": 10} | rule for i, rule in enumerate(rules)]
    keys = {
        "version": 2,
        "name": "small",
        "agreed": {"by": ["Ann"], "on": "2025-03-03"},
        "fit": {"rules": [rule for rule in named if "attribute" in rule]},
        "engagement": {"rules": [rule for rule in named if "attribute" not in rule]},
        "grades": {"A": 60, "B": 40, "C": 20},
        "qualified": 40,
    }
    return PointCard.model_validate(keys | more)


def points_of(rule, values):
    scorer = bind_card(card_of(rule), ATTRIBUTES, KINDS)
    return scorer.rule_points(np.array(values, np.float64)[:, None])[:, 0].tolist()


@pytest.mark.parametrize(
    ("rule", "values", "points"),
    [
        ({"attribute": "title", "equals": "VP"}, [1, 0, NAN], [10, 0, 0]),
        ({"attribute": "title", "in": ["VP"]}, [1, 0, NAN], [10, 0, 0]),
        ({"attribute": "title", "contains": ["vp"], "points": -30}, [1, 0, NAN], [-30, 0, 0]),
        ({"attribute": "title", "missing": True}, [1, 0, NAN], [0, 0, 10]),
        ({"attribute": "title", "read": "seniority", "in": ["vice_president"]}, [VP, VP - 1, NAN], [10, 0, 0]),
        ({"attribute": "employees", "between": [200, 5000]}, [199.9, 200, 5000, 5000.1, NAN], [0, 10, 10, 0, 0]),
        ({"attribute": "employees", "between": [200, None]}, [199, 200, 1e9, NAN], [0, 10, 10, 0]),
        ({"attribute": "employees", "between": [None, 0]}, [-5, 0, 1, NAN], [10, 10, 0, 0]),
        ({"attribute": "employees", "read": "employees", "between": [0, 9]}, [0, 9, 10, NAN], [10, 10, 0, 0]),
        ({"event": "visit"}, [0, 1, 7, NAN], [0, 10, 10, 0]),
        ({"event": "visit", "points": -5}, [0, 1, 2], [0, -5, -5]),
        ({"event": "visit", "points": 0}, [0, 1, 2], [0, 0, 0]),
        ({"event": "visit", "at_least": 3}, [2, 3, 4, NAN], [0, 10, 10, 0]),
        ({"event": "visit", "distinct_days": 3}, [2, 3, 4, NAN], [0, 10, 10, 0]),
        ({"event": "visit", "days_since": [None, 7]}, [0.1, 7, 7.1, NAN], [10, 10, 0, 0]),
        ({"event": "visit", "days_since": [7, 30]}, [6.9, 7, 30, 31], [0, 10, 10, 0]),
        ({"event": "visit", "each": True}, [0, 1, 7, NAN], [0, 10, 70, 0]),
        ({"event": "visit", "each": True, "cap": 25}, [0, 2, 3, 99, NAN], [0, 20, 25, 25, 0]),
        ({"event": "visit", "each": True, "points": -5, "cap": -12}, [0, 2, 3, NAN], [0, -10, -12, 0]),
        ({"event": "visit", "half_life": "7d"}, [0, 0.04, 0.05, 1, 2.5, NAN], [0, 0, 1, 10, 25, 0]),
        ({"event": "visit", "half_life": "7d", "points": -10, "cap": -20}, [0.05, 1, 2.5], [-1, -10, -20]),
        ({"event": "visit", "half_life": "7d", "points": 4}, [0.125 - 1e-16, 0.1249], [1, 0]),
        ({"event": "visit", "who": "colleagues", "at_least": 2}, [1, 2, NAN], [0, 10, 0]),
        ({"account": "opportunity"}, [0, 1, NAN], [0, 10, 0]),
        ({"account": "opportunity_lost", "each": True, "points": -4, "cap": -6}, [1, 2], [-4, -6]),
        ({"account": "opportunity_won", "days_since": [None, 365]}, [1, 365, 366, NAN], [10, 10, 0, 0]),
    ],
)
def test_points_of_each_sort_of_rule(rule, values, points):
    assert points_of(rule, values) == points
    # The same by columns, as rules are judged: two ways to write one thing.
    own = card_of(rule).rules[0]
    assert by_columns(own, np.array(values, np.float64)).tolist() == points


def lead(kinds, measure, span=ALL_TIME, scope="lead"):
    return Behaviour(scope=scope, kinds=kinds, measure=measure, span=span)


def match(attribute, texts, whole=True, entity="lead"):
    return AttributeMatch(entity=entity, attribute=attribute, texts=texts, whole=whole)


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        ({"attribute": "title", "equals": "VP"}, "card_1_r0", match("title", ("VP",))),
        ({"attribute": "title", "in": ["VP", "CTO"]}, "card_1_r0", match("title", ("VP", "CTO"))),
        ({"attribute": "title", "contains": ["vp"]}, "card_1_r0", match("title", ("vp",), whole=False)),
        ({"attribute": "title", "missing": True}, "card_1_r0", match("title", ())),
        (
            {"attribute": "country", "entity": "account", "equals": "NO"},
            "card_1_r0",
            match("country", ("NO",), entity="account"),
        ),
        (
            {"attribute": "employees", "between": [1, 2]},
            "card_account_employees_number",
            AttributeValue(entity="account", attribute="employees", type="number"),
        ),
        (
            {"attribute": "employees", "between": [1, 2], "read": "employees"},
            "card_account_employees_employees",
            AttributeValue(entity="account", attribute="employees", type="number", read="employees"),
        ),
        (
            {"attribute": "title", "read": "seniority", "in": ["director"]},
            "card_lead_title_seniority",
            AttributeValue(entity="lead", attribute="title", type="category", read="seniority"),
        ),
        ({"event": "visit"}, "visit_count_all", lead(("visit",), "count")),
        ({"event": "visit", "within": "30d"}, "visit_count_30d", lead(("visit",), "count", 30 * DAY)),
        ({"event": ["visit", "webinar"]}, "visit_or_webinar_count_all", lead(("visit", "webinar"), "count")),
        ({"event": ["visit", "fax"]}, "visit_count_all", lead(("visit",), "count")),
        ({"event": "visit", "days_since": [None, 7]}, "visit_days_since_last", lead(("visit",), "since_last")),
        (
            {"event": "visit", "distinct_days": 3, "within": "7d"},
            "visit_active_days_7d",
            lead(("visit",), "active_days", 7 * DAY),
        ),
        ({"event": "visit", "half_life": "7d"}, "visit_decayed_7d", lead(("visit",), "decayed", 7 * DAY)),
        (
            {"event": "visit", "who": "colleagues"},
            "colleagues_visit_count_all",
            lead(("visit",), "count", scope="colleagues"),
        ),
        (
            {"account": "opportunity_won", "within": "90d"},
            "account_opportunity_won_count_90d",
            lead(("opportunity_won",), "count", 90 * DAY, "account"),
        ),
    ],
)
def test_what_a_rule_reads(rule, name, source):
    [feature] = bind_card(card_of(rule), ATTRIBUTES, KINDS).feature_set.features
    assert (feature.name, feature.source) == (name, source)


def test_kinds_that_differ_by_more_than_a_column_can_say_are_two_columns():
    scorer = bind_card(card_of({"event": "web-visit"}, {"event": "web_visit"}), ATTRIBUTES, KINDS)
    assert scorer.feature_set.names == ["web_visit_count_all", "web_visit_count_all_rule_2"]


@pytest.mark.parametrize(
    ("rule", "message", "hint"),
    [
        (
            {"name": "Web", "event": "visits"},
            "card small, rule 'Web': no event kind 'visits' in the dataset",
            "did you mean 'visit'?",
        ),
        (
            {"name": "Both", "event": ["visit", "webinars"]},
            "card small, rule 'Both': no event kind 'webinars' in the dataset",
            "did you mean 'webinar'?",
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
            {"name": "Fax", "event": "fax"},
            "card small: the dataset has nothing that any of its 1 rules speaks of (fax)",
            "leadquality features DATASET --describe lists what it has; write a card for these data",
        ),
    ],
)
def test_a_rule_on_what_the_dataset_lacks_is_an_error_with_help(rule, message, hint):
    with pytest.raises(ConfigError) as caught:
        bind_card(card_of(rule), ATTRIBUTES, KINDS)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_what_the_dataset_lacks_gives_no_points_and_is_named():
    rules = [
        {"event": "visit"},
        {"name": "Fax", "event": "fax"},
        {"name": "Shoes", "attribute": "shoe", "equals": "x"},
    ]
    scorer = bind_card(card_of(*rules), ATTRIBUTES, KINDS)
    assert [rule.name for rule in scorer.unbound] == ["Shoes", "Fax"]
    assert scorer.rule_points(np.array([[3.0]])).tolist() == [[0, 10, 0]]
    assert np.isnan(scorer.rule_values(np.array([[3.0]]))).tolist() == [[True, False, True]]
    assert scorer.said_unbound == (
        "2 of 3 rules speak of what these data do not have and give no points: Shoes, Fax"
    )
    assert bind_card(card_of({"event": "visit"}), ATTRIBUTES, KINDS).said_unbound is None


FIVE = card_of(
    {"name": "Chief", "attribute": "title", "contains": ["vp", "chief"], "points": 40},
    {"name": "Student", "attribute": "title", "contains": ["student"], "points": -30},
    {"name": "Visits", "event": "visit", "within": "30d", "each": True, "points": 5, "cap": 20},
    {"name": "Often", "event": "visit", "within": "30d", "at_least": 2, "points": 7},
    cap=55,
)


def capped(**caps):
    keys = FIVE.model_dump(by_alias=True)
    for axis, cap in caps.items():
        keys[axis]["cap"] = cap
    return bind_card(PointCard.model_validate(keys), ATTRIBUTES, KINDS)


ROWS = np.array([[1, 0, 6], [0, 1, 0], [1, 1, 2], [NAN, NAN, NAN], [1, 0, 0]])


def test_two_rules_on_one_count_share_its_column():
    scorer = bind_card(FIVE, ATTRIBUTES, KINDS)
    assert scorer.feature_set.names == ["card_1_chief", "card_2_student", "visit_count_30d"]


def test_total_grade_and_contributions_by_hand():
    scorer = bind_card(FIVE, ATTRIBUTES, KINDS)
    points = [[40, 0, 20, 7], [0, -30, 0, 0], [40, -30, 10, 7], [0, 0, 0, 0], [40, 0, 0, 0]]
    assert scorer.rule_points(ROWS).tolist() == points
    assert scorer.axis_points(ROWS).tolist() == [[40, 27], [-30, 0], [10, 17], [0, 0], [40, 0]]
    assert scorer.total(ROWS).tolist() == [55, -30, 27, 0, 40], "67 is capped at 55"
    assert scorer.total_of(np.array(points)).tolist() == [55, -30, 27, 0, 40]
    assert scorer.grades(ROWS).tolist() == ["B", "D", "C", "D", "B"]
    parts = scorer.contributions(ROWS)
    assert parts.groups == ("Chief", "Student", "Visits", "Often", "cap on the total")
    assert parts.base == 0.0
    assert parts.values.tolist() == [
        [40, 0, 20, 7, -12],
        [0, -30, 0, 0, 0],
        [40, -30, 10, 7, 0],
        [0, 0, 0, 0, 0],
        [40, 0, 0, 0, 0],
    ]


@pytest.mark.parametrize(
    ("caps", "axes", "totals"),
    [
        ({"fit": 25}, [[25, 27], [-30, 0], [10, 17], [0, 0], [25, 0]], [52, -30, 27, 0, 25]),
        ({"engagement": 15}, [[40, 15], [-30, 0], [10, 15], [0, 0], [40, 0]], [55, -30, 25, 0, 40]),
        ({"fit": 5, "engagement": 5}, [[5, 5], [-30, 0], [5, 5], [0, 0], [5, 0]], [10, -30, 10, 0, 5]),
    ],
)
def test_each_axis_has_its_own_cap(caps, axes, totals):
    scorer = capped(**caps)
    assert scorer.axis_points(ROWS).tolist() == axes
    assert scorer.total(ROWS).tolist() == totals
    parts = scorer.contributions(ROWS)
    assert [f"cap on {axis}" in parts.groups for axis in ("fit", "engagement")] == [
        axis in caps for axis in ("fit", "engagement")
    ]
    assert parts.values.sum(axis=1).tolist() == totals, "contributions add up, whatever the caps take"


def test_every_cell_of_the_grid():
    card = card_of(
        {"attribute": "employees", "between": [1, 1], "points": 10},
        {"attribute": "employees", "between": [2, 2], "points": 20},
        {"attribute": "employees", "between": [3, 3], "points": 30},
        {"event": "visit", "each": True, "points": 5},
        grid={"fit": {"A": 30, "B": 20, "C": 10}, "engagement": {1: 15, 2: 10, 3: 5}},
    )
    scorer = bind_card(card, ATTRIBUTES, KINDS)
    matrix = np.array([[size, visits] for size in (3, 2, 1, 0) for visits in (3, 2, 1, 0)], float)
    assert scorer.cells(matrix).tolist() == CELLS.tolist()
    assert CELLS.tolist() == [letter + number for letter in "ABCD" for number in "1234"]
    with pytest.raises(ValueError, match="has no grid"):
        bind_card(FIVE, ATTRIBUTES, KINDS).cells(ROWS)


def test_a_card_has_a_probability_only_once_calibrated():
    scorer = bind_card(FIVE, ATTRIBUTES, KINDS)
    matrix = np.array([[1.0, 0.0, 0.0]])
    with pytest.raises(ValueError, match="is not calibrated"):
        scorer.probability(matrix)
    calibrated = replace(scorer, calibration=LogitLine(slope=0.05, intercept=-2.0))
    assert calibrated.probability(matrix)[0] == pytest.approx(0.5)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_card_binds_to_what_it_speaks_of(path):
    card = read_card(path)
    owners = {("lead", rule.attribute) for rule in card.rules if rule.attribute}
    kinds = {kind for rule in card.rules for kind in rule.kinds}
    scorer = bind_card(card, sorted(owners), sorted(kinds))
    nothing = np.full((1, len(scorer.feature_set.features)), NAN)
    assert scorer.total(nothing).tolist() == [0.0]
    assert scorer.grades(nothing).tolist() == ["D"]
    assert scorer.unbound == ()
